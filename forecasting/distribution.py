"""Forecast distributions of all series as arrays, and the frames they are handed out as."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forecasting.panel import FloatArray, Panel

QUANTILES = (0.1, 0.5, 0.8, 0.9, 0.95, 0.975)
GUARD = 3.0
SUM_ROUNDING = 0.75
"""Where demand is counted in whole units so are its quantiles. A sum's quantile between two of them is rounded
up but for the last quarter: too little costs a service level more than too much."""


def quantile_column(probability: float) -> str:
    """The name a quantile goes by in every frame: `q0.95`."""
    return f"q{probability:g}"


@dataclass(frozen=True)
class Forecasts:
    """`mean` (n × h), `quantiles` (n × h × q) of periods, `sums` (n × c × q) over `sum_horizons` periods."""

    mean: FloatArray
    quantiles: FloatArray
    sums: FloatArray
    sum_horizons: Sequence[int]

    def tidied(self, panel: Panel) -> "Forecasts":
        """As `bounded`, and in whole units where a series never asked for anything else."""
        bounded = self.bounded(panel)
        whole = panel.is_whole[:, None, None]
        return replace(
            bounded,
            quantiles=np.where(whole, np.floor(bounded.quantiles + 0.5), bounded.quantiles),
            sums=np.where(whole, np.floor(bounded.sums + SUM_ROUNDING), bounded.sums),
        )

    def bounded(self, panel: Panel) -> "Forecasts":
        """Never negative, never crossing, sums growing with the horizon, nothing where the place is closed.

        Periods and sums stay below three times the most the series ever asked for over as long: one huge
        order can otherwise carry a quantile away.
        """
        is_open = panel.is_open()
        single = GUARD * _largest_sums(panel, [1])
        quantiles = np.maximum.accumulate(np.clip(self.quantiles, 0, single[:, :, None]), axis=2)
        ceiling = GUARD * _largest_sums(panel, self.sum_horizons)
        sums = np.clip(self.sums, 0, ceiling[:, :, None])
        sums = np.maximum.accumulate(np.maximum.accumulate(sums, axis=2), axis=1)
        mean = np.clip(self.mean, 0, single) * is_open
        return Forecasts(mean, quantiles * is_open[:, :, None], sums, self.sum_horizons)

    def period_frame(self, panel: Panel, quantiles: Sequence[float]) -> pl.DataFrame:
        """Rows of unique_id, cutoff, ds, mean, q…: one per series and period ahead."""
        series, horizon = self.mean.shape
        values = {quantile_column(level): self.quantiles[:, :, at].ravel() for at, level in enumerate(quantiles)}
        return _keyed(panel, horizon).select(
            pl.col("unique_id"),
            pl.lit(panel.cutoff).alias("cutoff"),
            pl.Series("ds", panel.future * series, dtype=pl.Date),
            pl.Series("mean", self.mean.ravel()),
            *[pl.Series(name, numbers) for name, numbers in values.items()],
        )

    def sum_frame(self, panel: Panel, quantiles: Sequence[float]) -> pl.DataFrame:
        """Rows of unique_id, cutoff, horizon, mean, q… of demand summed over the next `horizon` periods."""
        series, horizons = self.sums.shape[:2]
        means = np.cumsum(self.mean, axis=1)[:, np.asarray(self.sum_horizons) - 1]
        return _keyed(panel, horizons).select(
            pl.col("unique_id"),
            pl.lit(panel.cutoff).alias("cutoff"),
            pl.Series("horizon", list(self.sum_horizons) * series, dtype=pl.Int64),
            pl.Series("mean", means.ravel()),
            *[pl.Series(quantile_column(level), self.sums[:, :, at].ravel()) for at, level in enumerate(quantiles)],
        )


@dataclass(frozen=True)
class Mixture:
    """How much of each of m forecasts a series takes (n × m, rows add up to 1), apart for each kind."""

    mean: FloatArray
    quantiles: FloatArray
    sums: FloatArray

    def of(self, forecasts: Sequence[Forecasts]) -> Forecasts:
        """The forecasts averaged, quantile by quantile."""
        return Forecasts(
            _average([each.mean for each in forecasts], self.mean),
            _average([each.quantiles for each in forecasts], self.quantiles),
            _average([each.sums for each in forecasts], self.sums),
            forecasts[0].sum_horizons,
        )


def row_quantiles(values: FloatArray, probabilities: Sequence[float]) -> FloatArray:
    """Quantiles of each row (n × w → n × q), NaN left out; 0 for a row without values.

    Plotting position p(n + 1) (Weibull 1939): a short row leans to its extremes, not inside them.
    """
    count = np.isfinite(values).sum(axis=1)
    ordered = np.sort(values, axis=1)  # NaN sorts to the end
    rows = np.arange(len(values))
    last = np.maximum(count - 1, 0)
    columns = []
    for probability in probabilities:
        position = np.clip(probability * (count + 1) - 1, 0, last)
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, last)
        part = position - low
        columns.append(ordered[rows, low] * (1 - part) + ordered[rows, high] * part)
    return np.where(count[:, None] > 0, np.stack(columns, axis=1), 0.0)


def _keyed(panel: Panel, times: int) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": np.repeat(panel.ids.to_numpy(), times)}, schema={"unique_id": pl.String})


def _average(values: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
    shape = (-1, *[1] * (values[0].ndim - 1))
    total = np.zeros_like(values[0])
    for at, value in enumerate(values):
        total += weights[:, at].reshape(shape) * value
    return total


def _largest_sums(panel: Panel, horizons: Sequence[int]) -> FloatArray:
    filled = np.nan_to_num(panel.demand)
    totals = np.concatenate([np.zeros((panel.size, 1)), np.cumsum(filled, axis=1)], axis=1)
    columns = []
    for horizon in horizons:
        span = min(horizon, panel.periods)
        largest = (totals[:, span:] - totals[:, :-span]).max(axis=1)
        columns.append(largest * horizon / span)
    return np.stack(columns, axis=1)
