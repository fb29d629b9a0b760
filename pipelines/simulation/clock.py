"""Working time as vectors: instants are seconds since 1970 in UTC, working time a count of open seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from oms_core.workflow.business_time import Calendar

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Hours = Mapping[int, Sequence[tuple[time, time]]]

NEVER = np.int64(2**60)
"""An instant that does not come."""
DAY = 86_400
HOUR = 3_600
_BEFORE, _AFTER = 60, 800
"""Days known before the first and after the last: what is planned late still falls on the calendar."""


@dataclass(frozen=True)
class Horizon:
    """The days lived through, in the shop's zone; day 0 is the first, ``end`` the midnight after the last."""

    first_day: date
    days: int
    time_zone: str
    midnights: Ints

    @property
    def end(self) -> int:
        """The instant up to which things have happened."""
        return int(self.midnight(self.days))

    def midnight(self, day: Ints | int) -> Ints:
        """Instant at which ``day`` begins; days beyond the known ones count as the last known."""
        place = np.clip(np.asarray(day) + _BEFORE, 0, len(self.midnights) - 1)
        return np.asarray(self.midnights[place], dtype=np.int64)

    def day_of(self, moments: Ints) -> Ints:
        """Day on which each instant falls."""
        return np.searchsorted(self.midnights, moments, side="right").astype(np.int64) - 1 - _BEFORE

    def date_of(self, day: int) -> date:
        """Calendar date of a day."""
        return self.first_day + timedelta(days=int(day))

    @property
    def known_days(self) -> range:
        """All days whose midnight is known."""
        return range(-_BEFORE, self.days + _AFTER)


def make_horizon(until: date, days: int, time_zone: str) -> Horizon:
    """Horizon of ``days`` days of which ``until`` is the last."""
    first = until - timedelta(days=days - 1)
    zone = ZoneInfo(time_zone)
    midnights = [
        int(datetime.combine(first + timedelta(days=day), time(0), zone).timestamp())
        for day in range(-_BEFORE, days + _AFTER)
    ]
    return Horizon(first, days, time_zone, np.array(midnights, dtype=np.int64))


class Clock:
    """The open hours of a calendar laid end to end, so that adding working time is one subtraction away."""

    def __init__(self, opens: Ints, closes: Ints) -> None:
        self._opens, self._closes = opens, closes
        self._ends = np.cumsum(closes - opens)
        self._starts = self._ends - (closes - opens)

    def worked(self, moments: Ints) -> Ints:
        """Open seconds from the beginning of the calendar up to each instant."""
        place = np.clip(np.searchsorted(self._opens, moments, side="right") - 1, 0, None)
        inside = np.clip(moments - self._opens[place], 0, self._closes[place] - self._opens[place])
        return np.asarray(self._starts[place] + inside, dtype=np.int64)

    def moment(self, worked: Ints) -> Ints:
        """First instant by which so many open seconds have passed."""
        place = np.clip(np.searchsorted(self._ends, worked, side="left"), 0, len(self._ends) - 1)
        return np.asarray(self._opens[place] + worked - self._starts[place], dtype=np.int64)

    def add(self, moments: Ints, seconds: Ints | Floats | float) -> Ints:
        """Instant that lies so much working time after each instant; never before it, and after NEVER is NEVER."""
        ahead = np.maximum(np.asarray(seconds, dtype=np.float64), 1).astype(np.int64)
        reached = np.maximum(self.moment(self.worked(moments) + ahead), moments)
        return np.where(moments >= NEVER, NEVER, reached)

    def between(self, starts: Ints, ends: Ints) -> Ints:
        """Open seconds between two instants each."""
        return self.worked(ends) - self.worked(starts)


def make_clock(horizon: Horizon, hours: Hours, closed: frozenset[date]) -> Clock:
    """Clock of weekly hours (0 is Monday) without the closed days."""
    calendar = Calendar(horizon.time_zone, hours, dict.fromkeys(closed, ()))
    known = horizon.known_days
    periods = list(calendar.open_periods(horizon.date_of(known[0]), horizon.date_of(known[-1])))
    opens, closes = (np.array([int(moment.timestamp()) for moment in side]) for side in zip(*periods, strict=True))
    return Clock(opens, closes)
