"""What a buyer's policy costs: the plan beside a reorder point and a normal safety stock, run day by day.

Run as ``python -m benchmarks.plan``. In a simulated shop whose true demand is known two years pass as its buyer orders;
then the same shelves go on for 180 days under each policy, which knows only what was sold from its own shelves, when
they were empty and when goods came. Promotions, launches, seasons, suppliers who come late or never: all are in play.

Cost of a unit wanted: a unit kept for a week 1, a unit asked for in vain 19 (as in the forecasting benchmark). Every
policy is tried at several levels of service. The bound is the cheapest of the others at its best level; ours is the
plan's at its cheapest level that serves no less.
"""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from benchmarks.scratch_shelves import Shelves, make_world
from forecasting import stock_policy
from forecasting.history import build_history
from forecasting.lead_times import learnt_lead_times
from forecasting.protection import ForecastSums
from forecasting.wanted_stock import with_targets
from pipelines.demand_history import FREQ
from pipelines.forecast_parts import forecaster
from pipelines.simulation.buying import REVIEW_DAYS
from pipelines.simulation.clock import Floats
from pipelines.simulation.stages import WAREHOUSES

DAYS_BEFORE, DAYS_TRIED, ORDERS_A_DAY, SEEDS = 730, 180, 60.0, (1, 2, 3)
SHORTAGE_COST = 19.0
"""Of a unit asked for in vain; a unit kept for a week costs 1."""
RATIO = SHORTAGE_COST / (SHORTAGE_COST + 1.0)
_COVER_DAYS, _RECENT_DAYS, _BEYOND_DAYS, _SAFETY = 21, 91, 14, 1.4
_WEEK = 7
_REFIT_WEEKS = 4

Policy = Callable[[Shelves, int], Floats]


def main() -> None:
    """Measure and print one JSON document."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    asked.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    asked.add_argument("--days", type=int, default=DAYS_TRIED)
    given = asked.parse_args()
    print(json.dumps(measure(given.seeds, days=given.days)))


def measure(seeds: Sequence[int], *, days: int = DAYS_TRIED, orders_a_day: float = ORDERS_A_DAY) -> dict[str, Any]:
    """Let every shop pass under every policy; the figures are means over the shops."""
    jobs = [(policy, level, seed) for seed in seeds for policy, levels in LEVELS.items() for level in levels]
    with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        work = partial(try_policy, days=days, orders_a_day=orders_a_day)
        rows = list(pool.map(work, *zip(*jobs, strict=True)))
    tried = pl.DataFrame(rows)
    means = tried.group_by("policy", "level", maintain_order=True).agg(pl.exclude("seed").mean().round(4))
    is_ours = pl.col("policy") == "plan"
    rival = means.filter(~is_ours).sort("cost").row(0, named=True)
    ours = means.filter(is_ours, pl.col("fill_rate") >= rival["fill_rate"]).sort("cost")["cost"].first()
    return {
        "name": "plan", "ours": ours, "bound": rival["cost"],
        "ratio": None if ours is None else round(ours / rival["cost"], 4),
        "unit": "cost per unit wanted", "means": means.to_dicts(), "tried": rows,
    }  # fmt: skip


def try_policy(
    policy: str, level: float, seed: int, *, days: int, orders_a_day: float, before: int = DAYS_BEFORE
) -> dict[str, Any]:
    """One shop under one policy: fill_rate, stock (units kept, mean of the days), misses (cells and days that turned
    somebody away), wanted, cost.
    """
    world = make_world(days=before + days, orders_per_day=orders_a_day, seed=seed)
    shelves = Shelves.stocked(world, _COVER_DAYS)
    for day in range(before):
        shelves.live(day, _as_before)
    order, kept, misses = POLICIES[policy](seed, level), 0, 0
    for day in range(before, before + days):
        shelves.live(day, order)
        kept += int(shelves.on_hand.sum())
        misses += int((world.demand[day] > shelves.sold[day]).sum())
    return {
        "policy": policy,
        "level": level,
        "seed": seed,
        **_told(shelves, kept, misses, slice(before, before + days)),
    }


def _told(shelves: Shelves, kept: int, misses: int, trial: slice) -> dict[str, Any]:
    wanted, sold = int(shelves.world.demand[trial].sum()), int(shelves.sold[trial].sum())
    cost = kept / _WEEK + SHORTAGE_COST * (wanted - sold)
    return {
        "fill_rate": round(sold / wanted, 4), "stock": round(kept / (trial.stop - trial.start), 1), "misses": misses,
        "wanted": wanted, "cost": round(cost / wanted, 4),
    }  # fmt: skip


def _as_before(shelves: Shelves, day: int) -> Floats:
    """The buyer of the simulated shop: a reorder point with two fifths on top, and a fortnight's sales beyond it."""
    rate = _daily_sales(shelves, day)
    point = rate * (shelves.world.stated_days + REVIEW_DAYS) * _SAFETY
    return np.where(shelves.position <= point, point + rate * _BEYOND_DAYS - shelves.position, 0.0)


def reorder_point(shelves: Shelves, day: int) -> Floats:
    """(a) Mean daily sales × the stated lead time; below it, the sales of lead time and review are ordered up to."""
    rate = _daily_sales(shelves, day)
    point = rate * shelves.world.stated_days
    return np.where(shelves.position <= point, rate * (shelves.world.stated_days + REVIEW_DAYS) - shelves.position, 0.0)


def _daily_sales(shelves: Shelves, day: int) -> Floats:
    launch = shelves.world.goods.launch_day[shelves.world.product]
    days = np.clip(day + 1 - launch, 1, _RECENT_DAYS)
    return np.asarray(shelves.sold[max(0, day + 1 - _RECENT_DAYS) : day + 1].sum(axis=0) / days)


class Forecasts:
    """Of one shelf's own past: trained every four weeks, moved on every week, as the product trains every night."""

    def __init__(self, seed: int) -> None:
        self._forecaster, self._week, self._fitted = forecaster(seed=seed), -1, -_REFIT_WEEKS
        self._sums = pl.DataFrame()

    def sums(self, shelves: Shelves, day: int) -> pl.DataFrame:
        """Sums over the weeks ahead, from the last Sunday on."""
        week = day // _WEEK
        if week > self._week:
            history = sold_history(shelves, day)
            if week - self._fitted >= _REFIT_WEEKS:
                self._forecaster.fit(history)
                self._fitted = week
            else:
                self._forecaster.at(history)
            self._week, self._sums = week, self._forecaster.predict_sums()
        return self._sums


def sold_history(shelves: Shelves, day: int) -> pl.DataFrame:
    """What the shop knows of demand on a day: its sales by week, and on how many days a shelf was empty."""
    sold, empty = shelves.sold[: day + 1], shelves.was_empty[: day + 1]
    at, cell = np.nonzero((sold > 0) | empty)
    first = np.datetime64(shelves.world.horizon.first_day)
    rows = pl.DataFrame(
        {"unique_id": cell.astype(str), "ds": first + at, "demand": sold[at, cell], "stocked_out": empty[at, cell]}
    ).with_columns(pl.col("ds").cast(pl.Date))
    return build_history(rows, until=shelves.world.horizon.date_of(day), freq=FREQ)


def lead_times(shelves: Shelves) -> pl.DataFrame:
    """What the receipts teach, a row per cell."""
    world, first = shelves.world, shelves.world.horizon.first_day
    came = [(one.cell, one.ordered, one.arrives) for one in shelves.received]
    cell, ordered, arrives = np.array(came, dtype=np.int64).reshape(-1, 3).T
    supplier = world.supplier[cell]
    receipts = pl.DataFrame(
        {
            "supplier_id": supplier, "product_id": world.product[cell],
            "order": (ordered * len(world.product) + supplier) * WAREHOUSES + cell % WAREHOUSES,
            "ordered_on": np.datetime64(first) + ordered, "received_on": np.datetime64(first) + arrives,
            "days": (arrives - ordered).astype(float),
        }
    ).with_columns(pl.col("ordered_on", "received_on").cast(pl.Date))  # fmt: skip
    stated = pl.DataFrame(
        {"supplier_id": world.supplier, "product_id": world.product, "stated_days": world.stated_days}
    )
    learnt = learnt_lead_times(receipts, stated.unique(maintain_order=True))
    return stated.join(learnt, on=["supplier_id", "product_id"], maintain_order="left")


def normal_safety_stock(seed: int, level: float) -> Policy:
    """(b) The same forecasts' mean and learnt mean lead times, with a safety stock as if all were normal.

    z·√((L + R)·σ² + d²·σ_L²) (Silver, Pyke and Peterson 1998), σ of the weekly sales.
    """
    forecasts, z = Forecasts(seed), NormalDist().inv_cdf(level)

    def order(shelves: Shelves, day: int) -> Floats:
        learnt = lead_times(shelves)
        lead, late = learnt["mean_days"].to_numpy(), learnt["sd_days"].to_numpy()
        weeks = (lead + REVIEW_DAYS) / _WEEK
        table = ForecastSums(forecasts.sums(shelves, day))
        cells = table.places(pl.Series([str(cell) for cell in range(len(lead))]))
        mean, _ = table.over(cells, weeks, np.full(len(lead), 0.5))
        spread = _weekly_spread(shelves, day)
        safety = z * np.sqrt(weeks * spread**2 + (mean / weeks / _WEEK) ** 2 * late**2)
        return np.asarray(np.maximum(mean + safety - shelves.position, 0.0) * (mean > 0))

    return order


def _weekly_spread(shelves: Shelves, day: int) -> Floats:
    weeks = shelves.sold[day + 1 - 26 * _WEEK : day + 1].reshape(26, _WEEK, -1).sum(axis=1)
    return np.asarray(weeks.std(axis=0))


def plan(seed: int, level: float) -> Policy:
    """The product's: quantiles of summed demand mixed over learnt lead times, at the service that balances costs."""
    forecasts = Forecasts(seed)

    def order(shelves: Shelves, day: int) -> Floats:
        world, learnt = shelves.world, lead_times(shelves)
        rows = learnt.select(
            unique_id=pl.int_range(pl.len()).cast(pl.String),
            lead_time_days=pl.col("q0.5").round().clip(1),
            lead_days_seen="days",
            review_period_days=pl.lit(REVIEW_DAYS),
            cycle_service_level=pl.lit(level), measure=pl.lit("critical_ratio"), level=pl.lit(level),
            on_hand=pl.Series(shelves.on_hand), on_order=pl.Series(shelves.on_order), backordered=pl.lit(0),
            minimum_order_quantity=pl.Series(world.minimum), pack_size=pl.Series(world.pack),
        )  # fmt: skip
        wanted, _ = with_targets(rows, forecasts.sums(shelves, day), freq=FREQ)
        proposed = stock_policy.propose(wanted, as_of=world.horizon.date_of(day))
        return np.asarray(proposed["quantity"].cast(pl.Float64).to_numpy())

    return order


POLICIES: dict[str, Callable[[int, float], Policy]] = {
    "reorder_point": lambda _seed, _level: reorder_point,
    "normal_safety_stock": normal_safety_stock,
    "plan": plan,
}
LEVELS = {"reorder_point": (0.5,), "normal_safety_stock": (0.9, 0.95, 0.975), "plan": (RATIO, 0.975)}
"""Of each policy; a reorder point knows none: its stock covers the mean, half of the time."""

if __name__ == "__main__":
    main()
