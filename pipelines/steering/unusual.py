"""Whether a figure is off, day by day. Pure: days and values in, a verdict out.

A deviation holds each finished day, and the seven days that end with it, against what its weekday brought in the
twelve weeks that ended a week before: medians, so that a bad day or a bad week does not become the usual. What is off
by several times the usual wandering opens; it closes after two days in a row well inside. Days on which the channel
works although it mostly does not, or the other way round, are not judged. A step that stays becomes the usual, and
its alert closes by itself, after about two months.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from pipelines.kpi.periods import WorkingDays

Floats = npt.NDArray[np.float64]
HISTORY, GAP, RECENT, JUDGED = 84, 7, 28, 60  # days
NEEDED = HISTORY + GAP + JUDGED
"""Days of history that a verdict looks at; with less it is about fewer days."""
_FEWEST = 35
_WEEK = 7
_A_DAY = 1.5  # a single day must be that much more unusual than a week
_INSIDE, _CALM_DAYS = 0.5, 2
_MARGIN = 0.02  # of a bound: back inside means by that much
_OF_MAD = 1.4826
_LEAST = 0.02


class Scale(StrEnum):
    """How a figure varies: counts and sums by their root, shares by their arc sine, the rest by its logarithm."""

    COUNT = "count"
    AMOUNT = "amount"
    SHARE = "share"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a figure is off after ``day``, and ``since`` when; ``expected`` is what would be usual, or the bound."""

    is_open: bool
    since: date
    day: date
    value: float | None
    expected: float | None


def judge_threshold(
    days: Sequence[date], values: Floats, *, lower: float | None, upper: float | None
) -> Verdict | None:
    """Judge a figure against bounds; None where nothing is known of any day."""
    low, high = -np.inf if lower is None else lower, np.inf if upper is None else upper
    off = (values < low) | (values > high)
    inner_low, inner_high = _well_inside(lower, upper)
    known = ~np.isnan(values)
    bounds = np.where(values < low, low, np.where(values > high, high, np.nan))
    calm = known & ~off & (values >= inner_low) & (values <= inner_high)
    return _replayed(days, values, bounds, off=off & known, calm=calm)


def judge_standing(value: float, *, lower: float | None, upper: float | None) -> bool | None:
    """Tell whether what stands now is beyond a bound; None so near to it inside that it stays as it was."""
    if (lower is not None and value < lower) or (upper is not None and value > upper):
        return True
    inner_low, inner_high = _well_inside(lower, upper)
    return False if inner_low <= value <= inner_high else None


def judge_deviation(
    days: Sequence[date], values: Floats, counts: Floats, *, working: WorkingDays, scale: Scale, sensitivity: float
) -> Verdict | None:
    """Judge a figure against its own history; None while there are fewer than some five weeks of it.

    ``days`` follow one another; ``values`` are NaN where nothing is known, ``counts`` say of how many rows each is.
    """
    shown = _scaled(values, scale)
    classes = np.array([_class(day, working) for day in days])
    size = len(days)
    expected, off, calm = np.full(size, np.nan), np.zeros(size, bool), np.zeros(size, bool)
    for place in range(max(_FEWEST + GAP, size - JUDGED), size):
        if classes[place] < 0 or np.isnan(shown[place]):
            continue
        past = slice(max(0, place - GAP - HISTORY), place - GAP)
        usual = _usual(shown[past], classes[past], classes)
        if usual is None:
            continue
        expected[place] = usual[place]
        residuals = np.where(classes >= 0, shown - usual, np.nan)
        day, week = _strengths(residuals, past, place, _floor(usual[place], counts[place], scale))
        off[place] = abs(week) >= sensitivity or abs(day) >= _A_DAY * sensitivity
        calm[place] = abs(week) < _INSIDE * sensitivity and abs(day) < sensitivity
    return _replayed(days, values, _unscaled(expected, scale), off=off, calm=calm)


def _well_inside(lower: float | None, upper: float | None) -> tuple[float, float]:
    low = -np.inf if lower is None else lower + _MARGIN * abs(lower)
    return low, np.inf if upper is None else upper - _MARGIN * abs(upper)


def _strengths(residuals: Floats, past: slice, place: int, floor: float) -> tuple[float, float]:
    """How many times the usual wandering a day is off, and the week that ends with it."""
    before = residuals[past]
    spread = max(_spread(before), floor)
    windows = np.lib.stride_tricks.sliding_window_view(before, _WEEK)
    weekly = max(_spread(_means(windows)), spread / np.sqrt(_WEEK))
    week = residuals[max(0, place - _WEEK + 1) : place + 1]
    return float(residuals[place] / spread), float(np.nanmean(week) / weekly)


def _usual(past: Floats, classes_past: npt.NDArray[np.int_], classes: npt.NDArray[np.int_]) -> Floats | None:
    """What is usual of every day, by its weekday and the level of the last four weeks of the past."""
    known = ~np.isnan(past) & (classes_past >= 0)
    if known.sum() < _FEWEST:
        return None
    whole = np.median(past[known])
    effects = np.zeros(_WEEK)
    for weekday in range(_WEEK):
        of_weekday = past[known & (classes_past == weekday)]
        effects[weekday] = np.median(of_weekday) - whole if len(of_weekday) else 0.0
    recent = known & (np.arange(len(past)) >= len(past) - RECENT)
    if not recent.any():
        return None
    level = np.median(past[recent] - effects[classes_past[recent]])
    usual: Floats = np.where(classes >= 0, level + effects[np.maximum(classes, 0)], np.nan)
    return usual


def _replayed(
    days: Sequence[date], values: Floats, expected: Floats, *, off: npt.NDArray[np.bool_], calm: npt.NDArray[np.bool_]
) -> Verdict | None:
    """Go through the days: open at the first that is off, close after so many calm ones in a row."""
    judged = np.flatnonzero(off | calm | ~np.isnan(expected))
    if not len(judged):
        known = np.flatnonzero(~np.isnan(values))
        return Verdict(False, days[known[-1]], days[known[-1]], float(values[known[-1]]), None) if len(known) else None
    is_open, since, calm_days = False, int(judged[0]), 0
    for place in range(int(judged[0]), len(days)):
        if off[place]:
            calm_days = 0
            if not is_open:
                is_open, since = True, place
        elif calm[place]:
            calm_days += 1
            if is_open and calm_days >= _CALM_DAYS:
                is_open, since = False, place
    last = int(np.flatnonzero(~np.isnan(values))[-1])
    told = _number(expected[last]) if not np.isnan(expected[last]) else _number(expected[since])
    return Verdict(is_open, days[since], days[last], _number(values[last]), told)


def _class(day: date, working: WorkingDays) -> int:
    """The weekday; below zero a day that is not like others of its weekday."""
    is_usual = (day in working) == (day.weekday() in working.weekdays)
    return day.weekday() if is_usual else -1


def _scaled(values: Floats, scale: Scale) -> Floats:
    if scale is Scale.SHARE:
        shown: Floats = np.arcsin(np.sqrt(np.clip(values, 0, 1)))
    elif scale is Scale.LENGTH:
        shown = np.log(np.maximum(values, 1e-3))
    else:
        shown = np.sign(values) * np.sqrt(np.abs(values))
    return shown


def _unscaled(shown: Floats, scale: Scale) -> Floats:
    if scale is Scale.SHARE:
        values: Floats = np.sin(np.clip(shown, 0, np.pi / 2)) ** 2
    elif scale is Scale.LENGTH:
        values = np.exp(shown)
    else:
        values = np.sign(shown) * shown**2
    return values


def _floor(usual: float, count: float, scale: Scale) -> float:
    """What chance alone makes of it at the least."""
    if scale is Scale.COUNT:
        return 0.5  # the root of a Poisson count
    if scale is Scale.SHARE:
        return float(0.5 / np.sqrt(max(count, 1.0)))
    return _LEAST if scale is Scale.LENGTH else max(_LEAST * abs(usual), 1e-9)


def _spread(residuals: Floats) -> float:
    known = residuals[~np.isnan(residuals)]
    return float(_OF_MAD * np.median(np.abs(known - np.median(known)))) if len(known) else 0.0


def _means(windows: Floats) -> Floats:
    known = ~np.isnan(windows)
    enough = known.sum(axis=1) > _WEEK // 2
    sums = np.where(known, windows, 0.0).sum(axis=1)
    means: Floats = sums[enough] / known.sum(axis=1)[enough]
    return means


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
