"""From raw demand rows to a clean history: every period of every series, censored ones flagged."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from forecasting.periods import Freq, last_complete_period, period_start

SCHEMA: dict[str, type[pl.DataType]] = {
    "unique_id": pl.String,
    "ds": pl.Date,
    "demand": pl.Float64,
    "censored_share": pl.Float64,
}
"""What `build_history` returns, one row per series and period, before the covariates it was told to keep.

`demand` is null only where the source said null; `censored_share` is the share of the period's days
without stock, so that demand above 0 on them is a lower bound.
"""


def build_history(
    demand: pl.DataFrame,
    *,
    until: date,
    freq: Freq = "1w",
    covariates: Sequence[str] = (),
) -> pl.DataFrame:
    """Fill each series from its first demand to the last complete period, by day, week or month.

    `demand`: one row per series and day with `unique_id`, `ds`, `demand`, optionally `stocked_out`
    (true: the shelf was empty) and the named numeric `covariates` (averaged over the period, carried
    forward over periods without a row). Rows after `until` are ignored; a period that has not ended by
    `until` is dropped, and so is a partial first week or month of the whole feed, which would read as a
    dip. Negative demand counts as none. A series whose first demand lies ahead of the last complete
    period is absent.
    """
    last = last_complete_period(until, freq)
    rows = _daily_rows(demand, covariates).filter(pl.col("ds") <= until)
    first_day = rows["ds"].min()
    periods = (
        rows.with_columns(ds=period_start(pl.col("ds"), freq))
        .filter(pl.col("ds") <= last)
        .group_by("unique_id", "ds")
        .agg(
            pl.when(pl.col("demand").is_not_null().any()).then(pl.col("demand").sum()),
            pl.col("stocked_out").sum().alias("days_out"),
            *[pl.col(name).mean() for name in covariates],
        )
    )
    if isinstance(first_day, date):
        periods = periods.filter(pl.col("ds") >= first_day)
    return _fill(periods, last, freq, covariates)


def _daily_rows(demand: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    stocked_out = pl.col("stocked_out").fill_null(False) if "stocked_out" in demand.columns else pl.lit(False)
    known = pl.col("demand").cast(pl.Float64)
    return demand.select(
        pl.col("unique_id").cast(pl.String),
        pl.col("ds").cast(pl.Date),
        pl.when(known.is_finite()).then(known.clip(0)).alias("demand"),
        stocked_out.cast(pl.Int32).alias("stocked_out"),
        *[pl.col(name).cast(pl.Float64) for name in covariates],
    )


def _fill(periods: pl.DataFrame, last: date, freq: Freq, covariates: Sequence[str]) -> pl.DataFrame:
    started = periods.filter(pl.col("demand") > 0).group_by("unique_id").agg(start=pl.col("ds").min())
    grid = started.select("unique_id", ds=pl.date_ranges(pl.col("start"), pl.lit(last), interval=freq)).explode("ds")
    days = (pl.col("ds").dt.offset_by(freq) - pl.col("ds")).dt.total_days()
    known = pl.col("demand").is_not_null() | pl.col("was_absent")
    return (
        grid.join(periods.with_columns(was_absent=pl.lit(False)), on=["unique_id", "ds"], how="left")
        .sort("unique_id", "ds")
        .with_columns(pl.col("was_absent").fill_null(True))
        .select(
            "unique_id",
            "ds",
            pl.when(known).then(pl.col("demand").fill_null(0.0)).alias("demand"),
            (pl.col("days_out").fill_null(0) / days).clip(0.0, 1.0).alias("censored_share"),
            *[pl.col(name).forward_fill().over("unique_id") for name in covariates],
        )
    )
