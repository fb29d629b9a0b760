"""Working hours as they are edited: calendars with their week, and the days that differ."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.workflow.models import CalendarException, CalendarRule, WorkCalendar

_CODE_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
Period = tuple[time, time]


@dataclass(frozen=True, slots=True)
class DayThatDiffers:
    """A day with hours of its own; closed where there are none."""

    day: date
    opens_at: time | None = None
    closes_at: time | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar: hours by weekday (0 is Monday), the days that differ, and how many people work by it."""

    code: str
    name: str
    time_zone: str
    hours: Mapping[int, Sequence[Period]] = field(default_factory=dict)
    exceptions: Sequence[DayThatDiffers] = ()
    people: int = 0


_CALENDARS = text("""
SELECT c.id, c.code, c.name, c.time_zone,
       (SELECT count(*) FROM users u WHERE u.calendar_id = c.id AND u.is_active AND u.login <> 'system') AS people
FROM work_calendars c ORDER BY c.name, c.code
""")


@requires(None)
def list_calendars(session: Session) -> list[CalendarView]:
    """Every calendar by name, with its hours."""
    hours: dict[int, dict[int, list[Period]]] = {}
    for rule in session.scalars(select(CalendarRule).order_by(CalendarRule.weekday, CalendarRule.opens_at)):
        week = hours.setdefault(rule.calendar_id, {})
        week.setdefault(rule.weekday, []).append((rule.opens_at, rule.closes_at))
    days: dict[int, list[DayThatDiffers]] = {}
    for one in session.scalars(select(CalendarException).order_by(CalendarException.day)):
        differs = DayThatDiffers(one.day, one.opens_at, one.closes_at, one.note)
        days.setdefault(one.calendar_id, []).append(differs)
    return [
        CalendarView(row.code, row.name, row.time_zone, hours.get(row.id, {}), days.get(row.id, []), row.people)
        for row in session.execute(_CALENDARS)
    ]


@requires(Permission.PEOPLE_EDIT)
def save_calendar(session: Session, *, actor: Actor, now: datetime, calendar: CalendarView) -> None:  # noqa: ARG001 - as the door calls
    """Add a calendar or replace the one with this code; business time counted so far stays as it was counted.

    Raises ``Invalid`` naming each field: hours of one day must not overlap, and a day differs once.
    """
    if faults := _faults(calendar):
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The calendar cannot be kept so: {told}.", code="invalid_calendar", rows=faults)
    query = select(WorkCalendar).where(WorkCalendar.code == calendar.code).with_for_update()
    kept = session.scalars(query).one_or_none()
    if kept is None:
        kept = WorkCalendar(code=calendar.code)
        session.add(kept)
    kept.name, kept.time_zone = calendar.name.strip(), calendar.time_zone
    session.flush()
    _write_week(session, kept.id, calendar.hours)
    _write_days(session, kept.id, calendar.exceptions)


def _faults(calendar: CalendarView) -> list[dict[str, Any]]:
    checks = (
        ("code", calendar.code, bool(_CODE_PATTERN.fullmatch(calendar.code)), "must be small letters, digits, - or _"),
        ("name", calendar.name, 0 < len(calendar.name.strip()) <= 100, "must have 1 to 100 characters"),
        ("time_zone", calendar.time_zone, calendar.time_zone in available_timezones(), "is no time zone"),
        ("hours", "", all(0 <= weekday <= 6 for weekday in calendar.hours), "must be of the days 0 to 6"),
    )
    faults = [
        {"field": name, "value": value, "message": message} for name, value, is_good, message in checks if not is_good
    ]
    for weekday, periods in calendar.hours.items():
        if message := _problem_of(periods):
            faults.append({"field": f"hours[{weekday}]", "value": "", "message": message})
    seen: set[date] = set()
    for one in calendar.exceptions:
        if one.day in seen:
            faults.append({"field": "exceptions", "value": str(one.day), "message": "is there twice"})
        seen.add(one.day)
        if message := _problem_of_day(one):
            faults.append({"field": "exceptions", "value": str(one.day), "message": message})
    return faults


def _problem_of(periods: Iterable[Period]) -> str | None:
    until = None
    for opens, closes in sorted(periods):
        if closes <= opens:
            return "must close after they open"
        if until is not None and opens < until:
            return "must not overlap"
        until = closes
    return None


def _problem_of_day(one: DayThatDiffers) -> str | None:
    if (one.opens_at is None) != (one.closes_at is None):
        return "needs both hours or none"
    if one.opens_at is not None and one.closes_at is not None and one.closes_at <= one.opens_at:
        return "must close after it opens"
    return "has too long a note" if len(one.note) > 100 else None


def _write_week(session: Session, calendar_id: int, hours: Mapping[int, Sequence[Period]]) -> None:
    """Touch only what differs: the audit tells what was changed, not what was saved again."""
    wanted = {(weekday, opens): closes for weekday, periods in hours.items() for opens, closes in periods}
    for rule in session.scalars(select(CalendarRule).where(CalendarRule.calendar_id == calendar_id)):
        closes = wanted.pop((rule.weekday, rule.opens_at), None)
        if closes is None:
            session.execute(
                delete(CalendarRule).where(
                    CalendarRule.calendar_id == calendar_id, CalendarRule.weekday == rule.weekday,
                    CalendarRule.opens_at == rule.opens_at,
                )
            )  # fmt: skip
        else:
            rule.closes_at = closes
    session.add_all(
        CalendarRule(calendar_id=calendar_id, weekday=weekday, opens_at=opens, closes_at=closes)
        for (weekday, opens), closes in wanted.items()
    )
    session.flush()


def _write_days(session: Session, calendar_id: int, exceptions: Sequence[DayThatDiffers]) -> None:
    wanted = {one.day: one for one in exceptions}
    for kept in session.scalars(select(CalendarException).where(CalendarException.calendar_id == calendar_id)):
        one = wanted.pop(kept.day, None)
        if one is None:
            session.delete(kept)
        else:
            kept.opens_at, kept.closes_at, kept.note = one.opens_at, one.closes_at, one.note
    session.add_all(
        CalendarException(calendar_id=calendar_id, day=one.day, opens_at=one.opens_at, closes_at=one.closes_at,
                          note=one.note)
        for one in wanted.values()
    )  # fmt: skip
    session.flush()
