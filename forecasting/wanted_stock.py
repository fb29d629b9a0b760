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

    def filling(self, rates: FloatArray, lots: FloatArray) -> FloatArray:
        """The least stock with which no more than 1 − rate of what a cycle serves is expected to be lost.

        The shortage at the end of the cycle over the lot that is ordered for it (Silver, Pyke and Peterson 1998); a
        shortage carried over from the cycle before counts again, so the stock is never too small.
        """
        allowed = (1.0 - rates) * lots
        low, high = np.zeros(len(rates)), self.draws.max(axis=1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_enough = self.shortage(middle) <= allowed
            low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
        return np.asarray(high)


def with_targets(rows: pl.DataFrame, sums: pl.DataFrame, *, freq: Freq) -> tuple[pl.DataFrame, DemandDraws]:
    """Add what `stock_policy.propose` needs, and return the demands that were drawn, row by row.

    `rows`: unique_id, lead_time_days, lead_days_seen (list of equally likely delivery times in days, null: always
    lead_time_days), review_period_days, measure ('cycle_service_level', 'fill_rate' or 'critical_ratio'), level (0 to
    1), optionally minimum_order_quantity and pack_size. `sums`: as `Forecaster.predict_sums`, one cutoff, all horizons
    from 1. Adds expected_demand, demand_target (stock for a supplier who always takes lead_time_days), order_up_to
    (with his uncertainty), reorder_point, daily_demand, and target_service: the chance of no stockout per cycle that
    is aimed at (null for a fill rate).
    """
    table = ForecastSums(sums)
    series = table.places(rows["unique_id"])
    lead, review, asked = (rows[name].cast(pl.Float64).to_numpy() for name in _NUMBERS)
    per_period = DAYS_PER_PERIOD[freq]
    is_fill = (rows["measure"] == "fill_rate").to_numpy()
    is_seen = rows["lead_days_seen"].is_not_null().to_numpy()

    def draw(days: FloatArray) -> FloatArray:
        read = [table.over(series, days / per_period, np.full(len(days), chance))[1] for chance in _LEVELS]
        return np.maximum(np.stack(read, axis=1), 0.0)

    steady = DemandDraws(draw(lead + review))
    expected = steady.draws.mean(axis=1)
    cycle = expected * review / np.maximum(lead + review, 1.0)
    lots = np.maximum(_least_lots(rows), cycle)
    level = np.where((rows["measure"] == "critical_ratio").to_numpy(), balanced_service(asked, cycle, lots), asked)
    simple = with_demand(rows.with_columns(cycle_service_level=pl.Series(level)), sums, freq=freq)
    mixed = DemandDraws(np.concatenate([draw(days + review) for days in _seen_days(rows, lead)], axis=1))
    demand_target = np.where(is_fill, steady.filling(level, lots), simple["order_up_to"].to_numpy())
    with_supplier = np.where(is_fill, mixed.filling(level, lots), mixed.quantile(level))
    targets = simple.with_columns(
        cycle_service_level=rows["cycle_service_level"],
        target_service=pl.Series(np.where(is_fill, np.nan, level), dtype=pl.Float64).fill_nan(None),
        demand_target=pl.Series(demand_target, dtype=pl.Float64),
        order_up_to=pl.Series(np.where(is_seen, with_supplier, demand_target), dtype=pl.Float64),
    )
    return targets, mixed


def balanced_service(ratio: FloatArray, cycle_demand: FloatArray, lots: FloatArray) -> FloatArray:
    """The chance of no stockout per cycle at which one unit more costs as much to keep as it saves.

    `ratio` is the critical ratio p / (p + h) of a review period: p the cost of a unit that is missed and lost, h that
    of keeping a unit for one review period. A lot larger than the demand of a review period lasts for several of them
    and is at risk but once: 1 − h·Q / (h·Q + p·D) (Hadley and Whitin 1963, lost sales). Without demand: none.
    """
    saved = ratio * cycle_demand
    kept = (1.0 - ratio) * lots
    service: FloatArray = saved / np.maximum(saved + kept, 1e-12)
    return service


def _least_lots(rows: pl.DataFrame) -> FloatArray:
    """The least that can be ordered of each row: its minimum, in whole packs."""
    none = pl.Series(np.zeros(len(rows)))
    minimum, pack = (
        rows.get_column(name, default=none).cast(pl.Float64).fill_null(0.0).to_numpy()
        for name in ("minimum_order_quantity", "pack_size")
    )
    safe = np.where(pack > 0, pack, 1.0)
    lots: FloatArray = np.ceil(np.maximum(minimum, safe) / safe) * safe
    return lots


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
