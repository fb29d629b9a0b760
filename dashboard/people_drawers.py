"""Drawers of people: who they are, when they are away, and who takes what they have open."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import display, people_actions, people_reads, reads
from dashboard.notices import show_notices
from dashboard.people_words import ABSENCES, ROLES
from dashboard.translation import LANGUAGES, _
from dashboard.words import person_name
from oms_core.access.directory import UserView
from oms_core.access.models import Role
from oms_core.access.users import LARGEST_SHARE, Profile

POOL, NOBODY_ASKED = "", "-"


def open_person(person: UserView | None = None) -> None:
    """Open the drawer in which a person is added, or changed."""
    title = _("Add a person") if person is None else person_name(person.name)
    st.dialog(title, position="right", icon=":material/person:")(_person_form)(person)


def open_absence(person: UserView) -> None:
    """Open the drawer in which a person is marked absent."""
    title = _("{name} is away").format(name=person_name(person.name))
    st.dialog(title, position="right", icon=":material/event_busy:")(_absence_form)(person)


def open_leaving(person: UserView) -> None:
    """Ask who takes the open orders of somebody who leaves, then let them go."""
    title = _("{name} leaves").format(name=person_name(person.name))
    st.dialog(title, icon=":material/person_off:")(_leaving_form)(person)


def _person_form(person: UserView | None) -> None:
    login = person.login if person else st.text_input(_("Login"), key="person_login", autocomplete="off") or ""
    called = person.name if person else ""
    name = st.text_input(_("Full name"), value=called, key="person_name", autocomplete="off") or ""
    email = st.text_input(
        _("E-mail"), value=(person.email or "") if person else "", key="person_email", type="email", autocomplete="off"
    )
    names = {role: _(said) for role, said in ROLES.items()}
    roles = st.multiselect(
        _("Roles"), list(names), default=sorted(person.roles) if person else [Role.MANAGER],
        format_func=names.__getitem__, key="person_roles", select_all=False, placeholder=_("Roles"),
    )  # fmt: skip
    team = _choose(_("Team"), {one.code: one.name for one in people_reads.teams() if one.is_active},
                   person.team if person else None, key="person_team")  # fmt: skip
    calendar = _choose(_("Working hours"), {one.code: one.name for one in people_reads.calendars()},
                       person.calendar if person else "standard", key="person_calendar")  # fmt: skip
    codes = list(LANGUAGES)
    known = person.locale[:2] if person else "en"
    locale = st.selectbox(
        _("Language"), codes, index=codes.index(known) if known in codes else 0, format_func=LANGUAGES.__getitem__,
        key="person_locale",
    )  # fmt: skip
    share = st.number_input(
        _("Share of dealt-out orders, %"), 0, LARGEST_SHARE, person.share if person else 100, step=10,
        key="person_share", help=_("100: a full share. 0: rules deal them no orders."),
    )  # fmt: skip
    if person is None:
        st.caption(_("They get a one-time password, which is shown once."))
    label = _("Add") if person is None else _("Save")
    if st.button(label, key="person_done", type="primary", disabled=not (login and name), width="stretch"):
        profile = Profile(name, frozenset(roles), email or None, locale or "en", calendar, team, int(share))
        keep = people_actions.add if person is None else people_actions.change
        if keep(login, profile):
            st.rerun()
        show_notices()


def _choose(label: str, names: dict[str, str], chosen: str | None, *, key: str) -> str | None:
    offered = {"": _("none"), **{code: _(name) for code, name in names.items()}}
    codes = list(offered)
    place = codes.index(chosen) if chosen in offered else 0
    return st.selectbox(label, codes, index=place, format_func=offered.__getitem__, key=key) or None


def _absence_form(person: UserView) -> None:
    today = datetime.now(UTC).date()
    left, right = st.columns(2)
    first = left.date_input(_("First day"), value=today, key="absence_first")
    last = right.date_input(_("Last day"), value=today + timedelta(days=6), key="absence_last")
    kinds = {code: _(name) for code, name in ABSENCES.items()}
    kind = st.selectbox(_("Kind"), list(kinds), format_func=kinds.__getitem__, key="absence_kind")
    taker = _ask_taker(person)
    if st.button(_("Enter"), key="absence_done", type="primary", disabled=not (first and last), width="stretch"):
        covers = taker != NOBODY_ASKED
        if people_actions.mark_absent(person.login, first, last, str(kind), covers=covers, to=taker or None):
            st.rerun()
        show_notices()


def _leaving_form(person: UserView) -> None:
    st.markdown(_("Their sessions and API tokens end at once. What they did keeps their name."))
    taker = _ask_taker(person)
    if st.button(_("Deactivate"), key="leaving_done", type="primary", width="stretch"):
        if people_actions.let_go(person.login, covers=taker != NOBODY_ASKED, to=taker or None):
            st.rerun()
        show_notices()


def _ask_taker(person: UserView) -> str:
    """Who takes what the person has open: a login, the pool, or nobody is asked where there is nothing."""
    orders = people_reads.open_orders(person.login)
    if not orders:
        st.caption(_("No open order hangs on them."))
        return NOBODY_ASKED
    numbers = ", ".join(order.number for order in orders[:5]) + (" …" if len(orders) > 5 else "")
    st.warning(
        _("{orders} open: {numbers}").format(orders=display.orders(len(orders)), numbers=display.plain(numbers)),
        icon=":material/inbox:",
    )
    away = {one.login for one in people_reads.users() if one.away_until}
    takers = (
        {POOL: _("The pool: anybody takes them")}
        | {one.login: person_name(one.name) for one in reads.managers() if one.login not in {person.login, *away}}
        | {NOBODY_ASKED: _("Leave them as they are")}
    )
    label = _("Who takes them")
    return st.selectbox(label, list(takers), format_func=takers.__getitem__, key="cover_to") or POOL
