"""The forecast run: mart `daily_demand` → weekly history → quantiles and their backtest → published tables."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy.orm import Session, sessionmaker

from forecasting.backtest import SERVED, Backtest
from oms_core import door
from oms_core.access.actors import Actor
from oms_core.errors import Busy
from pipelines.demand_history import weekly_history
from pipelines.forecast_levels import categories, reconciled, upper_history
from pipelines.forecast_parts import LONGEST_HORIZON, PART_SERIES, forecast_by_parts, parts_of, settings_of
from pipelines.forecast_runs import remember_run
from pipelines.known_ahead import known_columns, listed_prices, with_known_ahead
from pipelines.one_at_a_time import one_at_a_time
from pipelines.store import Store

_READ, _MADE = 0.1, 0.9  # of the whole run, when the history is read and when all is forecast


_LOCK = 7_203_023  # of the one forecast run of a database


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


def forecast_shop(
    sessions: sessionmaker[Session], store: Store, actor: Actor, *, now: datetime, cluster: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ForecastRun:  # fmt: skip
    """Publish the forecasts of a shop, its price lists read first: one run at a time.

    Raises ``Busy`` (``forecast_running``) where another run of this database is at it, else as `publish_forecasts`.
    """
    running = Busy("Another forecast is being made for this database: wait until it is done.", code="forecast_running")
    with one_at_a_time(sessions.kw["bind"], _LOCK, running):
        prices = door.read(sessions, actor, listed_prices)
        return publish_forecasts(store, now=now, progress=progress, prices=prices, cluster=cluster)


def publish_forecasts(
    store: Store, *, now: datetime, seed: int = 0, progress: Callable[[str, float], None] | None = None,
    prices: pl.DataFrame | None = None, part_series: int = PART_SERIES, cluster: str | None = None,
) -> ForecastRun:  # fmt: skip
    """Fit on everything in the mart and publish `forecasts`, `forecast_sums`, `forecast_history`, `forecast_series`,
    `forecast_scores`, in `forecast_levels` what categories and the shop will be asked for (the sum of their products),
    in `forecast_trials` what would have been told at past cutoffs; `forecast_runs` remembers the run made at ``now``.

    Weekly, per product and warehouse of our own; lines that sellers ship themselves are left out. ``prices``, of
    `known_ahead.listed_prices`, say which weeks were and will be promotions. ``part_series`` and ``cluster``: as
    `forecast_by_parts`. Raises Conflict where the mart holds fewer than eight weeks: nothing honest can be said then.
    """
    began = time.perf_counter()
    tell = progress or (lambda _stage, _share: None)
    history = weekly_history(store)
    horizon, last = _horizon(history), max(history["ds"].unique().to_list())
    groups = categories(store)
    rows = with_known_ahead(history, prices, horizon)
    known = known_columns(rows)
    *made, upper = forecast_by_parts(
        [*parts_of(rows, part_series), upper_history(rows, groups)], last=last, horizon=horizon, seed=seed,
        cluster=cluster, tell=lambda stage, share: tell(stage, _READ + share * (_MADE - _READ)),
    )  # fmt: skip
    tell("publishing", _MADE)
    told = Backtest.joined([part.trial for part in made])
    methods = pl.concat([part.methods for part in made])
    told_once = reconciled(
        pl.concat([part.periods for part in made]), pl.concat([part.sums for part in made]), methods, told.forecasts,
        upper=upper.periods, upper_trials=upper.trial.forecasts, groups=groups,
    )  # fmt: skip
    trial = replace(told, forecasts=told_once.trials)
    tables = {
        "forecasts": told_once.periods.join(
            rows.select("unique_id", "ds", *known),
            on=["unique_id", "ds"],
            how="left",
        ),
        "forecast_sums": told_once.sums,
        "forecast_levels": told_once.levels,
        "forecast_history": history,
        "forecast_series": methods.join(trial.series.drop("method", "series_class"), on="unique_id", how="left"),
        "forecast_scores": trial.scores,
        "forecast_trials": trial.forecasts,
    }
    for name, frame in tables.items():
        store.publish(name, frame)
    remember_run(
        store, made_at=now, seed=seed, settings=settings_of(horizon, known), history=history, methods=methods,
        trials=trial.forecasts,
    )  # fmt: skip
    scores = trial.scores.to_dicts()
    return ForecastRun(tables["forecast_series"].height, round(time.perf_counter() - began, 1), SERVED, scores)


def _horizon(history: pl.DataFrame) -> int:
    """Weeks ahead: as many as are wanted, fewer while the shop is young, so that a third of its life can score them."""
    return max(2, min(LONGEST_HORIZON, history["ds"].n_unique() // 3))
