"""How much stock a wanted service asks for when demand and the supplier's delivery time are both uncertain.

The two are combined by draws, not by a formula that takes either for normal: the demand of the protection interval is
the equal mixture of its distributions over the delivery times that were seen.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.panel import FloatArray
from forecasting.periods import DAYS_PER_PERIOD, Freq
from forecasting.protection import ForecastSums, with_demand

DRAWS = 100
_HALVINGS = 50
_LEVELS = (np.arange(DRAWS) + 0.5) / DRAWS


@dataclass(frozen=True)
class DemandDraws:
    """Equally likely demands over the protection interval: one row per row asked for, one column per draw."""

    draws: FloatArray

    def shortage(self, stock: FloatArray) -> FloatArray:
        """Units that are expected to be asked for in vain of each row, with this stock for the interval."""
        lost: FloatArray = np.maximum(self.draws - stock[:, None], 0.0).mean(axis=1)
        return lost

    def quantile(self, levels: FloatArray) -> FloatArray:
        """The stock that covers demand with each row's chance."""
        ordered = np.sort(self.draws, axis=1)
        count = ordered.shape[1]
        at = np.clip(levels * count - 0.5, 0.0, count - 1.0)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, count - 1)
        rows = np.arange(len(ordered))
        read: FloatArray = ordered[rows, low] + (at - low) * (ordered[rows, high] - ordered[rows, low])
        return read

    def filling(self, rates: FloatArray, cycle_demand: FloatArray) -> FloatArray:
        """The least stock with which no more than 1 − rate of a cycle's demand is expected to be lost.

        The shortage at the end of the cycle over the demand of one review period (Silver, Pyke and Peterson 1998);
        a shortage carried over from the cycle before counts again, so the stock is never too small.
        """
        allowed = (1.0 - rates) * cycle_demand
        low, high = np.zeros(len(rates)), self.draws.max(axis=1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_enough = self.shortage(middle) <= allowed
            low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
        return np.asarray(high)


def with_targets(rows: pl.DataFrame, sums: pl.DataFrame, *, freq: Freq) -> tuple[pl.DataFrame, DemandDraws]:
    """Add what `stock_policy.propose` needs, and return the demands that were drawn, row by row.

    `rows`: unique_id, lead_time_days, lead_days_seen (list of equally likely delivery times in days, null: always
    lead_time_days), review_period_days, measure ('cycle_service_level' or 'fill_rate'), level (0 to 1). `sums`: as
    `Forecaster.predict_sums`, one cutoff, all horizons from 1. Adds expected_demand, demand_target (stock for a
    supplier who always takes lead_time_days), order_up_to (with his uncertainty), reorder_point, daily_demand.
    """
    table = ForecastSums(sums)
    series = table.places(rows["unique_id"])
    lead, review, level = (rows[name].cast(pl.Float64).to_numpy() for name in _NUMBERS)
    per_period = DAYS_PER_PERIOD[freq]
    is_fill = (rows["measure"] == "fill_rate").to_numpy()
    is_seen = rows["lead_days_seen"].is_not_null().to_numpy()
    cycle, _ = table.over(series, review / per_period, level)

    def draw(days: FloatArray) -> FloatArray:
        read = [table.over(series, days / per_period, np.full(len(days), chance))[1] for chance in _LEVELS]
        return np.maximum(np.stack(read, axis=1), 0.0)

    simple = with_demand(rows.with_columns(cycle_service_level=pl.col("level")), sums, freq=freq)
    steady = DemandDraws(draw(lead + review))
    mixed = DemandDraws(np.concatenate([draw(days + review) for days in _seen_days(rows, lead)], axis=1))
    demand_target = np.where(is_fill, steady.filling(level, cycle), simple["order_up_to"].to_numpy())
    with_supplier = np.where(is_fill, mixed.filling(level, cycle), mixed.quantile(level))
    targets = simple.with_columns(
        cycle_service_level=rows["cycle_service_level"],
        demand_target=pl.Series(demand_target, dtype=pl.Float64),
        order_up_to=pl.Series(np.where(is_seen, with_supplier, demand_target), dtype=pl.Float64),
    )
    return targets, mixed


_NUMBERS = ("lead_time_days", "review_period_days", "level")


def _seen_days(rows: pl.DataFrame, lead: FloatArray) -> list[FloatArray]:
    """The delivery times of all rows, one array per equally likely case; a row without any always takes its own."""
    seen = rows["lead_days_seen"].to_list()
    cases = max((len(days) for days in seen if days), default=1)
    filled = [days or [own] * cases for days, own in zip(seen, lead, strict=True)]
    if any(len(days) != cases for days in filled):
        raise ValueError("all rows need the same number of delivery times")
    table = np.array(filled, dtype=float).reshape(len(filled), cases)
    return [table[:, case] for case in range(cases)]
