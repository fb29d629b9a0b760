"""How well demand was told, by parts of the assortment, beside seasonal naive; frames in, frames out."""

import polars as pl

from forecasting.backtest import NAIVE, SERVED
from forecasting.metrics import period_scores

REASONS = ("new", "shelf", "rare", "erratic", "level", "chance")
"""Why a series may have been told worse than by repeating last year: it is new; its shelf was empty; it is asked for
seldom; it swings; its level moved away from what was told; or none of these."""
_BESIDE = ("wape", "bias", "coverage_80", "scaled_pinball_loss")
_NEW_WEEKS, _EMPTY_SHARE, _FAR_OFF = 26, 0.2, 0.3


def accuracy_by(trials: pl.DataFrame, part: str) -> pl.DataFrame:
    """Scores of what served by a column of the trials, seasonal naive's beside.

    ``trials``: `Backtest.forecasts` with the column ``part`` (rows without one are left out). Grain: part; series,
    periods, wape, bias, coverage_80, scaled_pinball_loss, the same four of seasonal naive (naive_wape …), and is_lost:
    it was told no better than by seasonal naive, by the pinball loss. Censored periods are not scored.
    """
    known = trials.filter(~pl.col("is_censored") & pl.col(part).is_not_null())
    scores = period_scores(known, [part, "model"])
    naive = scores.filter(pl.col("model") == NAIVE).select(part, pl.col(_BESIDE).name.prefix("naive_"))
    told = scores.filter(pl.col("model") == SERVED).drop("model", "mase", "rmsse").join(naive, on=part, how="left")
    is_lost = pl.col("scaled_pinball_loss") >= pl.col("naive_scaled_pinball_loss")
    return told.with_columns(is_lost=is_lost.fill_null(value=False)).sort(part)


def by_class(trials: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Trials by the class that each series has now (``series``: unique_id, series_class).

    As of each cutoff a series would count in several classes, and none would open the same list.
    """
    kinds = series.select("unique_id", "series_class")
    return trials.drop("series_class").join(kinds, on="unique_id", how="left")


def why_lost(series: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Series that seasonal naive told no worse, the largest demand first, each with the likeliest reason.

    ``series``: unique_id, series_class, bias, scaled_pinball_loss, naive_scaled_pinball_loss, next_weeks. ``history``:
    unique_id, censored_share by week. Adds reason, one of ``REASONS``: the first that holds.
    """
    lived = history.group_by("unique_id").agg(empty=(pl.col("censored_share") > 0).mean(), weeks=pl.len())
    lost = series.filter(pl.col("scaled_pinball_loss") >= pl.col("naive_scaled_pinball_loss"))
    is_new = (pl.col("series_class") == "new") | (pl.col("weeks") < _NEW_WEEKS)
    return (
        lost.join(lived, on="unique_id", how="left")
        .with_columns(
            reason=pl.when(is_new).then(pl.lit("new"))
            .when(pl.col("empty") >= _EMPTY_SHARE).then(pl.lit("shelf"))
            .when(pl.col("series_class").is_in(["intermittent", "lumpy"])).then(pl.lit("rare"))
            .when(pl.col("series_class") == "erratic").then(pl.lit("erratic"))
            .when(pl.col("bias").abs() >= _FAR_OFF).then(pl.lit("level"))
            .otherwise(pl.lit("chance"))
        )
        .drop("empty", "weeks")
        .sort("next_weeks", "unique_id", descending=[True, False], nulls_last=True)
    )  # fmt: skip
