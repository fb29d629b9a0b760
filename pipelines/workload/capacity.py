"""Capacity: the minutes somebody has, day by day, by their hours, absences and share; and what fits into them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from oms_core.orders.workforce import Worker

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of somebody: the minutes they have in it, and those of open work that would be done in it."""

    day: date
    capacity: float
    planned: float = 0.0


def days_of(worker: Worker, *, now: datetime, days: int) -> tuple[Day, ...]:
    """The coming days in the worker's own zone, today first with what is left of it."""
    zone = ZoneInfo(worker.calendar.time_zone)
    today = now.astimezone(zone).date()
    return tuple(Day(day, _minutes(worker, day, now)) for day in (today + _DAY * place for place in range(days)))


def planned_days(days: Sequence[Day], minutes: Iterable[float]) -> tuple[tuple[Day, ...], float]:
    """Fill the days with work in the given order (the most urgent first); returns what no day has room for, too."""
    rest, filled = sum(minutes), []
    for day in days:
        done = min(rest, day.capacity)
        filled.append(Day(day.day, day.capacity, done))
        rest -= done
    return tuple(filled), rest


def _minutes(worker: Worker, day: date, now: datetime) -> float:
    if any(first <= day <= last for first, last in worker.absences):
        return 0.0
    spans = ((max(opens, now), closes) for opens, closes in worker.calendar.open_periods(day, day))
    open_seconds = sum(max(0.0, (closes - opens).total_seconds()) for opens, closes in spans)
    return open_seconds / 60 * worker.share / 100
