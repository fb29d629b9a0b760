"""Going from page to page."""

from typing import NoReturn

import streamlit as st

from dashboard.shell import ACTOR_KEY
from dashboard.translation import LANGUAGE_KEY

BOUND_KEYS = (ACTOR_KEY, LANGUAGE_KEY)


def go(page: str, **address: str) -> NoReturn:
    """Open a page (``app_pages/order.py``) with this address; who acts and in which language stays.

    ``st.switch_page`` without an address raises as soon as a widget is bound to one, and refuses one that names
    what a widget is bound to: so it is always given the rest, which the bound widgets complete.
    """
    st.switch_page(page, query_params=own_address(address))


def own_address(address: dict[str, str]) -> dict[str, str]:
    """What of an address is a page's own."""
    return {key: value for key, value in address.items() if key not in BOUND_KEYS}
