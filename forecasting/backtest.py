"""How the forecaster would have done: rolling origin over the last periods, seasonal naive always beside."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from forecasting.baselines import SeasonalNaive, SimpleForecaster
from forecasting.forecaster import Forecaster
from forecasting.metrics import naive_scales, period_scores, sum_scores
from forecasting.panel import build_panel
from forecasting.periods import Freq

SERVED = "served"
NAIVE = SeasonalNaive.name


@dataclass(frozen=True)
class Backtest:
    """What was `served` and what `seasonal_naive` told (column `model`) at past cutoffs, and how well.

    `forecasts`: model, unique_id, series_class, cutoff, ds, demand, is_censored, mean, q…, and naive_mae and naive_mse,
    the scales of each series at each cutoff. `summed`: the same of demand over the next `horizon` periods, where all of
    it is known. `methods`: unique_id, cutoff, series_class, method.
    """

    forecasts: pl.DataFrame
    summed: pl.DataFrame
    methods: pl.DataFrame

    @classmethod
    def joined(cls, parts: Sequence["Backtest"]) -> "Backtest":
        """One of several parts of an assortment."""
        return cls(*[pl.concat([getattr(part, one.name) for part in parts]) for one in fields(cls)])

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Model × series_class (and class `all`), as `metrics.period_scores`."""
        every = self._known.with_columns(series_class=pl.lit("all"))
        return pl.concat([period_scores(rows, ["series_class", "model"]) for rows in (every, self._known)])

    @cached_property
    def sums(self) -> pl.DataFrame:
        """Model × horizon, as `metrics.sum_scores`."""
        return sum_scores(self.summed, ["model", "horizon"])

    @cached_property
    def series(self) -> pl.DataFrame:
        """One row per series: unique_id, series_class and method at the latest cutoff, then wape, bias, mase, rmsse,
        scaled_pinball_loss, coverage_80 of what served, naive_wape and naive_scaled_pinball_loss beside.
        """
        scores = period_scores(self._known, ["unique_id", "model"]).drop("series")
        naive = scores.filter(pl.col("model") == NAIVE).select(
            "unique_id", naive_wape="wape", naive_scaled_pinball_loss="scaled_pinball_loss"
        )
        latest = self.methods.sort("cutoff").unique("unique_id", keep="last").drop("cutoff")
        served = scores.filter(pl.col("model") == SERVED).drop("model")
        return latest.join(served, on="unique_id").join(naive, on="unique_id").sort("unique_id")

    @cached_property
    def _known(self) -> pl.DataFrame:
        return self.forecasts.filter(~pl.col("is_censored"))


def backtest(
    history: pl.DataFrame,
    forecaster: Forecaster,
    *,
    origins: int = 3,
    step: int | None = None,
    refit: bool = False,
) -> Backtest:
    """Forecast from `origins` past cutoffs, `step` periods apart (the horizon when None), and score.

    The last cutoff leaves one horizon to score. `forecaster` is fitted at the first cutoff and moved to
    the later ones (`refit=True`: trained at each); it is left at the last. Covariates known ahead are
    taken from the history's own later rows. Periods whose demand is not known (`panel.restore_censored`)
    are forecast but not scored. Raises ValueError where the history is too short for one origin.
    """
    cutoffs = _cutoffs(history, forecaster.horizon, origins, step or forecaster.horizon)
    naive = SimpleForecaster(
        SeasonalNaive(),
        horizon=forecaster.horizon,
        season_length=forecaster.season_length,
        freq=forecaster.freq,
        quantiles=forecaster.quantiles,
        covariates=forecaster.covariates,
    )
    periods, sums, methods = [], [], []
    for number, cutoff in enumerate(cutoffs):
        past = history.filter(pl.col("ds") <= cutoff)
        future = history.filter(pl.col("ds") > cutoff).select("unique_id", "ds", *forecaster.covariates.known)
        move = forecaster.fit if number == 0 or refit else forecaster.at
        move(past, cutoff, future)
        naive.fit(past, cutoff, future)
        methods.append(forecaster.methods().with_columns(cutoff=pl.lit(cutoff)))
        horizons = forecaster.sum_horizons
        for model, each in ((SERVED, forecaster), (NAIVE, naive)):
            periods.append(each.predict().with_columns(model=pl.lit(model)))
            sums.append(each.predict_sums(horizons).with_columns(model=pl.lit(model)))
    rows = _beside_actual(history, pl.concat(periods), pl.concat(methods), forecaster.freq)
    return Backtest(rows, _summed(rows, pl.concat(sums)), pl.concat(methods))


def _cutoffs(history: pl.DataFrame, horizon: int, origins: int, step: int) -> list[date]:
    dates = history["ds"].unique().sort().to_list()
    ends = [len(dates) - 1 - horizon - back * step for back in range(origins - 1, -1, -1)]
    found = [dates[end] for end in ends if end >= horizon]
    if not found:
        raise ValueError(f"{len(dates)} periods are too few to look back {horizon} and train on {horizon}")
    return found


def _beside_actual(history: pl.DataFrame, periods: pl.DataFrame, methods: pl.DataFrame, freq: Freq) -> pl.DataFrame:
    """Demand is known where `restore_censored` says so: weeks that sold out by great demand count, like any other."""
    panel = build_panel(history, cutoff=None, horizon=1, freq=freq, season_length=1)
    doubtful = pl.DataFrame(
        {
            "unique_id": np.repeat(panel.ids.to_numpy(), panel.periods),
            "ds": panel.dates * panel.size,
            "is_censored": panel.is_uncertain.ravel(),
        },
        schema_overrides={"unique_id": pl.String},
    )
    actual = history.select("unique_id", "ds", "demand").join(doubtful, on=["unique_id", "ds"])
    return (
        periods.join(actual, on=["unique_id", "ds"])
        .join(naive_scales(history, periods["cutoff"]), on=["unique_id", "cutoff"])
        .join(methods.drop("method"), on=["unique_id", "cutoff"])
    )


def _summed(rows: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """Actual demand of the first periods after each cutoff; sums over a censored period are left out."""
    keys = ["model", "unique_id", "cutoff"]
    running = rows.sort(*keys, "ds").select(
        *keys,
        horizon=pl.col("ds").cum_count().over(keys).cast(pl.Int64),
        demand=pl.col("demand").cum_sum().over(keys),
        censored=pl.col("is_censored").cum_sum().over(keys),
    )
    return running.filter(pl.col("censored") == 0).join(sums, on=[*keys, "horizon"])
