"""Who is at the page: the person signed in, and what they may do."""

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from dashboard.visits import COOKIE, find_session
from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.people import Person
from oms_core.access.permissions import Permission
from oms_core.access.sessions import Resumed
from oms_core.errors import Forbidden

TOKEN_KEY = "session_token"  # noqa: S105 - where a test puts it; a browser sends widgets' values and cookies only
_FOUND_KEY = "_signed_in"


class SignedOut(Forbidden):
    """The session ended: signed out, revoked from elsewhere, expired, or the person is no longer active."""

    code = "not_signed_in"


def signed_in() -> Resumed:
    """The session of this page, looked up once in each run of the script; raises ``SignedOut`` when it has ended."""
    context = get_script_run_ctx()
    if context is None:
        raise SignedOut("Nobody is signed in outside a page.")
    found: Resumed | None
    known_run, found = st.session_state.get(_FOUND_KEY, (None, None))
    # Streamlit has no number of a run, but makes this anew at the start of each, of a fragment's too.
    if known_run is not context.cursors:
        cookie = st.context.cookies.get(COOKIE)  # no text where there is no browser
        token = cookie if isinstance(cookie, str) else st.session_state.get(TOKEN_KEY)
        found = find_session(token) if token else None
        st.session_state[_FOUND_KEY] = (context.cursors, found)
    if found is None or found.must_change_password:
        raise SignedOut("You are signed out.")
    return found


def acting() -> Actor:
    """The person in whose name this session reads and writes."""
    return signed_in().actor


def person() -> Person:
    """The person signed in, by name."""
    return signed_in().person


def may(permission: Permission) -> bool:
    """Tell whether the person signed in has the permission."""
    return acting().may(permission)


def require(permission: Permission | None) -> None:
    """Raise ``Forbidden`` unless the person signed in has the permission: before what is cached for everybody."""
    refuse_unless(acting(), permission)
