"""The parts every page is put together from: header, section, empty state, freshness."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import display
from dashboard.translation import _

STYLE = Path(__file__).parent / "static" / "cadence.css"


def page_header(title: str, *, hint: str = "", badges: Callable[[], None] | None = None) -> DeltaGenerator:
    """Show the title and return the container at its right for what can be done here (one row on a wide screen).

    ``badges`` shows what belongs beside the title.
    """
    row = st.container(horizontal=True, vertical_alignment="center", key="page-header")
    if badges is None:
        row.title(title, anchor=False, width="stretch", help=hint or None)
    else:
        with row.container(horizontal=True, vertical_alignment="center", gap="small", key="page-title"):
            st.title(title, anchor=False, width="content", help=hint or None)
            badges()
    return row.container(horizontal=True, width="content", vertical_alignment="center", key="page-actions")


def section(title: str, *, hint: str = "", key: str | None = None) -> DeltaGenerator:
    """Return a bordered card with a heading, into which the caller puts its content."""
    card = st.container(border=True, key=key)
    card.header(title, anchor=False, help=hint or None)
    return card


def empty_state(icon: str, title: str, text: str = "") -> DeltaGenerator:
    """Say that there is nothing and what to do about it; returns the container for a button that does it."""
    panel = st.container(border=True, horizontal_alignment="center", key="empty-state")
    panel.markdown(f"## :material/{icon}: {title}", text_alignment="center", width="stretch", anchors=False)
    if text:
        panel.markdown(text, text_alignment="center", width="stretch")
    return panel


def as_of(moment: datetime | None, *, place: DeltaGenerator | None = None) -> None:
    """Say how fresh the figures are."""
    told = _("As of {moment}").format(moment=display.moment(moment)) if moment else _("Not refreshed yet")
    (place or st).caption(f":material/schedule: {told}", width="content")
