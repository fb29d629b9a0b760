"""Periods to compare with: the one before by working days, the year before, and how far a target should be by now."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import polars as pl

from oms_core.errors import NotFound
from pipelines.store import Store

_DAY, _YEAR = timedelta(days=1), timedelta(weeks=52)  # whole weeks: a Monday is held against a Monday
_MANY_TIMES, _A_FEW_WEEKS = 3, 60
Period = tuple[date, date]


class Against(StrEnum):
    """What a period is held against."""

    PREVIOUS = "previous"
    YEAR = "year"


@dataclass(frozen=True)
class WorkingDays:
    """Days on which a channel works: weekdays (0 is Monday), and those days that differ."""

    weekdays: frozenset[int] = frozenset(range(7))
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return day in self.opened or (day.weekday() in self.weekdays and day not in self.closed)

    def within(self, period: Period) -> int:
        """Count the working days of a half-open period."""
        return sum(day in self for day in _days(period))


def working_days(store: Store, channel: str | None) -> WorkingDays:
    """Working days of a channel, or those on which any channel works; every day where no calendar has hours."""
    rows = store.frame("dimensions").filter(pl.col("kind") == "working_days")
    told = [json.loads(label) for code, label in rows.select("code", "label").iter_rows() if channel in (None, code)]
    if not any(one["weekdays"] for one in told):
        return WorkingDays()
    closed = frozenset.intersection(*(_dates(one["closed"]) for one in told))
    opened = frozenset[date]().union(*(_dates(one["open"]) for one in told))
    return WorkingDays(frozenset().union(*(one["weekdays"] for one in told)), closed - opened, opened)


def today_of(store: Store, channel: str | None) -> date:
    """The day that was not over when the marts were read, in the channel's zone; of all, the earliest anywhere.

    Raises ``NotFound`` where no marts are published.
    """
    watermark = store.watermark()
    if watermark is None:
        raise NotFound("No marts are published yet; run `oms refresh`.", code="mart_missing")
    rows = store.frame("dimensions").filter(pl.col("kind") == "channel")
    told = [facts.split("|") for code, facts in rows.select("code", "facts").iter_rows() if channel in (None, code)]
    days = [_business_day(watermark.read_at, zone, begins) for zone, begins, *_rest in told]
    return min(days, default=watermark.read_at.date())


def calendar_days(store: Store, moment: datetime) -> dict[str, date]:
    """The calendar day of a moment in the zone of each channel: what promises are kept by."""
    rows = store.frame("dimensions").filter(pl.col("kind") == "channel")
    zones = {code: facts.split("|")[0] for code, facts in rows.select("code", "facts").iter_rows()}
    return {code: moment.astimezone(ZoneInfo(zone)).date() for code, zone in zones.items()}


def period_before(period: Period, against: Against, working: WorkingDays) -> Period:
    """Find what a period is held against.

    The year before is 52 weeks earlier. The previous period ends where this one begins and has as many working days:
    it is as long by the calendar where that is the same, else as long as it must be; without working days, as long.
    """
    first, after = period
    if against is Against.YEAR:
        return first - _YEAR, after - _YEAR
    length = after - first
    wanted, begin = working.within(period), first - length
    if wanted == 0 or working.within((begin, first)) == wanted:
        return begin, first
    begin, found = first, 0
    while found < wanted and (first - begin).days < _MANY_TIMES * length.days + _A_FEW_WEEKS:
        begin -= _DAY
        found += begin in working
    return begin, first


def due_by(target: float, period: Period, today: date, working: WorkingDays) -> float:
    """Part of a target for the period that is due when ``today`` begins: its working days that have passed."""
    first, after = period
    whole = working.within(period)
    days = working if whole else WorkingDays()
    passed = days.within((first, min(max(today, first), after)))
    return target * passed / max(days.within(period), 1)


def _business_day(moment: datetime, zone: str, begins: str) -> date:
    started = time.fromisoformat(begins)
    return (moment.astimezone(ZoneInfo(zone)) - timedelta(hours=started.hour, minutes=started.minute)).date()


def _days(period: Period) -> Iterator[date]:
    first, after = period
    return (first + timedelta(days=count) for count in range((after - first).days))


def _dates(told: list[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in told)
