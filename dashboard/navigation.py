"""Going from page to page."""

from typing import NoReturn

import streamlit as st


def go(page: str, **address: str) -> NoReturn:
    """Open a page (``app_pages/order.py``) with this address; who acts and in which language stays.

    ``st.switch_page`` without an address raises as soon as a widget is bound to one (the sidebar's are): so it is
    always given one, which may be empty; the bound widgets complete it.
    """
    st.switch_page(page, query_params=address)
