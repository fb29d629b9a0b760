"""The keyboard of the queue: j and k go through it, Enter opens, q looks, / searches, ? tells all of this."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.queue_words import KEYS
from dashboard.translation import _

_SCRIPT = Path(__file__).parent / "static" / "order_keys.js"


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the keys came to: the order the cursor is at, and one to be opened or looked at."""

    at: str | None = None
    opened: str | None = None
    looked: str | None = None


def listen(numbers: Sequence[str]) -> Pressed:
    """Listen to the keys of a list of these orders; the browser keeps the cursor, so that no press is lost."""
    component = st.components.v2.component("order_keys", html="<span></span>", js=_SCRIPT.read_text())
    # The height is nothing; the container keeps it out of the page's rhythm.
    with st.container(key="order-keys"):
        answer: Any = component(
            key="order_keys_listener",
            data={"numbers": list(numbers)},
            on_at_change=_nothing,
            on_opened_change=_nothing,
            on_looked_change=_nothing,
            on_help_change=_nothing,
            on_refreshed_change=_nothing,
        )
    if answer.help:
        _open_help()
    at = answer.at if answer.at in numbers else None
    return Pressed(at, answer.opened, answer.looked if answer.looked in numbers else None)


def _nothing() -> None:
    """A component keeps a value only where its change is listened to."""


def _open_help() -> None:
    @st.dialog(_("Keys"))
    def show() -> None:
        st.table({f"`{key}`": _(meaning) for key, meaning in KEYS}, border="horizontal", hide_header=True)

    show()
