"""What stands around every page: who is signed in, language, signing out, and the word on simulated data."""

from html import escape
from pathlib import Path

import streamlit as st

from dashboard import display, identity, reads
from dashboard.shop import open_shop
from dashboard.translation import LANGUAGE_KEY, LANGUAGES, _, language, persons_language
from dashboard.words import person_name
from oms_core import door
from oms_core.access.models import Role
from oms_core.access.own_profile import choose_language
from oms_core.access.people import Person

WATCH = Path(__file__).parent / "static" / "session_watch.js"
ACCOUNT = "app_pages/account.py"
# A plain form: signing out changes the cookie, which only an answer over HTTP can do.
_SIGN_OUT = '<form method="post" action="/logout"><button type="submit" id="sign-out">{label}</button></form>'


def show_sidebar() -> None:
    """Show who is signed in and in which language, and say so where the data is simulated."""
    with st.sidebar.container(key="account"):
        if any(channel.is_simulated for channel in reads.channels()):
            st.badge(
                _("Simulated data"),
                icon=":material/science:",
                color="orange",
                help=_("This shop and everyone in it are invented: its orders come from a simulation."),
            )
        _show_person(identity.person())
        _choose_language()


def watch_session() -> None:
    """Have the browser look now and then whether the session still lives, and sign in anew when it does not."""
    with st.container(key="session-watch"):
        st.html(f"<script>{WATCH.read_text()}</script>", unsafe_allow_javascript=True)


def _show_person(person: Person) -> None:
    with st.container(key="signed-in", gap=None):
        st.page_link(ACCOUNT, label=display.plain(person_name(person.name)), icon=":material/account_circle:")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(role_name(person), width="stretch")
            st.html(_SIGN_OUT.format(label=escape(_("Sign out"))), width="content")


def _choose_language() -> None:
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        default=persons_language(),
        required=True,
        key=LANGUAGE_KEY,
        bind="query-params",
        on_change=_keep_language,
        label_visibility="collapsed",
        width="stretch",
        wrap=False,
        help=" · ".join(LANGUAGES.values()),
    )


def _keep_language() -> None:
    """Keep the choice with the person, so that it holds at the next sign-in and on other machines."""
    door.run(open_shop().sessions, identity.acting(), choose_language, language=language())


def role_name(person: Person) -> str:
    """The first of a person's roles, in words."""
    return role_names(person).partition(", ")[0]


def role_names(person: Person) -> str:
    """A person's roles, in words."""
    names = {
        Role.MANAGER: _("manager"), Role.LEAD: _("team lead"), Role.BUYER: _("buyer"), Role.WAREHOUSE: _("warehouse"),
        Role.COURIER: _("courier"), Role.EXECUTIVE: _("executive"), Role.ADMIN: _("administrator"),
        Role.CLIENT: _("client"),
    }  # fmt: skip
    return ", ".join(name for role, name in names.items() if role in person.roles) or _("no role")
