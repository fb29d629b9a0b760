"""What is known of a series at an origin: scale-free features, level and seasonal base, from the past alone.

Every number is read off columns up to the origin; of the future only its dates and the covariates that
are known ahead enter. Training and prediction share this code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting.ahead import calendar, planned
from forecasting.grouping import Group, groups_of
from forecasting.panel import FloatArray, Panel
from forecasting.seasons import RATIO_CAP, SeasonalRatios

SHORT_AND_LONG = {"1d": (28, 91), "1w": (8, 26), "1mo": (6, 18)}
"""Periods of the recent and of the usual level."""

WINDOWS = {"1d": (3, 7, 14, 28, 91, 364), "1w": (2, 4, 13, 26, 52), "1mo": (2, 3, 6, 12, 24)}
LAGS = 4
LEAST_LEVEL = 0.05


@dataclass(frozen=True)
class Rows:
    """Features for periods or for sums ahead: `state` (n × f) of the series, `ahead` (n × h × g) per target.

    `seasonal` (n × h × k, or 0 without a season) repeats the seasonal ratios; `level` (n) scales targets.
    """

    state: FloatArray
    ahead: FloatArray
    seasonal: FloatArray
    level: FloatArray

    def flat(self, factor: FloatArray) -> FloatArray:
        """One row per series and target, the seasonal factor (n × h) as the last column."""
        repeated = np.repeat(self.state, self.ahead.shape[1], axis=0)
        ahead = self.ahead.reshape(-1, self.ahead.shape[2])
        return np.column_stack([repeated, ahead, factor.ravel()]).astype(np.float32)


@dataclass(frozen=True)
class Features:
    """All that is known at one origin, for periods and for sums."""

    state: FloatArray
    steps: FloatArray
    own_sums: FloatArray
    seasonal: FloatArray
    level: FloatArray

    def periods(self) -> Rows:
        """Rows for each period ahead."""
        return Rows(self.state, self._numbered(self.steps), self.seasonal, self.level)

    def sums(self, spans: Sequence[int]) -> Rows:
        """Rows for the demand summed over the next `spans` periods: what lies ahead is averaged over them."""
        ends = np.asarray(spans) - 1
        ahead = np.concatenate([_averaged(self.steps), self.own_sums], axis=2)
        return Rows(self.state, self._numbered(ahead)[:, ends], _averaged(self.seasonal)[:, ends], self.level)

    @staticmethod
    def _numbered(ahead: FloatArray) -> FloatArray:
        steps = np.arange(1.0, ahead.shape[1] + 1)[:, None]
        return np.concatenate([np.broadcast_to(steps, (*ahead.shape[:2], 1)), ahead], axis=2)


class Signals:
    """Running sums of a panel, so that features at any origin cost one subtraction per window."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._alive = np.isfinite(panel.demand)
        filled = np.nan_to_num(panel.demand)
        smooth = np.nan_to_num(panel.smooth)
        self._sums = {
            "count": _running(self._alive),
            "demand": _running(filled),
            "smooth": _running(smooth),
            "square": _running(smooth**2),
            "zero": _running(self._alive & (filled == 0)),
        }
        self._filled = filled
        self._quiet = _periods_since_demand(filled)
        self.levels = self._levels()
        self._groups = groups_of(panel)
        self._seasons = SeasonalRatios(panel, self.levels, self._groups)

    def features(self, origin: int, dates: list[date], known_to: int) -> Features:
        """Features of every series at `origin` for the periods of `dates`, the columns up to `known_to`."""
        horizon = len(dates)
        level = self.levels[:, origin]
        seasonal = self._seasons.at(origin, horizon)
        steps = [seasonal, calendar(self.panel, dates), *planned(self.panel, origin, horizon, known_to)]
        return Features(
            state=self._state(origin, level),
            steps=np.concatenate(steps, axis=2),
            own_sums=self._own_sums(origin, horizon, level),
            seasonal=seasonal,
            level=level,
        )

    def _window(self, name: str, origin: int, length: int) -> FloatArray:
        totals = self._sums[name]
        return totals[:, origin + 1] - totals[:, max(0, origin + 1 - length)]

    def _mean(self, name: str, origin: int, length: int) -> FloatArray:
        counted = np.maximum(self._window("count", origin, length), 1)
        average: FloatArray = self._window(name, origin, length) / counted
        return average

    def _levels(self) -> FloatArray:
        """Recent level of each series at each period: winsorised demand, leaning on the usual one.

        Never below a twentieth of the typical series: the first sale after nothing but zeros would be
        millions of times a level of nothing, and one such target carries an upper quantile away.
        """
        short, long = SHORT_AND_LONG[self.panel.freq]
        periods = range(self.panel.periods)
        recent = np.stack([self._mean("smooth", period, short) for period in periods], axis=1)
        usual = np.stack([self._mean("smooth", period, long) for period in periods], axis=1)
        ever = np.stack([self._mean("smooth", period, period + 1) for period in periods], axis=1)
        floor = [LEAST_LEVEL * np.median(column[column > 0]) if column.max() > 0 else 1.0 for column in ever.T]
        levels: FloatArray = np.maximum(0.7 * recent + 0.25 * usual + 0.05 * ever, floor)
        return levels

    def _state(self, origin: int, level: FloatArray) -> FloatArray:
        panel = self.panel
        _, long = SHORT_AND_LONG[panel.freq]
        age = np.maximum(origin - panel.start + 1.0, 1.0)
        sold = np.maximum(self._window("count", origin, long) - self._window("zero", origin, long), 0)
        size = self._window("smooth", origin, long) / np.maximum(sold, 1)
        spread = np.sqrt(np.maximum(self._mean("square", origin, long) - self._mean("smooth", origin, long) ** 2, 0))
        recent = self._filled[:, max(0, origin + 1 - long) : origin + 1]
        columns = [
            np.log(level),
            np.log(age),
            np.log1p(self._quiet[:, origin]),
            _share(self._window("zero", origin, long), self._window("count", origin, long)),
            _share(self._window("zero", origin, 2 * long), self._window("count", origin, 2 * long)),
            _ratio(spread, level),
            _ratio(size, level),
            np.log(np.maximum(size, 1e-6)),
            _ratio(recent.max(axis=1), level),
            _ratio(np.median(recent, axis=1), level),
            *[_ratio(self._mean("demand", origin, length), level) for length in WINDOWS[panel.freq]],
            *[_ratio(self._filled[:, max(0, origin - lag)], level) for lag in range(LAGS)],
            self._market_trend(origin),
            *[self._group_trend(origin, group) for group in self._groups],
            *[values[:, origin] for values in panel.past.values()],
            *[_trend(values, origin, long) for values in panel.past.values()],
            *panel.static.values(),
        ]
        return np.stack(columns, axis=1)

    def _market_trend(self, origin: int) -> FloatArray:
        """How all series together move: the recent level over the usual one."""
        short, long = SHORT_AND_LONG[self.panel.freq]
        now = self._window("smooth", origin, short).sum() / max(self._window("count", origin, short).sum(), 1)
        usual = self._window("smooth", origin, long).sum() / max(self._window("count", origin, long).sum(), 1)
        return np.full(self.panel.size, now / max(usual, 1e-9))

    def _group_trend(self, origin: int, group: Group) -> FloatArray:
        """How the series alike move together."""
        short, long = SHORT_AND_LONG[self.panel.freq]
        now = group.ratio(self._window("smooth", origin, short), self._window("count", origin, short))
        usual = group.ratio(self._window("smooth", origin, long), self._window("count", origin, long))
        return _ratio(now, np.maximum(usual, 1e-9))

    def _own_sums(self, origin: int, horizon: int, level: FloatArray) -> FloatArray:
        """What the series itself asked for over as many periods: its largest and its 0.9 quantile."""
        _, long = SHORT_AND_LONG[self.panel.freq]
        totals = self._sums["demand"]
        blocks = []
        for step in range(1, horizon + 1):
            ends = np.arange(max(step, origin + 2 - 2 * long), origin + 2)
            if not len(ends):
                blocks.append(np.full((self.panel.size, 2), np.nan))
                continue
            past = (totals[:, ends] - totals[:, ends - step]) / (step * level[:, None])
            position = int(np.ceil(0.9 * (past.shape[1] - 1)))
            upper = np.partition(past, position, axis=1)[:, position]
            blocks.append(np.minimum(np.stack([past.max(axis=1), upper], axis=1), RATIO_CAP))
        return np.stack(blocks, axis=1)


def _running(values: FloatArray) -> FloatArray:
    totals = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=totals[:, 1:])
    return totals


def _periods_since_demand(filled: FloatArray) -> FloatArray:
    columns = np.arange(filled.shape[1])
    last = np.maximum.accumulate(np.where(filled > 0, columns, -1), axis=1)
    return (columns - last).astype(float)


def _ratio(values: FloatArray, level: FloatArray) -> FloatArray:
    return np.minimum(values / level, RATIO_CAP)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return part / np.maximum(whole, 1)


def _averaged(block: FloatArray) -> FloatArray:
    """Means over the first 1, 2, … periods."""
    return np.cumsum(block, axis=1) / np.arange(1, block.shape[1] + 1)[:, None]


def _trend(values: FloatArray, origin: int, length: int) -> FloatArray:
    window = values[:, max(0, origin + 1 - length) : origin + 1]
    count = np.isfinite(window).sum(axis=1)
    mean = np.nansum(window, axis=1) / np.maximum(count, 1)
    safe = np.where(np.abs(mean) > 1e-9, mean, np.nan)
    return np.clip(values[:, origin] / safe, -RATIO_CAP, RATIO_CAP)
