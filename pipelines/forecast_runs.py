"""What forecast runs told of themselves, kept from run to run: methods that served, scores beside seasonal naive."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from forecasting.accuracy import accuracy_by, by_class
from pipelines.store import Store

RUNS = "forecast_runs"
WHOLE = "all"
KEPT = timedelta(days=400)
SCORES = (
    "wape", "bias", "coverage_80", "scaled_pinball_loss",
    "naive_wape", "naive_bias", "naive_coverage_80", "naive_scaled_pinball_loss",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "made_at": pl.Datetime("us", "UTC"), "seed": pl.Int64, "settings": pl.String, "last_week": pl.Date,
    "series_class": pl.String, "series": pl.Int64, "scored": pl.Int64, "methods": pl.List(pl.String),
    **dict.fromkeys(SCORES, pl.Float64),
}  # fmt: skip
"""One row per run and class of series, and one of class `all`.

``settings``: JSON of the model's; ``last_week``: of the history it learnt from; ``scored``: of its ``series``
those with scores; ``methods``: the mixtures that served, that of most series first.
"""


def remember_run(
    store: Store, *, made_at: datetime, seed: int, settings: Mapping[str, Any], history: pl.DataFrame,
    methods: pl.DataFrame, trials: pl.DataFrame,
) -> None:  # fmt: skip
    """Keep a run beside those of the last 400 days; one of the same instant is replaced.

    ``methods``: unique_id, series_class, method of every series; ``trials``: `Backtest.forecasts`.
    """
    known = pl.concat([methods.with_columns(series_class=pl.lit(WHOLE)), methods])
    scores = accuracy_by(by_class(trials, known), "series_class")
    made = (
        _served(known)
        .join(scores.rename({"series": "scored"}), on="series_class", how="left", maintain_order="left")
        .with_columns(
            made_at=pl.lit(made_at), seed=pl.lit(seed), last_week=pl.lit(history["ds"].max()),
            settings=pl.lit(json.dumps(dict(settings), sort_keys=True)),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )  # fmt: skip
    before = read_runs(store).filter((pl.col("made_at") > made_at - KEPT) & (pl.col("made_at") != made_at))
    store.publish(RUNS, pl.concat([before, made]))


def read_runs(store: Store) -> pl.DataFrame:
    """Every run that is remembered, as ``SCHEMA``, the earliest first; none before the first."""
    return store.frame(RUNS).sort("made_at", maintain_order=True) if store.exists(RUNS) else pl.DataFrame(schema=SCHEMA)


def _served(methods: pl.DataFrame) -> pl.DataFrame:
    """Count the series of each class, the largest first; its methods, that of most series first."""
    each = methods.group_by("series_class", "method").agg(series=pl.len())
    return (
        each.sort("series", "method", descending=[True, False])
        .group_by("series_class", maintain_order=True)
        .agg(pl.col("series").sum(), methods=pl.col("method"))
        .sort("series", "series_class", descending=[True, False])
    )
