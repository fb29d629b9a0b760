"""Going from page to page."""

from typing import NoReturn

import streamlit as st

_SHOWN, _OPENED = "_page_shown", "_page_opened"


def note_page(address: str) -> None:
    """Remember which page a session is on."""
    if st.session_state.get(_SHOWN) != address:
        st.session_state[_SHOWN] = st.session_state[_OPENED] = address


def is_just_opened() -> bool:
    """Whether somebody has come to the page and not only worked on it; true once."""
    return st.session_state.pop(_OPENED, None) is not None


def go(page: str, **address: str) -> NoReturn:
    """Open a page (``app_pages/order.py``) with this address; who acts and in which language stays.

    ``st.switch_page`` without an address raises as soon as a widget is bound to one (the sidebar's are): so it is
    always given one, which may be empty; the bound widgets complete it.
    """
    st.switch_page(page, query_params=address)
