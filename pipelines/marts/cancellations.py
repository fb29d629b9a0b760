"""Mart cancellations: one row per cancellation of a line or of an order without lines; lives on the placed day."""

import polars as pl

from pipelines.marts.business_days import business_day
from pipelines.marts.causes import PREVENTABLE, is_misstated
from pipelines.marts.headers import HEADER, manager_at
from pipelines.marts.mart import INSTANT, MONEY, QUANTITY, Mart, Schema
from pipelines.marts.order_lines import LINE
from pipelines.marts.sources import DIRECT, Sources

GRAIN = ("cancellation_id",)
SCHEMA: Schema = {
    "cancellation_id": pl.Int64, "order_id": pl.Int64, "position": pl.Int64, "number": pl.String, **HEADER, **LINE,
    "quantity": QUANTITY, "reason": pl.String, "fault": pl.String, "is_preventable": pl.Boolean,
    "derived_cause": pl.String, "previous_status": pl.String, "status_group": pl.String,
    "is_whole_order": pl.Boolean, "net": MONEY, "gross": MONEY, "margin": MONEY, "cancelled_at": INSTANT,
    "cancelled_day": pl.Date, "time_estimated": pl.Boolean, "wall_seconds": pl.Int64,
    "cancelled_by": pl.String, "is_misstated": pl.Boolean, "is_avoidable": pl.Boolean,
}  # fmt: skip
IDENTITIES = {
    "a line has its quantity": pl.col("position").is_null() == pl.col("quantity").is_null(),
    "a reason is given": pl.col("reason").is_not_null(),
}
MART = Mart("cancellations", "placed_day", GRAIN, SCHEMA, IDENTITIES)


def build(sources: Sources) -> pl.LazyFrame:
    """Build the mart; ``manager`` is who held the order at the time, ``status_group`` the stage it was in.

    ``is_whole_order`` is true where the order ended up cancelled; ``wall_seconds`` run from placement.
    ``is_misstated`` and ``is_avoidable`` are told from the derived cause, ``is_preventable`` from the stated reason.
    """
    zones = sources["orders"]["time_zone"].unique().to_list()
    header = sources["headers"].lazy().select(
        "order_id", "number", "time_zone", "day_start_seconds", "placed_at",
        *[name for name in HEADER if name != "manager"], manager="owner", order_status_group="status_group",
    )  # fmt: skip
    lines = sources["lines"].lazy().select("line_id", "position", "is_direct", *LINE)
    rows = sources["cancellations"].lazy().join(header, on="order_id", how="inner")
    rows = rows.with_columns(at="cancelled_at")
    frame = (
        manager_at(rows, sources)
        .join(lines, on="line_id", how="left")
        .with_columns(
            warehouse=pl.when("is_direct").then(pl.lit(DIRECT)).otherwise("warehouse"),
            status_group=pl.col("previous_group"),
            is_whole_order=pl.col("order_status_group") == "cancelled",
            cancelled_day=business_day("cancelled_at", zones),
            is_misstated=is_misstated(pl.col("reason"), pl.col("derived_cause")),
            is_avoidable=pl.col("derived_cause").is_in([cause.value for cause in PREVENTABLE]),
            wall_seconds=(pl.col("cancelled_at") - pl.col("placed_at")).dt.total_seconds(),
        )
    )
    return MART.shaped(frame)
