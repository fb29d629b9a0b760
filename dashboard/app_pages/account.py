"""My account: who I am here, my password, and where else I am signed in."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from dashboard import display, identity, reads
from dashboard.actions import attempt
from dashboard.layout import page_header, section
from dashboard.shell import role_names
from dashboard.translation import _
from dashboard.visits import limits_of_sessions
from dashboard.words import person_name
from oms_core.access.sessions import SessionView, list_sessions, revoke_session

# The first sign that is found counts: each of these also names those after it.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
           ("Linux", "Linux"))  # fmt: skip

me = identity.person()


def show_person() -> None:
    with section(_("Who I am"), key="account_person"):
        rows = {_("Full name"): person_name(me.name), _("Login"): me.login, _("Roles"): role_names(me)}
        st.table({key: display.plain(value) for key, value in rows.items()}, border="horizontal", hide_header=True)
        # Not a page of Streamlit's: a password is typed into a form that the browser's keeper knows.
        label = escape(_("Change the password"))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<a class="button" href="/password" target="_self">{label}</a>', width="content")
            st.page_link("app_pages/tokens.py", label=_("My API tokens"), icon=":material/key:", width="content")


def show_sessions(sessions: list[SessionView]) -> None:
    with section(_("Where I am signed in"), key="account_sessions"):
        for one in sessions:
            show_session(one)


def show_session(one: SessionView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"session_{one.id}"):
        place = display.plain(" · ".join(filter(None, [browser_of(one.user_agent), one.address])))
        seen = _("last used {moment}").format(moment=display.moment(one.last_seen_at))
        st.markdown(f"{place}  \n:gray[{seen}]", width="stretch")
        if one.id == identity.signed_in().session_id:
            st.badge(_("This one"), color="green")
        elif st.button(_("Sign out there"), key=f"revoke_{one.id}", icon=":material/logout:"):
            attempt(revoke_session, _("Signed out there."), session_id=one.id)
            st.rerun()


def browser_of(user_agent: str) -> str:
    """Name the browser and the system it calls itself, as far as it is one of the common ones."""
    found = [next((name for sign, name in known if sign in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or user_agent[:40]


page_header(_("My account"))
left, right = st.columns(2, gap="medium")
with left:
    show_person()
with right:
    show_sessions(reads.ask(list_sessions, now=datetime.now(UTC), limits=limits_of_sessions()))
