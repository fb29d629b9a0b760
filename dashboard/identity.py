"""Who is at the page: the person signed in, and what they may do."""

import streamlit as st

from dashboard.shop import open_shop
from oms_core import door
from oms_core.access.actors import Actor, find_actor


def acting() -> Actor:
    """The person in whose name this session reads and writes."""
    login = st.session_state.get("as") or st.query_params.get("as") or "admin"
    return door.read(open_shop().sessions, None, find_actor, login=login)
