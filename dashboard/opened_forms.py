"""Forms of what several people may change: each keeps the version it was opened at, whatever is saved meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

_OPENED = "_opened_forms"


@dataclass
class Opened:
    """A form on screen: the version and document it was filled from, and the version that saving it may replace."""

    name: str
    version: int
    document: Any
    based_on: int


def open_form(name: str, version: int, document: Any, *, field: Callable[[int], str]) -> Opened:  # noqa: ANN401
    """Open a form, or go on with the one on screen, whatever was saved meanwhile: what was typed stays.

    ``field`` names the key of one of its widgets by the version that the form was filled from.
    """
    forms: dict[str, Opened] = st.session_state.setdefault(_OPENED, {})
    known = forms.get(name)
    # The state of a widget lives as long as the widget is on screen: gone, the form begins anew.
    if known is None or field(known.version) not in st.session_state:
        known = forms[name] = Opened(name, version, document, version)
    return known


def close_form(name: str) -> None:
    """Let a form begin anew, from what is saved now."""
    st.session_state.get(_OPENED, {}).pop(name, None)


def follow_switch(name: str, version: int, **switched: object) -> None:
    """Let a form on screen go on from the version that its own switch saved, unless somebody else saved before."""
    form: Opened | None = st.session_state.get(_OPENED, {}).get(name)
    if form is not None and form.based_on == version - 1:
        form.based_on, form.document = version, {**form.document, **switched}


def go_on(form: Opened, version: int) -> None:
    """Let a form replace a later version than it was filled from: who typed has seen what is there."""
    form.based_on = version
