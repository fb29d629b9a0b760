"""Simple methods that a global model must beat, vectorised over all series."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, Self

import numpy as np
import polars as pl

from forecasting.decomposition import decomposed
from forecasting.distribution import QUANTILES, Forecasts, row_quantiles
from forecasting.features import SHORT_AND_LONG
from forecasting.grouping import groups_of
from forecasting.panel import Covariates, FloatArray, Panel, build_panel
from forecasting.periods import Freq

ERROR_ORIGINS = 26
"""Past origins whose errors make the spread of a simple method."""


class Method(Protocol):
    """A way to forecast a panel that needs no training of its own."""

    name: str
    follows_season: bool

    def forecast(self, panel: Panel, quantiles: Sequence[float], sum_horizons: Sequence[int]) -> Forecasts:
        """Distributions of each period ahead and of the sums over `sum_horizons`."""
        ...


class SeasonalNaive:
    """The same period of the last season again; without a season, the last value."""

    name = "seasonal_naive"
    follows_season = True

    def forecast(self, panel: Panel, quantiles: Sequence[float], sum_horizons: Sequence[int]) -> Forecasts:
        """Point forecast plus the quantiles of its own past errors."""
        return _with_past_errors(panel, self._path, quantiles, sum_horizons)

    @staticmethod
    def _path(panel: Panel, origin: int) -> FloatArray:
        season = max(panel.season_length, 1)
        steps = np.arange(1, panel.horizon + 1)
        columns = origin + steps - season * (-(-steps // season))
        values = panel.demand[:, np.maximum(columns, 0)]
        last = panel.demand[:, origin][:, None]
        return np.where((columns >= 0) & np.isfinite(values), values, last)


class Window:
    """The demand of the recent periods as it was: their mean and the empirical quantiles of their sums."""

    name = "window"
    follows_season = False

    def forecast(self, panel: Panel, quantiles: Sequence[float], sum_horizons: Sequence[int]) -> Forecasts:
        """The same distribution for every period ahead."""
        _, length = SHORT_AND_LONG[panel.freq]
        recent = panel.demand[:, -length:]
        count = np.maximum(np.isfinite(recent).sum(axis=1), 1)
        mean = np.nansum(panel.smooth[:, -length:], axis=1) / count
        single = row_quantiles(recent, quantiles)
        sums = np.stack([_window_sums(panel, span, length, quantiles) for span in sum_horizons], axis=1)
        return Forecasts(
            np.repeat(mean[:, None], panel.horizon, axis=1),
            np.repeat(single[:, None, :], panel.horizon, axis=1),
            sums,
            sum_horizons,
        )


class ExponentialSmoothing:
    """A smoothed level (the constant fitted per series) plus the seasonal shape, errors from the past."""

    name = "exponential_smoothing"
    follows_season = True

    def forecast(self, panel: Panel, quantiles: Sequence[float], sum_horizons: Sequence[int]) -> Forecasts:
        """Point forecast plus the quantiles of its own past errors."""
        levels = smoothed_levels(panel.smooth)
        groups = groups_of(panel)

        def path(_: Panel, origin: int) -> FloatArray:
            level = np.repeat(levels[:, origin, None], panel.horizon, axis=1)
            if panel.season_length <= 1:
                return level
            apart = decomposed(panel.demand[:, : origin + 1], panel.season_length, panel.horizon, groups)
            return np.where(np.isfinite(apart), apart, level)

        return _with_past_errors(panel, path, quantiles, sum_horizons)


class SimpleForecaster:
    """A simple method behind the same calls as `forecasting.forecaster.Forecaster`."""

    def __init__(
        self,
        method: Method,
        *,
        horizon: int,
        season_length: int = 1,
        freq: Freq = "1w",
        quantiles: Sequence[float] = QUANTILES,
        covariates: Covariates | None = None,
    ) -> None:
        self.method = method
        self._horizon, self._season_length, self._freq = horizon, season_length, freq
        self._quantiles, self._covariates = tuple(quantiles), covariates
        self._panel: Panel | None = None

    def fit(self, history: pl.DataFrame, cutoff: date | None = None, future: pl.DataFrame | None = None) -> Self:
        """Remember the history up to the cutoff."""
        self._panel = build_panel(
            history,
            cutoff=cutoff,
            horizon=self._horizon,
            freq=self._freq,
            season_length=self._season_length,
            covariates=self._covariates,
            future=future,
        )
        return self

    def predict(self) -> pl.DataFrame:
        """Rows of unique_id, cutoff, ds, mean, q…."""
        panel = self._fitted()
        return self._forecast(panel, [1]).period_frame(panel, self._quantiles)

    def predict_sums(self, horizons: Sequence[int]) -> pl.DataFrame:
        """Rows of unique_id, cutoff, horizon, mean, q…: demand summed over the next `horizon` periods."""
        panel = self._fitted()
        return self._forecast(panel, sorted(horizons)).sum_frame(panel, self._quantiles)

    def _forecast(self, panel: Panel, sum_horizons: Sequence[int]) -> Forecasts:
        return self.method.forecast(panel, self._quantiles, sum_horizons).tidied(panel)

    def _fitted(self) -> Panel:
        if self._panel is None:
            raise ValueError("fit the forecaster first")
        return self._panel


def smoothed_levels(demand: FloatArray, constants: Sequence[float] = (0.05, 0.1, 0.2, 0.35, 0.6)) -> FloatArray:
    """Simple exponential smoothing (Brown 1956) with the constant of least squared one-step error per series.

    NaN before a series' start; the level starts at the first value.
    """
    best = np.full(len(demand), np.inf)
    chosen = np.zeros_like(demand)
    for constant in constants:
        levels, errors = _smooth(demand, constant)
        better = errors < best
        chosen[better], best[better] = levels[better], errors[better]
    return chosen


def _smooth(demand: FloatArray, constant: float) -> tuple[FloatArray, FloatArray]:
    levels = np.empty_like(demand)
    level = np.full(len(demand), np.nan)
    errors = np.zeros(len(demand))
    for period in range(demand.shape[1]):
        value = demand[:, period]
        known = np.isfinite(value)
        error = np.where(known & np.isfinite(level), value - level, 0.0)
        errors += error**2
        level = np.where(np.isfinite(level), level + constant * error, value)
        levels[:, period] = level
    return np.nan_to_num(levels), errors


class _Path(Protocol):
    def __call__(self, panel: Panel, origin: int, /) -> FloatArray: ...


def _with_past_errors(panel: Panel, path: _Path, quantiles: Sequence[float], sum_horizons: Sequence[int]) -> Forecasts:
    ahead = path(panel, panel.periods - 1)
    past = {origin: path(panel, origin) for origin in _error_origins(panel)}
    single = [
        ahead[:, step - 1, None] + _errors(panel, past, step, 1, quantiles) for step in range(1, panel.horizon + 1)
    ]
    sums = [ahead[:, :span].sum(axis=1)[:, None] + _errors(panel, past, span, span, quantiles) for span in sum_horizons]
    return Forecasts(ahead, np.stack(single, axis=1), np.stack(sums, axis=1), sum_horizons)


def _error_origins(panel: Panel) -> range:
    last = panel.periods - 2
    earliest = max(panel.season_length - 1 if panel.periods > panel.season_length + 8 else 0, 0)
    return range(max(earliest, last - ERROR_ORIGINS - panel.horizon), last + 1)


def _errors(
    panel: Panel, past: dict[int, FloatArray], last_step: int, span: int, quantiles: Sequence[float]
) -> FloatArray:
    """Quantiles of what demand of the `span` periods up to `last_step` ahead was above the forecast."""
    columns = []
    for origin, path in past.items():
        if origin + last_step >= panel.periods:
            continue
        steps = slice(last_step - span, last_step)
        actual = panel.demand[:, origin + 1 + last_step - span : origin + 1 + last_step].sum(axis=1)
        error = actual - path[:, steps].sum(axis=1)
        columns.append(np.where(panel.start <= origin, error, np.nan))
    if not columns:
        return np.zeros((panel.size, len(quantiles)))
    return row_quantiles(np.stack(columns, axis=1), quantiles)


def _window_sums(panel: Panel, span: int, length: int, quantiles: Sequence[float]) -> FloatArray:
    demand = panel.demand[:, -(length + span - 1) :]
    if demand.shape[1] < span:
        return row_quantiles(demand, quantiles) * span
    totals = np.lib.stride_tricks.sliding_window_view(demand, span, axis=1).sum(axis=2)
    # A series younger than the span has no whole sum yet: its single periods, times the span.
    young = ~np.isfinite(totals).any(axis=1)
    return np.where(young[:, None], row_quantiles(demand, quantiles) * span, row_quantiles(totals, quantiles))
