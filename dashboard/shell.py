"""What stands around every page: brand, who acts, language, and the word on simulated data."""

import streamlit as st

from dashboard import reads
from dashboard.translation import LANGUAGE_KEY, LANGUAGES, _, browser_language
from dashboard.words import person_name
from oms_core.access.models import Role
from oms_core.access.people import Person

ACTOR_KEY = "as"
DEFAULT_LOGIN = "admin"
_ROLE_ORDER = (Role.MANAGER, Role.LEAD, Role.BUYER, Role.WAREHOUSE, Role.COURIER, Role.EXECUTIVE, Role.ADMIN)


def acting_login() -> str:
    """Login of the person in whose name this session acts; until sign-in exists it is chosen in the sidebar."""
    chosen = st.session_state.get(ACTOR_KEY) or st.query_params.get(ACTOR_KEY)
    return chosen if chosen in {person.login for person in reads.people()} else DEFAULT_LOGIN


def acting_person() -> Person | None:
    """The person in whose name this session acts, or None in a shop without people yet."""
    login = acting_login()
    return next((person for person in reads.people() if person.login == login), None)


def show_sidebar() -> None:
    """Show who acts and in which language, and say so where the data is simulated."""
    with st.sidebar.container(key="account"):
        if any(channel.is_simulated for channel in reads.channels()):
            st.badge(
                _("Simulated data"),
                icon=":material/science:",
                color="orange",
                help=_("This shop and everyone in it are invented: its orders come from a simulation."),
            )
        _choose_actor()
        _choose_language()


def _choose_actor() -> None:
    people = {person.login: person for person in reads.people()}
    logins = sorted(people, key=lambda login: (_rank(people[login]), people[login].name))
    # A bound choice is kept in the address by its label: the login itself, which no language changes.
    login = st.selectbox(
        _("Acting as"),
        logins,
        index=logins.index(DEFAULT_LOGIN) if DEFAULT_LOGIN in people else 0,
        key=ACTOR_KEY,
        bind="query-params",
        help=_("Everything done here is recorded in this person's name."),
    )
    if login:
        told = (person_name(people[login].name), role_name(people[login]))
        st.caption(" · ".join(told) if told[0].lower() != told[1].lower() else told[0])


def _choose_language() -> None:
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        default=browser_language(),
        required=True,
        key=LANGUAGE_KEY,
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
        wrap=False,
        help=" · ".join(LANGUAGES.values()),
    )


def role_name(person: Person) -> str:
    """The first of a person's roles, in words."""
    names = {
        Role.MANAGER: _("manager"), Role.LEAD: _("team lead"), Role.BUYER: _("buyer"), Role.WAREHOUSE: _("warehouse"),
        Role.COURIER: _("courier"), Role.EXECUTIVE: _("executive"), Role.ADMIN: _("administrator"),
    }  # fmt: skip
    return next((names[role] for role in _ROLE_ORDER if role in person.roles), _("no role"))


def _rank(person: Person) -> int:
    return min((position for position, role in enumerate(_ROLE_ORDER) if role in person.roles), default=99)
