"""The form of working hours: a week written as people write it, and the days that differ."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

import polars as pl
import streamlit as st

from dashboard import people_actions
from dashboard.notices import show_notices
from dashboard.people_words import WEEKDAYS
from dashboard.translation import _
from oms_core.workflow.working_hours import CalendarView, DayThatDiffers, Period

_PERIOD = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–—]\s*(\d{1,2})(?::(\d{2}))?")


def open_calendar(calendar: CalendarView | None = None) -> None:
    """Open the drawer in which a calendar is added, or changed."""
    title = _("New working hours") if calendar is None else _(calendar.name)
    st.dialog(title, position="right", icon=":material/schedule:")(_calendar_form)(calendar)


def written(periods: Sequence[Period]) -> str:
    """Write the hours of a day: 09:00–13:00, 14:00–18:00; nothing for a closed one."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in periods)


def read_hours(text: str) -> list[Period] | None:
    """Read the hours of a day as written; None where they cannot be read."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [_PERIOD.fullmatch(part) for part in parts]
    try:
        return [
            (time(int(one[1]), int(one[2] or 0)), time(int(one[3]), int(one[4] or 0))) for one in found if one
        ] if all(found) else None  # fmt: skip
    except ValueError:  # 25:00
        return None


def _calendar_form(calendar: CalendarView | None) -> None:
    known = calendar or CalendarView("", "", "UTC")
    code = known.code or st.text_input(_("Code"), key="calendar_code", autocomplete="off") or ""
    name = st.text_input(_("Name"), value=known.name, key="calendar_name", autocomplete="off") or ""
    zones = sorted(available_timezones())
    zone = st.selectbox(_("Time zone"), zones, index=zones.index(known.time_zone), key="calendar_zone")
    hours = _ask_week(known.hours)
    days = _ask_days(known.exceptions)
    is_ready = bool(code and name and hours is not None)
    if st.button(_("Save"), key="calendar_done", type="primary", disabled=not is_ready, width="stretch"):
        if people_actions.keep_calendar(CalendarView(code, name, str(zone), hours or {}, days)):
            st.rerun()
        show_notices()


def _ask_week(hours: Mapping[int, Sequence[Period]]) -> dict[int, list[Period]] | None:
    """The week as it was typed; None while a day cannot be read."""
    week: dict[int, list[Period]] = {}
    unreadable = []
    for weekday, said in enumerate(WEEKDAYS):
        text = st.text_input(
            _(said), value=written(hours.get(weekday, ())), key=f"hours_{weekday}", placeholder=_("closed"),
            autocomplete="off",
        )  # fmt: skip
        periods = read_hours(text or "")
        if periods is None:
            unreadable.append(_(said))
        elif periods:
            week[weekday] = periods
    if unreadable:
        st.error(_("Write hours as 9:00–13:00, 14:00–18:00: {days}").format(days=", ".join(unreadable)))
    return None if unreadable else week


def _ask_days(exceptions: Sequence[DayThatDiffers]) -> list[DayThatDiffers]:
    st.markdown("**" + _("Days that differ") + "**", help=_("Without hours the day is closed."))
    column = st.column_config
    edited: Any = st.data_editor(
        pl.DataFrame(
            [(one.day, one.opens_at, one.closes_at, one.note) for one in exceptions],
            schema={"day": pl.Date, "opens": pl.Time, "closes": pl.Time, "note": pl.String}, orient="row",
        ),
        key="calendar_days", num_rows="dynamic", hide_index=True,
        column_config={
            "day": column.DateColumn(_("Day"), required=True), "opens": column.TimeColumn(_("Opens")),
            "closes": column.TimeColumn(_("Closes")), "note": column.TextColumn(_("Note")),
        },
    )  # fmt: skip
    return [
        DayThatDiffers(row["day"], row["opens"], row["closes"], row["note"] or "")
        for row in edited.to_dicts()
        if isinstance(row["day"], date)
    ]
