"""Mart status_intervals: one row per stay of an order in a stage; lives on the day the order was placed."""

import polars as pl

from pipelines.marts.business_days import business_day
from pipelines.marts.headers import HEADER, NEVER, manager_at
from pipelines.marts.mart import INSTANT, Mart, Schema
from pipelines.marts.sources import Sources

GRAIN = ("order_id", "visit")
SCHEMA: Schema = {
    "order_id": pl.Int64, "visit": pl.Int64, "number": pl.String, **HEADER,
    "status": pl.String, "status_group": pl.String, "is_open": pl.Boolean, "is_reentry": pl.Boolean,
    "order_status_group": pl.String, "entered_at": INSTANT, "left_at": INSTANT, "entered_day": pl.Date,
    "left_day": pl.Date, "wall_seconds": pl.Int64, "business_seconds": pl.Int64,
}  # fmt: skip
IDENTITIES = {
    "only an open stay has no end": pl.col("is_open") == pl.col("left_at").is_null(),
    "wall time = left − entered": pl.col("is_open")
    | ((pl.col("left_at") - pl.col("entered_at")).dt.total_seconds() - pl.col("wall_seconds")).abs().le(1),
}
MART = Mart("status_intervals", "placed_day", GRAIN, SCHEMA, IDENTITIES)


def build(sources: Sources) -> pl.LazyFrame:
    """Build the mart; ``manager`` is who held the order when the stay ended, or holds it now.

    ``status_group`` is the group stayed in, ``order_status_group`` the one the order is in today. ``is_reentry``
    marks a stay in a group the order had been in before. Figures go by groups: going from status to status within one
    is one stay, under its first ``visit`` and its last ``status``, so that finer statuses change no figure.
    """
    zones = sources["orders"]["time_zone"].unique().to_list()
    header = sources["headers"].lazy().select(
        "order_id", "number", "time_zone", "day_start_seconds", *[name for name in HEADER if name != "manager"],
        order_status_group="status_group",
    )  # fmt: skip
    stays = _by_stage(sources["intervals"].lazy()).with_columns(at=pl.coalesce("left_at", pl.lit(NEVER)))
    frame = (
        manager_at(stays, sources)
        .join(header, on="order_id", how="inner")
        .sort("order_id", "visit")
        .with_columns(
            is_open=pl.col("left_at").is_null(),
            is_reentry=pl.int_range(pl.len()).over("order_id", "status_group") > 0,
            entered_day=business_day("entered_at", zones),
            left_day=business_day("left_at", zones),
        )
    )
    return MART.shaped(frame)


def _by_stage(intervals: pl.LazyFrame) -> pl.LazyFrame:
    """Join the stays in statuses of one group that follow each other; the open one has no length."""
    before = pl.col("status_group").shift(1).over("order_id", order_by="visit")
    begins = (pl.col("status_group") != before).fill_null(value=True)
    ended = pl.col("left_at").is_not_null().all()
    return (
        intervals.sort("order_id", "visit")
        .with_columns(stage=begins.cum_sum())
        .group_by("order_id", "stage", maintain_order=True)
        .agg(
            pl.col("visit", "entered_at", "status_group").first(),
            pl.col("status", "manager", "left_at").last(),
            *(pl.when(ended).then(pl.col(name).sum()).alias(name) for name in ("wall_seconds", "business_seconds")),
        )
        .drop("stage")
    )
