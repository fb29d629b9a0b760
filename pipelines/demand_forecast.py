"""The forecast run: mart `daily_demand` → weekly history → quantiles and their backtest → published tables."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from forecasting.backtest import SERVED, backtest
from forecasting.boosting import QUICK
from forecasting.forecaster import Forecaster
from forecasting.history import build_history
from forecasting.periods import Freq
from oms_core.errors import Conflict
from pipelines.store import Store

FREQ: Freq = "1w"
LONGEST_HORIZON = 12
SEASON_LENGTH = 52
ORIGINS = 3
LEAST_WEEKS = 8
DIRECT = "DIRECT"


@dataclass(frozen=True)
class ForecastRun:
    """What a run published: series, seconds, the model's name and its scores beside seasonal naive's."""

    series: int
    seconds: float
    model: str
    scores: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Shape of `oms forecast run --json`."""
        return {"series": self.series, "seconds": self.seconds, "model": self.model, "scores": self.scores}


def series_id(product: pl.Expr, warehouse: pl.Expr) -> pl.Expr:
    """Name of the series of a product in a warehouse."""
    return pl.concat_str(product, warehouse, separator="@")


def publish_forecasts(
    store: Store, *, seed: int = 0, progress: Callable[[str, float], None] | None = None
) -> ForecastRun:
    """Fit on everything in the mart and publish `forecasts`, `forecast_sums`, `forecast_history`, `forecast_series`,
    `forecast_scores`, and in `forecast_trials` what would have been told at past cutoffs.

    Weekly, per product and warehouse of our own; lines that sellers ship themselves are left out. Raises Conflict
    where the mart holds fewer than eight weeks: nothing honest can be said then.
    """
    began = time.perf_counter()
    tell = progress or (lambda _stage, _share: None)
    history = weekly_history(store)
    tell("scoring against seasonal naive", 0.2)
    horizon = _horizon(history)
    trial = backtest(history, _forecaster(horizon, seed), origins=ORIGINS, step=max(1, horizon // 2))
    tell("fitting", 0.6)
    fitted = _forecaster(horizon, seed).fit(history)
    tell("publishing", 0.9)
    tables = {
        "forecasts": fitted.predict(),
        "forecast_sums": fitted.predict_sums(),
        "forecast_history": history,
        "forecast_series": fitted.methods().join(
            trial.series.drop("method", "series_class"), on="unique_id", how="left"
        ),
        "forecast_scores": trial.scores,
        "forecast_trials": trial.forecasts,
    }
    for name, frame in tables.items():
        store.publish(name, frame)
    scores = trial.scores.to_dicts()
    return ForecastRun(tables["forecast_series"].height, round(time.perf_counter() - began, 1), SERVED, scores)


def _horizon(history: pl.DataFrame) -> int:
    """Weeks ahead: as many as are wanted, fewer while the shop is young, so that a third of its life can score them."""
    return max(2, min(LONGEST_HORIZON, history["ds"].n_unique() // 3))


def _forecaster(horizon: int, seed: int) -> Forecaster:
    return Forecaster(horizon=horizon, season_length=SEASON_LENGTH, freq=FREQ, seed=seed, settings=QUICK)


def weekly_history(store: Store) -> pl.DataFrame:
    """What was asked for, week by week, of every series (`forecasting.history.SCHEMA`): all a forecast learns from.

    What could not be delivered counts, whether it was cancelled for it, reserved in part or never shipped; what the
    customer took back does not. A week says for how many of its days the shelf was empty, so that its demand is known
    to be a lower bound. Raises Conflict where nobody asked yet, or for less than eight weeks.
    """
    demand = _daily_demand(store).collect()
    last, first = demand["ds"].max(), demand["ds"].min()
    if not isinstance(last, date) or not isinstance(first, date):
        raise Conflict("There is no demand to forecast from: refresh the marts after the first orders.")
    if last - first < timedelta(weeks=LEAST_WEEKS):
        raise Conflict(f"A forecast needs at least {LEAST_WEEKS} weeks of orders.")
    return build_history(demand, until=last, freq=FREQ)


def _daily_demand(store: Store) -> pl.LazyFrame:
    """Demand by series and day; a day on which the shelf was empty and nobody asked is a row as well."""
    stocked = store.scan("daily_stock").filter("stocked_out").select("sku", "warehouse", "day", "stocked_out")
    asked = store.scan("daily_demand").filter(pl.col("warehouse") != DIRECT)
    return (
        asked.select("sku", "warehouse", "day", pl.col("demand").cast(pl.Float64))
        .join(stocked, on=["sku", "warehouse", "day"], how="full", coalesce=True)
        .select(
            unique_id=series_id(pl.col("sku"), pl.col("warehouse")),
            ds=pl.col("day"),
            demand=pl.col("demand").fill_null(0.0),
            stocked_out=pl.col("stocked_out").fill_null(value=False),
        )
    )
