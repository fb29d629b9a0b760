"""The calendar of tasks: a week or a day by the reader's own clock, tasks at their times."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st
from babel.dates import format_date

from dashboard import display, filters, task_reads
from dashboard.layout import section
from dashboard.task_rows import show_task
from dashboard.task_words import icon_of, title_of
from dashboard.translation import _, babel_locale, n_
from oms_core.tasks.worklist import TaskView

SPANS = {"week": n_("Week"), "day": n_("Day")}
_ORDER = "app_pages/order.py"


def show_calendar(zone: ZoneInfo, **asked: Any) -> None:  # noqa: ANN401 - as list_tasks takes
    """Show the tasks of the week or the day that the address names (?day=2026-03-02&span=day)."""
    span, first = _choose(zone)
    days = [first + timedelta(days=place) for place in range(7 if span == "week" else 1)]
    tasks = task_reads.between(days[0], days[-1], **asked)
    by_day = {day: [task for task in tasks if _day_of(task, zone) == day] for day in days}
    if span == "day" or display.on_phone():
        for day in days:
            if by_day[day] or span == "day":
                _show_day(day, by_day[day], zone)
        if not tasks:
            st.caption(_("Nothing is due."))
        return
    for column, day in zip(st.columns(7, gap="small"), days, strict=True):
        with column.container(border=True, key=f"calendar_{day}"):
            _show_column(day, by_day[day], zone)


def _choose(zone: ZoneInfo) -> tuple[str, date]:
    today = datetime.now(UTC).astimezone(zone).date()
    day = _read_day(st.query_params.get("day")) or today
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="calendar-way")
    with row:
        names = {code: _(said) for code, said in SPANS.items()}
        span = st.segmented_control(
            _("Span"), list(names), required=True, format_func=names.__getitem__, label_visibility="collapsed",
            **filters.in_address("span", list(names), "week"),
        )  # fmt: skip
        step = timedelta(days=7 if span == "week" else 1)
        first = day - timedelta(days=day.weekday()) if span == "week" else day
        for label, icon, to, key in (
            (_("Earlier"), "chevron_left", first - step, "earlier"), (_("Today"), "today", today, "today"),
            (_("Later"), "chevron_right", first + step, "later"),
        ):  # fmt: skip
            st.button(label, icon=f":material/{icon}:", key=f"calendar_{key}", on_click=_go_to, args=(to, today))
        st.markdown(f"**{_title(first, step, span)}**")
    return span or "week", first


def _title(first: date, step: timedelta, span: str | None) -> str:
    return f"{display.day(first)} – {display.day(first + step - timedelta(days=1))}" if span == "week" else _name(first)


def _go_to(day: date, today: date) -> None:
    if day == today:
        st.query_params.pop("day", None)
    else:
        st.query_params["day"] = day.isoformat()


def _read_day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said or "")
    except ValueError:
        return None


def _day_of(task: TaskView, zone: ZoneInfo) -> date | None:
    return task.due_at.astimezone(zone).date() if task.due_at else None


def _name(day: date) -> str:
    return f"{format_date(day, 'EEE', locale=babel_locale())}, {display.day(day)}"


def _show_day(day: date, tasks: list[TaskView], zone: ZoneInfo) -> None:
    with section(_name(day), key=f"calendar_{day}"):
        for task in tasks:
            show_task(task, zone)
        if not tasks:
            st.caption(_("Nothing is due."))


def _show_column(day: date, tasks: list[TaskView], zone: ZoneInfo) -> None:
    is_today = day == datetime.now(UTC).astimezone(zone).date()
    st.header(f":material/today: {_name(day)}" if is_today else _name(day), anchor=False)
    if not tasks:
        st.caption("—")
    now = datetime.now(UTC)
    for task in tasks:
        clock = f"{task.due_at.astimezone(zone):%H:%M}" if task.due_at else ""
        shown = f":red[**{clock}**]" if task.is_overdue(now) else f"**{clock}**"
        who = f"  \n:gray[{display.plain(task.assignee_name)}]" if task.assignee_name else ""
        st.markdown(f"{shown} {icon_of(task)} {display.plain(title_of(task))}{who}")
        if task.number:
            st.page_link(_ORDER, label=task.number, query_params={"number": task.number})
