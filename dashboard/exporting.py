"""Any list as a file: all of it, with the filter, the moment and the time zone it was made with.

The file is made when it is asked for, by a thread that belongs to no page: what only a page knows is noted before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.identity import acting, person
from dashboard.shop import open_shop
from dashboard.translation import _, language, speaking
from oms_core import door
from oms_core.access.actors import find_actor
from pipelines.exporting import CSV_TYPE, XLSX_TYPE, Sheet, as_csv, as_xlsx

T = TypeVar("T")
Ask = Callable[..., Any]
"""Runs a reading function of the core for whoever exports."""


@dataclass(frozen=True)
class Listing:
    """What is exported: ``read`` asks for all rows (a column for each heading) and says whether those were all."""

    code: str
    name: str
    headings: Mapping[str, str]
    read: Callable[[Ask], tuple[pl.DataFrame, bool]]
    filters: Sequence[tuple[str, str]] = field(default=())


def offer_export(listing: Listing) -> None:
    """Show the one button of a list that hands it over, as CSV or for Excel."""
    make = _maker(listing)
    name = f"{listing.code}-{datetime.now(display.viewer_zone()):%Y-%m-%d}"
    with st.popover(_("Export"), icon=":material/download:", key=f"export_{listing.code}"):
        st.caption(_("All that match, not only this page."))
        st.download_button(
            _("Excel workbook"), lambda: make(as_xlsx), f"{name}.xlsx", XLSX_TYPE, key=f"export_{listing.code}_xlsx",
            on_click="ignore", icon=":material/table:", width="stretch",
        )  # fmt: skip
        st.download_button(
            _("CSV file"), lambda: make(as_csv), f"{name}.csv", CSV_TYPE, key=f"export_{listing.code}_csv",
            on_click="ignore", icon=":material/csv:", width="stretch",
        )  # fmt: skip


def sheet_of(listing: Listing, ask: Ask, *, zone: str, by: str) -> Sheet:
    """Read all of a listing and put it together with what it was made with."""
    frame, is_all = listing.read(ask)
    count = display.number(frame.height)
    facts = [
        (_("List"), listing.name),
        *((label, value) for label, value in listing.filters if value),
        (_("Made"), f"{datetime.now(UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"),
        (_("Time zone"), zone),
        (_("Made by"), by),
        (_("Rows"), count if is_all else _("the first {count}").format(count=count)),
    ]
    return Sheet(listing.name, frame, facts, dict(listing.headings), zone)


def _maker(listing: Listing) -> Callable[[Callable[[Sheet], bytes]], bytes]:
    """Note what the page knows; the permissions are looked up anew when the file is made."""
    sessions, login, by = open_shop().sessions, acting().login, person().name
    spoken, zone = language(), display.viewer_zone().key

    def make(write: Callable[[Sheet], bytes]) -> bytes:
        actor = door.read(sessions, None, find_actor, login=login)

        def ask(query: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever the query takes
            return door.read(sessions, actor, query, **facts)

        with speaking(spoken):
            return write(sheet_of(listing, ask, zone=zone, by=by))

    return make
