"""A list grows old while one works on it: say so, and let the reader choose when its rows may move."""

import time

import streamlit as st

from dashboard import reads
from dashboard.reads import Question
from dashboard.translation import _
from oms_core.orders.views import Page

EVERY_SECONDS = 30
_SHOWN = "_list_shown"


def watch(question: Question, page: Page, *, manager: str) -> None:
    """Look now and then whether the list is still what is shown; nothing moves before the reader says so."""
    st.session_state[_SHOWN] = (time.monotonic(), _state(page))
    _look(question, manager)


@st.fragment(run_every=EVERY_SECONDS)
def _look(question: Question, manager: str) -> None:
    shown_at, state = st.session_state[_SHOWN]
    if time.monotonic() - shown_at < EVERY_SECONDS / 2:
        return  # it was read just now, by the page itself
    from_place = st.session_state.get("_orders_pages", (None, [None]))[1][-1]
    if _state(reads.order_page(question, from_place, manager=manager)) != state and st.button(
        _("The list changed: refresh"), key="refresh_list", icon=":material/refresh:"
    ):
        st.rerun()


def _state(page: Page) -> tuple[tuple[str, int], ...]:
    return tuple((row.number, row.version) for row in page.rows)
