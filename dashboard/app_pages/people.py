"""People: who works here, what they are, where they are signed in, and when they are away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import display, identity, people_actions, people_reads
from dashboard.filters import in_address, search_field
from dashboard.layout import empty_state, page_header, section
from dashboard.people_drawers import open_absence, open_leaving, open_person
from dashboard.people_words import ABSENCES, ROLES
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.access.directory import UserView
from oms_core.access.permissions import Permission

ROW_HEIGHT = 34
STATES = {"active": n_("Working here"), "away": n_("Away"), "left": n_("No longer here"), "all": n_("Everybody")}
MAY_EDIT = identity.may(Permission.PEOPLE_EDIT)


def is_shown(person: UserView, q: str, state: str) -> bool:
    in_state = {
        "active": person.is_active, "away": bool(person.away_until), "left": not person.is_active, "all": True,
    }[state]  # fmt: skip
    words = f"{person.login} {person.name} {person.email or ''} {person.team_name or ''}".casefold()
    return in_state and all(word in words for word in q.casefold().split())


def state_of(person: UserView) -> str:
    if not person.is_active:
        return _("No longer here")
    if person.away_until:
        return _("Away until {day}").format(day=display.day(person.away_until))
    if person.must_change_password:
        return _("One-time password")
    return _("Working here") if person.has_password or person.by_provider else _("Cannot sign in yet")


def show_list(rows: Sequence[UserView]) -> UserView | None:
    names = {role: _(said) for role, said in ROLES.items()}
    state: Any = st.dataframe(
        [
            {
                "name": person_name(row.name), "login": row.login, "roles": [names[role] for role in sorted(row.roles)],
                "team": row.team_name or display.NOTHING, "state": state_of(row),
                "seen": display.moment(row.last_seen_at), "email": row.email or display.NOTHING,
            }
            for row in rows
        ],
        key=f"people_{hash(tuple(row.login for row in rows))}",
        column_config={
            "name": st.column_config.TextColumn(_("Full name"), pinned=True),
            "login": _("Login"),
            "roles": st.column_config.MultiselectColumn(_("Roles"), options=list(names.values()), color="gray"),
            "team": _("Team"), "state": _("State"), "seen": _("Last seen"), "email": _("E-mail"),
        },
        hide_index=True, row_height=ROW_HEIGHT, height=min(646, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun", selection_mode="single-row", alt=_("People with roles, team and state"),
    )  # fmt: skip
    places: list[int] = state.selection.rows
    if places and places[0] < len(rows):
        return rows[places[0]]
    return next((row for row in rows if row.login == st.query_params.get("login")), None)


def show_uncovered() -> None:
    for one in people_reads.uncovered():
        until = _("away until {day}").format(day=display.day(one.until)) if one.until else _("no longer here")
        text = _("{name}, {until}, still answers for {orders}.").format(
            orders=display.orders(one.open_orders), name=display.plain(person_name(one.name)), until=until
        )
        with st.container(horizontal=True, vertical_alignment="center", key=f"uncovered_{one.login}"):
            st.warning(text, icon=":material/warning:", width="stretch")
            st.button(_("Put into the pool"), key=f"pool_{one.login}", on_click=people_actions.put_into_pool,
                      args=(one.login,))  # fmt: skip


def show_person(person: UserView) -> None:
    with section(display.plain(person_name(person.name)), key="person"):
        with st.container(horizontal=True, gap="small"):
            if st.button(_("Edit"), key="edit", icon=":material/edit:"):
                open_person(person)
            st.button(_("New one-time password"), key="new_password", icon=":material/key:",
                      on_click=people_actions.new_password, args=(person.login,),
                      help=_("Their sessions end; the new password is shown once."))  # fmt: skip
            if st.button(_("Enter an absence"), key="absent", icon=":material/event_busy:"):
                open_absence(person)
            if not person.is_active:
                st.button(_("Let back in"), key="back", on_click=people_actions.take_back, args=(person.login,))
            elif st.button(_("Deactivate"), key="leave", icon=":material/person_off:"):
                open_leaving(person)
        left, right = st.columns(2, gap="medium")
        with left:
            show_absences(person)
        with right:
            show_sessions(person)


def show_absences(person: UserView) -> None:
    st.markdown("**" + _("Absences") + "**")
    coming = people_reads.absences(person.login)
    if not coming:
        st.caption(_("None to come."))
    for one in coming:
        with st.container(horizontal=True, vertical_alignment="center", key=f"absence_{one.id}"):
            days = f"{display.day(one.first_day)} – {display.day(one.last_day)}"
            st.markdown(f"{days} · {_(ABSENCES.get(one.kind, one.kind))}", width="stretch")
            st.button(_("Take back"), key=f"unabsent_{one.id}", on_click=people_actions.forget_absence,
                      args=(one.id,))  # fmt: skip


def show_sessions(person: UserView) -> None:
    st.markdown("**" + _("Signed in") + "**")
    live = people_reads.sessions_of(person.login)
    if not live:
        st.caption(_("Nowhere."))
    for one in live:
        with st.container(horizontal=True, vertical_alignment="center", key=f"signed_in_{one.id}"):
            place = display.plain(f"{one.address} · {one.user_agent[:60]}")
            st.markdown(f"{place}  \n:gray[{display.moment(one.last_seen_at)}]", width="stretch")
            st.button(_("Sign out there"), key=f"end_{one.id}", on_click=people_actions.end_session, args=(one.id,))


with page_header(_("People")):
    if MAY_EDIT and st.button(_("Add a person"), key="add_person", type="primary", icon=":material/person_add:"):
        open_person()
people_actions.show_secret(_("this one-time password is shown only now. Copy it and hand it over."))
show_uncovered()
with st.container(horizontal=True, vertical_alignment="center", key="people-filters"):
    q = search_field(_("Search people"), "q", _("Name, login, e-mail or team"))
    said = {code: _(name) for code, name in STATES.items()}
    state = st.segmented_control(_("State"), list(said), required=True, format_func=said.__getitem__,
                                 label_visibility="collapsed", **in_address("state", list(said), "active"))  # fmt: skip
found = [person for person in people_reads.users() if is_shown(person, q, state or "active")]
if not found:
    empty_state("group_off", _("Nobody matches"), _("Try fewer letters or another state."))
elif (chosen := show_list(found)) and MAY_EDIT:
    show_person(chosen)
