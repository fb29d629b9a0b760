"""Hours in which a station works, learnt from when its work was finished; laid end to end they are its own clock."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
_DAY = 86_400
_STEP = 1_800
_FEWEST = 40
"""Fewer finished stays than these tell nothing of hours: such a station is taken to work round the clock."""
_BESIDE = 45
"""Days known before and after the record, so that what comes later than it did still finds a day to be done on."""
_USUAL = 0.25


@dataclass(frozen=True)
class StationHours:
    """Seconds after midnight from which to which a station works, on which local days (counted from 1970)."""

    opens: int
    closes: int
    days: Ints

    def longer(self, hours: float) -> Self:
        """The same days, ``hours`` longer or shorter at their end; a day has at most 24 hours and at least one."""
        closes = int(np.clip(self.closes + hours * 3_600, self.opens + 3_600, self.opens + _DAY))
        return type(self)(self.opens, closes, self.days)


def learn_hours(finished: pl.Series, time_zone: str) -> StationHours:
    """Learn hours from local instants at which stays ended: the span of nearly all, on the days with any.

    A day of the record on which nothing was finished counts as off; beyond the record a weekday is worked on which
    a quarter of such weekdays were.
    """
    local = finished.dt.convert_time_zone(time_zone).dt.replace_time_zone(None).dt.epoch("s").to_numpy()
    day, second = local // _DAY, local % _DAY
    first, last = int(day.min()), int(day.max())
    beside = np.concatenate([np.arange(first - _BESIDE, first), np.arange(last + 1, last + 1 + _BESIDE)])
    if len(local) < _FEWEST:
        return StationHours(0, _DAY, np.arange(first - _BESIDE, last + 1 + _BESIDE))
    worked = np.unique(day)
    share = np.array([np.mean(np.isin(np.arange(first, last + 1)[_weekday(first, last) == one], worked) if
                              (_weekday(first, last) == one).any() else [False]) for one in range(7)])  # fmt: skip
    usual = beside[share[(beside + 3) % 7] >= _USUAL]
    opens = int(np.quantile(second, 0.01)) // _STEP * _STEP
    closes = -(-int(np.quantile(second, 0.99)) // _STEP) * _STEP
    return StationHours(opens, max(closes, opens + _STEP), np.sort(np.concatenate([worked, usual])))


def _weekday(first: int, last: int) -> Ints:
    return (np.arange(first, last + 1) + 3) % 7  # 1970 began on a Thursday


@dataclass(frozen=True)
class Clock:
    """Open seconds counted from the first opening; instants are seconds since 1970 (UTC)."""

    opens: Ints
    closes: Ints
    _before: Ints = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_before", np.concatenate([[0], np.cumsum(self.closes - self.opens)]))

    def worked(self, moments: Ints) -> Ints:
        """Open seconds before each instant."""
        place = np.maximum(np.searchsorted(self.opens, moments, side="right") - 1, 0)
        inside = np.clip(moments - self.opens[place], 0, self.closes[place] - self.opens[place])
        return np.asarray(self._before[place] + inside, dtype=np.int64)

    def moment(self, worked: Ints) -> Ints:
        """First instant by which so many open seconds have passed; beyond the last closing time runs on unbroken."""
        place = np.clip(np.searchsorted(self._before[1:], worked, side="left"), 0, len(self.opens) - 1)
        return np.asarray(self.opens[place] + worked - self._before[place], dtype=np.int64)

    @property
    def seconds(self) -> int:
        """All open seconds."""
        return int(self._before[-1])


def clock_of(hours: StationHours, time_zone: str) -> Clock:
    """Lay the days' hours end to end, read off the clock on the wall of the zone."""
    midnights = pl.Series(hours.days * _DAY)
    opens, closes = (_instants(midnights + edge, time_zone) for edge in (hours.opens, hours.closes))
    closes = np.minimum(closes, np.append(opens[1:], closes[-1:]))
    return Clock(opens, closes)


def _instants(local: pl.Series, time_zone: str) -> Ints:
    wall = pl.from_epoch(local, time_unit="s")
    # A time that the clocks skip in spring is read an hour later.
    earlier = wall.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    later = wall.dt.offset_by("1h").dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return np.asarray(earlier.fill_null(later).dt.epoch("s").to_numpy(), dtype=np.int64)
