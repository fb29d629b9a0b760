"""Demand over a protection interval of days, at a service level, read off the forecast sums."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import polars as pl

from forecasting.panel import FloatArray, IntArray
from forecasting.periods import DAYS_PER_PERIOD, Freq


def with_demand(rows: pl.DataFrame, sums: pl.DataFrame, *, freq: Freq) -> pl.DataFrame:
    """Add what `stock_policy.propose` needs: expected_demand, order_up_to, reorder_point, daily_demand.

    `rows`: unique_id, lead_time_days, review_period_days, cycle_service_level (the chance of no stockout
    per cycle, 0 to 1) and anything else. `sums`: as `Forecaster.predict_sums`, one cutoff, all horizons
    from 1. order_up_to covers lead time + review, reorder_point the lead time alone. A row whose series
    has no forecast is expected to ask for nothing.
    """
    lead = rows["lead_time_days"].cast(pl.Float64).to_numpy()
    interval = lead + rows["review_period_days"].cast(pl.Float64).to_numpy()
    service = rows["cycle_service_level"].cast(pl.Float64).to_numpy()
    table = ForecastSums(sums)
    series = table.places(rows["unique_id"])
    per_period = DAYS_PER_PERIOD[freq]
    mean, upper = table.over(series, interval / per_period, service)
    _, reorder = table.over(series, lead / per_period, service)
    return rows.with_columns(
        expected_demand=pl.Series(mean, dtype=pl.Float64),
        order_up_to=pl.Series(upper, dtype=pl.Float64),
        reorder_point=pl.Series(reorder, dtype=pl.Float64),
        daily_demand=pl.Series(mean / np.maximum(interval, 1.0), dtype=pl.Float64),
    )


def quantile_at(values: FloatArray, levels: Sequence[float], wanted: FloatArray) -> FloatArray:
    """Read each row's quantile function (n × q at `levels`) at `wanted` (n), linear in the normal score.

    Below the lowest level the lowest quantile stands; above the highest the last slope goes on.
    """
    normal = NormalDist()
    scores = np.array([normal.inv_cdf(level) for level in levels])
    chances, place = np.unique(np.clip(wanted, 0.001, 0.9999), return_inverse=True)
    score = np.array([normal.inv_cdf(float(chance)) for chance in chances])[place]
    left = np.clip(np.searchsorted(scores, score, side="right") - 1, 0, len(scores) - 2)
    rows = np.arange(len(values))
    part = np.maximum((score - scores[left]) / (scores[left + 1] - scores[left]), 0.0)
    low, high = values[rows, left], values[rows, left + 1]
    interpolated: FloatArray = low + part * (high - low)
    return interpolated


class ForecastSums:
    """Forecast sums as matrices: series × (horizon 0 to the longest) × quantiles."""

    def __init__(self, sums: pl.DataFrame) -> None:
        names = [name for name in sums.columns if name.startswith("q0.")]
        self.levels = [float(name[1:]) for name in names]
        self._ids = sums["unique_id"].unique().sort()
        horizons = sums["horizon"].unique().sort().to_list()
        if horizons != list(range(1, len(horizons) + 1)):
            raise ValueError(f"sums over every horizon from 1 are needed, not {horizons}")
        whole = sums.sort("unique_id", "horizon")
        shape = (len(self._ids), len(horizons))
        mean = whole["mean"].to_numpy().reshape(shape)
        quantiles = whole.select(names).to_numpy().reshape(*shape, len(names))
        # The last row is nobody's: rows without a forecast point there.
        self._mean = np.pad(mean, ((0, 1), (1, 0)))
        self._quantiles = np.pad(quantiles, ((0, 1), (1, 0), (0, 0)))

    def places(self, ids: pl.Series) -> IntArray:
        known = self._ids.to_frame("unique_id").with_row_index("place")
        found = ids.to_frame("unique_id").join(known, on="unique_id", how="left", maintain_order="left")
        return found["place"].fill_null(len(self._ids)).to_numpy()

    def over(self, series: IntArray, periods: FloatArray, service: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and service quantile of demand over a number of periods, between horizons in proportion.

        Past the longest horizon both go on in proportion: more stock than a root would say, never less.
        """
        longest = self._mean.shape[1] - 1
        low = np.clip(np.floor(periods), 0, longest - 1).astype(int)
        part = np.clip(periods - low, 0.0, 1.0)
        beyond = np.maximum(periods / longest, 1.0)
        mean = self._mean[series, low] * (1 - part) + self._mean[series, low + 1] * part
        spread = self._quantiles[series, low] * (1 - part[:, None])
        spread = spread + self._quantiles[series, low + 1] * part[:, None]
        return mean * beyond, quantile_at(spread, self.levels, service) * beyond
