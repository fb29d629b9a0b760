"""Forecasts by day: the week's shape, days that are known to be quiet, and a turn of trade that does not stay for ever.

On the simulated shop, whose holidays are known, and on the real orders of Olist by category.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.scratch_shelves import make_world
from forecasting.backtest import NAIVE, SERVED, Backtest, backtest
from forecasting.boosting import QUICK
from forecasting.forecaster import Forecaster
from forecasting.history import build_history
from forecasting.panel import Covariates
from pipelines.simulation.holidays import public_holidays

HORIZON = 14
DAYS, LAST_DAY = 760, date(2026, 6, 7)  # the twelve weeks before it hold five public holidays
FULL_DAYS = pl.col("ds").is_between(date(2017, 1, 9), date(2018, 8, 22))
"""Before them the marketplace was starting, after them the export is cut off."""


def told(history: pl.DataFrame, *known: str, origins: int) -> Backtest:
    forecaster = Forecaster(
        horizon=HORIZON, season_length=7, freq="1d", settings=QUICK, covariates=Covariates(known=known)
    )
    return backtest(history, forecaster, origins=origins, step=HORIZON)


def scores(made: Backtest, model: str) -> dict[str, float]:
    return made.scores.filter(series_class="all", model=model).row(0, named=True)


@pytest.fixture(scope="module")
def simulated() -> pl.DataFrame:
    """What the customers of a simulated shop wanted, by category and day; `closed` is 1 on public holidays."""
    world = make_world(days=DAYS, orders_per_day=60, seed=1)
    leaf = world.goods.leaves[world.product]
    wanted = np.stack([world.demand[:, leaf == one].sum(axis=1) for one in range(leaf.max() + 1)])
    days = [world.horizon.date_of(day) for day in range(DAYS)]
    free = list(public_holidays(days[0].year, days[-1].year))
    return (
        pl.DataFrame(
            {
                "unique_id": np.repeat([f"L{one:02d}" for one in range(len(wanted))], DAYS),
                "ds": days * len(wanted),
                "demand": wanted.astype(float).ravel(),
            }
        )
        .filter(pl.col("ds") <= LAST_DAY)
        .with_columns(closed=pl.col("ds").is_in(free).cast(pl.Float64))
    )


def test_quiet_days_that_are_known_ahead_are_told_as_quiet(simulated: pl.DataFrame) -> None:
    quiet = simulated.filter(pl.col("closed") > 0)["ds"].unique()
    error = {}
    for known in ((), ("closed",)):
        made = told(simulated, *known, origins=6)
        served, naive = scores(made, SERVED), scores(made, NAIVE)
        assert served["wape"] < 0.8 * naive["wape"]
        assert served["scaled_pinball_loss"] < 0.8 * naive["scaled_pinball_loss"]
        days = made.forecasts.filter(pl.col("ds").is_in(quiet.implode()), model=SERVED)
        assert days["ds"].n_unique() >= 4
        error[known] = (days["mean"] - days["demand"]).abs().sum() / days["demand"].sum()
    assert error["closed",] < 0.75 * error[()]


def test_the_categories_of_real_orders_are_told_better_than_by_last_week(shared: Path) -> None:
    def table(name: str) -> pl.DataFrame:
        return pl.read_csv(shared / "data" / "olist" / f"olist_{name}_dataset.csv.gz")

    bought = table("orders").select("order_id", ds=pl.col("order_purchase_timestamp").str.head(10).str.to_date())
    category = pl.col("product_category_name").fill_null("none")
    demand = (
        table("order_items").join(bought, on="order_id").join(table("products"), on="product_id")
        .group_by("ds", unique_id=category).agg(demand=pl.len().cast(pl.Float64)).filter(FULL_DAYS)
    )  # fmt: skip
    largest = demand.group_by("unique_id").agg(pl.col("demand").sum()).sort("demand")["unique_id"].tail(40)
    history = build_history(
        demand.filter(pl.col("unique_id").is_in(largest.implode())), until=date(2018, 8, 22), freq="1d"
    )

    made = told(history, origins=4)

    served, naive = scores(made, SERVED), scores(made, NAIVE)
    assert served["wape"] < 0.85 * naive["wape"]
    assert served["scaled_pinball_loss"] < 0.85 * naive["scaled_pinball_loss"]
    assert abs(served["bias"]) < 0.2, "a model of the last hundred days told the dip of early summer on: -0.37"
    week = made.sums.filter(model=SERVED, horizon=7).row(0, named=True)
    assert week["cover_0.95"] > 0.9
