"""Who decides approvals in whose place, and on which days."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import approval_actions, approval_reads, display, reads
from dashboard.identity import acting, may
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission


def show_stand_ins() -> None:
    """List one's own stand-ins, or another's where one may edit people, and offer to name one."""
    names = {person.login: person_name(person.name) for person in reads.people()}
    me = acting().login
    whose = me
    if may(Permission.PEOPLE_EDIT):
        logins = [me, *(login for login in names if login != me)]
        whose = st.selectbox(
            _("For whom"), logins, format_func=lambda login: names.get(login, login), key="stand_in_for"
        )
    with section(_("Stand-ins"), key="stand-ins"):
        st.caption(
            _("They decide approvals in the other's place; what they asked for themselves somebody else decides.")
        )
        known = approval_reads.stand_ins(whose)
        if not known:
            st.markdown(_("Nobody stands in."))
        for one in known:
            row = st.container(horizontal=True, vertical_alignment="center")
            days = _("{first} to {last}").format(first=display.day(one.first_day), last=display.day(one.last_day))
            row.markdown(f"**{display.plain(person_name(one.delegate_name))}** · {days}", width="stretch")
            row.button(
                _("Take back"), key=f"stand_in_{one.id}", on_click=approval_actions.end_standing_in, args=(one.id,)
            )
        if st.button(_("Name a stand-in"), key="stand_in_add", icon=":material/person_add:"):
            others = {login: name for login, name in names.items() if login != whose}
            st.dialog(_("Name a stand-in"), icon=":material/person_add:")(_stand_in_form)(whose, others)


def _stand_in_form(whose: str, others: dict[str, str]) -> None:
    today = datetime.now(display.viewer_zone()).date()
    delegate = st.selectbox(
        _("Who"), list(others), index=None, format_func=others.__getitem__, key="stand_in_who", placeholder=_("Choose")
    )
    left, right = st.columns(2)
    first = left.date_input(_("From"), value=today, key="stand_in_first")
    last = right.date_input(_("Until (included)"), value=today + timedelta(days=6), key="stand_in_last")
    if st.button(_("Appoint"), key="stand_in_done", type="primary", disabled=delegate is None, width="stretch"):
        if approval_actions.let_stand_in(whose, str(delegate), first, last):
            st.rerun()
        show_notices()
