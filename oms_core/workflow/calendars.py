"""Calendars as stored: read into the pure form by which business time is counted."""

from datetime import date, time

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.errors import NotFound
from oms_core.workflow.business_time import Calendar

# One statement: every change of a status needs it.
_CALENDAR = text("""
SELECT c.time_zone, r.weekday, NULL::date AS day, r.opens_at, r.closes_at
FROM work_calendars c LEFT JOIN calendar_rules r ON r.calendar_id = c.id WHERE c.id = :id
UNION ALL
SELECT c.time_zone, NULL, e.day, e.opens_at, e.closes_at
FROM work_calendars c JOIN calendar_exceptions e ON e.calendar_id = c.id WHERE c.id = :id
""")


def load_calendar(session: Session, calendar_id: int) -> Calendar:
    """Load a calendar with its hours and exceptions; raises ``NotFound``."""
    rows = session.execute(_CALENDAR, {"id": calendar_id}).all()
    if not rows:
        raise NotFound(f"There is no calendar {calendar_id}.", rows=[{"field": "calendar", "value": calendar_id}])
    hours: dict[int, list[tuple[time, time]]] = {}
    exceptions: dict[date, list[tuple[time, time]]] = {}
    for row in rows:
        if row.weekday is not None:
            hours.setdefault(row.weekday, []).append((row.opens_at, row.closes_at))
        elif row.day is not None:
            exceptions.setdefault(row.day, []).extend([(row.opens_at, row.closes_at)] if row.opens_at else [])
    return Calendar(rows[0].time_zone, hours, exceptions)
