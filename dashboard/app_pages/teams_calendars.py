"""Teams and working hours: who works together under whom, and when the clock of business time runs."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import display, identity, people_actions, people_reads, reads
from dashboard.calendar_form import open_calendar, written
from dashboard.layout import page_header, section
from dashboard.notices import show_notices
from dashboard.people_words import WEEKDAYS
from dashboard.translation import _, ngettext
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.access.teams import TeamView
from oms_core.workflow.working_hours import CalendarView, DayThatDiffers

SHOWN_DAYS = 4
MAY_EDIT = identity.may(Permission.PEOPLE_EDIT)


def people(count: int) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=display.number(count))


def open_team(team: TeamView | None = None) -> None:
    title = _("New team") if team is None else display.plain(team.name)
    st.dialog(title, position="right", icon=":material/groups:")(team_form)(team)


def team_form(team: TeamView | None) -> None:
    code = team.code if team else st.text_input(_("Code"), key="team_code", autocomplete="off") or ""
    name = st.text_input(_("Name"), value=team.name if team else "", key="team_name", autocomplete="off") or ""
    leads = {"": _("nobody"), **{person.login: person_name(person.name) for person in reads.people()}}
    logins = list(leads)
    place = logins.index(team.lead) if team and team.lead in leads else 0
    lead = st.selectbox(_("Led by"), logins, index=place, format_func=leads.__getitem__, key="team_lead") or None
    is_active = st.checkbox(_("In use"), value=team.is_active if team else True, key="team_active")
    if st.button(_("Save"), key="team_done", type="primary", disabled=not (code and name), width="stretch"):
        if people_actions.keep_team(code, name, lead, is_active):
            st.rerun()
        show_notices()


def show_teams() -> None:
    with section(_("Teams"), key="teams"):
        found = people_reads.teams()
        if not found:
            st.caption(_("No teams yet."))
        for team in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"team_{team.code}"):
                lead = _("led by {name}").format(name=display.plain(person_name(team.lead_name or _("nobody"))))
                st.markdown(f"**{display.plain(team.name)}** · {people(team.members)} · {lead}", width="stretch")
                if not team.is_active:
                    st.badge(_("Not in use"), color="gray")
                if MAY_EDIT and st.button(_("Edit"), key=f"edit_team_{team.code}", icon=":material/edit:"):
                    open_team(team)
        if MAY_EDIT and st.button(_("New team"), key="new_team", icon=":material/add:"):
            open_team()


def day_words(one: DayThatDiffers) -> str:
    hours = written([(one.opens_at, one.closes_at)]) if one.opens_at and one.closes_at else _("closed")
    return f"{display.day(one.day)}: {hours}" + (f" ({display.plain(one.note)})" if one.note else "")


def show_calendar(calendar: CalendarView) -> None:
    with section(display.plain(_(calendar.name)), key=f"calendar_{calendar.code}"):
        st.caption(f"{display.plain(calendar.time_zone)} · {people(calendar.people)}")
        week = {_(said): written(calendar.hours.get(day, ())) or _("closed") for day, said in enumerate(WEEKDAYS)}
        st.table(week, border="horizontal", hide_header=True)
        coming = [one for one in calendar.exceptions if one.day >= datetime.now(UTC).date()]
        if coming:
            days, left = [day_words(one) for one in coming[:SHOWN_DAYS]], len(coming) - SHOWN_DAYS
            if left > 0:
                days.append(ngettext("{count} day more", "{count} days more", left).format(count=display.number(left)))
            st.caption(" · ".join(days))
        if MAY_EDIT and st.button(_("Edit"), key=f"edit_calendar_{calendar.code}", icon=":material/edit:"):
            open_calendar(calendar)


hint = _("Limits of statuses and promised times are counted in working hours.")
with page_header(_("Teams and hours"), hint=hint):
    if MAY_EDIT and st.button(_("New working hours"), key="new_calendar", icon=":material/more_time:"):
        open_calendar()
show_teams()
columns = st.grid(3, min_column_width=280)
for one in people_reads.calendars():
    with columns.container():
        show_calendar(one)
