"""Mart order_facts: one row per order; lives on the day the order was placed."""

import polars as pl

from pipelines.marts.business_days import business_day, calendar_day
from pipelines.marts.headers import CUSTOMERS_OWN_CHOICE, HEADER
from pipelines.marts.mart import INSTANT, MONEY, QUANTITY, Mart, Schema
from pipelines.marts.sources import Sources

GRAIN = ("order_id",)
SCHEMA: Schema = {
    "order_id": pl.Int64, "number": pl.String, "customer_id": pl.Int64, **HEADER,
    "status": pl.String, "status_group": pl.String, "is_open": pl.Boolean, "is_cancelled": pl.Boolean,
    "is_delivered": pl.Boolean, "is_delivered_in_full": pl.Boolean, "is_test": pl.Boolean, "is_duplicate": pl.Boolean,
    "placed_at": INSTANT, "closed_at": INSTANT, "shipped_at": INSTANT, "delivered_at": INSTANT,
    "cancelled_at": INSTANT, "last_event_at": INSTANT,
    # Business days, but promises and their keeping go by the calendar.
    "closed_day": pl.Date, "shipped_day": pl.Date, "cancelled_day": pl.Date,
    "delivered_day": pl.Date, "first_promised_day": pl.Date, "promised_day": pl.Date,
    "reason": pl.String, "fault": pl.String, "derived_cause": pl.String,
    "cycle_wall_seconds": pl.Int64, "cycle_business_seconds": pl.Int64,
    "lines": pl.Int64, "units": QUANTITY, "units_shipped": QUANTITY, "units_cancelled": QUANTITY,
    "units_returned": QUANTITY, "touches": pl.Int64,
    "corrections": pl.Int64, "ship_wall_seconds": pl.Int64, "refunded_at": INSTANT, "refunded_day": pl.Date,
    "refund_wall_seconds": pl.Int64,
    "net": MONEY, "tax": MONEY, "gross": MONEY, "shipping": MONEY, "total": MONEY, "paid": MONEY, "refunded": MONEY,
}  # fmt: skip
IDENTITIES = {
    "total = gross + shipping": pl.col("total") == pl.col("gross") + pl.col("shipping"),
    "gross = net + tax": pl.col("gross") == pl.col("net") + pl.col("tax"),
    "shipped + cancelled ≤ units": pl.col("units_shipped") + pl.col("units_cancelled") <= pl.col("units"),
    "an open order is neither delivered nor cancelled": pl.col("is_open")
    ^ (pl.col("is_delivered") | pl.col("is_cancelled")),
}
MART = Mart("order_facts", "placed_day", GRAIN, SCHEMA, IDENTITIES)


def build(sources: Sources) -> pl.LazyFrame:
    """Build the mart.

    ``delivered_at`` is when the last shipment of a done order arrived, unknown while one of them has no time; a done
    order that never had a shipment was delivered when it closed. ``cycle_wall_seconds`` runs from placement to
    delivery, ``cycle_business_seconds`` sums the stages in the channel's calendar; both are unknown without a
    delivery. ``reason`` is that of the largest part cancelled, on cancelled orders only. ``touches`` are the entries
    that people made in the journal, ``corrections`` the changes of the order since it was placed, both unknown of
    imported history. ``refund_wall_seconds`` runs from the first goods that came back, or else from the cancellation,
    to the last money given back.
    """
    zones = sources["orders"]["time_zone"].unique().to_list()
    frame = (
        sources["headers"]
        .lazy()
        .join(_line_sums(sources), on="order_id", how="left")
        .join(_shipping_times(sources), on="order_id", how="left")
        .join(_stage_sums(sources), on="order_id", how="left")
        .join(_cancelling(sources), on="order_id", how="left")
        .join(_returning(sources), on="order_id", how="left")
        .join(sources["moments"].lazy(), on="order_id", how="left")
        .with_columns(pl.col("lines", "units", "units_shipped", "units_cancelled", "units_returned").fill_null(0))
        .with_columns(
            is_cancelled=pl.col("status_group") == "cancelled",
            is_delivered=pl.col("status_group") == "done",
            is_open=~pl.col("status_group").is_in(["done", "cancelled"]),
        )
        .with_columns(_delivery(), *_cancellation())
        .with_columns(*_days(zones), *_cycle(), _in_full(), *_waits())
    )
    return MART.shaped(frame)


def _line_sums(sources: Sources) -> pl.LazyFrame:
    return (
        sources["lines"]
        .lazy()
        .group_by("order_id")
        .agg(
            lines=pl.len(),
            units=pl.col("quantity").sum(),
            units_shipped=pl.col("quantity_shipped").sum(),
            units_cancelled=pl.col("quantity_cancelled").sum(),
            units_returned=pl.col("quantity_returned").sum(),
        )
    )


def _shipping_times(sources: Sources) -> pl.LazyFrame:
    return (
        sources["shipments"]
        .lazy()
        .group_by("order_id")
        .agg(
            shipped_at=pl.col("shipped_at").min(),
            arrived_at=pl.when(pl.col("delivered_at").is_null().any())
            .then(None)
            .otherwise(pl.col("delivered_at").max()),
            has_shipments=pl.lit(value=True),
        )
    )


def _stage_sums(sources: Sources) -> pl.LazyFrame:
    return sources["intervals"].lazy().group_by("order_id").agg(stage_seconds=pl.col("business_seconds").sum())


def _cancelling(sources: Sources) -> pl.LazyFrame:
    unwanted = pl.col("fault").is_in(CUSTOMERS_OWN_CHOICE)
    return (
        sources["cancellations"]
        .lazy()
        .sort("order_id", pl.col("gross"), "cancellation_id", descending=[False, True, False])
        .group_by("order_id", maintain_order=True)
        .agg(
            last_cancelled_at=pl.col("cancelled_at").max(),
            reason=pl.col("reason").first(),
            fault=pl.col("fault").first(),
            derived_cause=pl.col("derived_cause").first(),
            units_unwanted=pl.col("quantity").filter(unwanted).sum(),
        )
    )


def _returning(sources: Sources) -> pl.LazyFrame:
    return sources["returns"].lazy().group_by("order_id").agg(returned_at=pl.col("received_at").min())


def _delivery() -> pl.Expr:
    arrived = pl.when("has_shipments").then("arrived_at").otherwise("closed_at")
    return pl.when("is_delivered").then(arrived).alias("delivered_at")


def _cancellation() -> list[pl.Expr]:
    when = pl.when("is_cancelled")
    return [
        when.then(pl.coalesce("last_cancelled_at", "closed_at")).alias("cancelled_at"),
        when.then("reason").alias("reason"),
        when.then("fault").alias("fault"),
        when.then("derived_cause").alias("derived_cause"),
    ]


def _days(zones: list[str]) -> list[pl.Expr]:
    return [
        business_day("closed_at", zones).alias("closed_day"),
        business_day("shipped_at", zones).alias("shipped_day"),
        business_day("cancelled_at", zones).alias("cancelled_day"),
        business_day("refunded_at", zones).alias("refunded_day"),
        calendar_day("delivered_at", zones).alias("delivered_day"),
        calendar_day("first_promised_at", zones).alias("first_promised_day"),
        calendar_day("promised_at", zones).alias("promised_day"),
    ]


def _cycle() -> list[pl.Expr]:
    known = pl.when(pl.col("delivered_at").is_not_null())
    wall = (pl.col("delivered_at") - pl.col("placed_at")).dt.total_seconds()
    return [known.then(wall).alias("cycle_wall_seconds"), known.then("stage_seconds").alias("cycle_business_seconds")]


def _in_full() -> pl.Expr:
    """Everything still wanted was handed over: what the customer took back does not count against us."""
    wanted = pl.col("units") - pl.col("units_unwanted").fill_null(0)
    return (pl.col("is_delivered") & (pl.col("units_shipped") >= wanted)).alias("is_delivered_in_full")


def _waits() -> list[pl.Expr]:
    asked = pl.coalesce("returned_at", "cancelled_at")
    return [
        (pl.col("shipped_at") - pl.col("placed_at")).dt.total_seconds().alias("ship_wall_seconds"),
        (pl.col("refunded_at") - asked).dt.total_seconds().clip(0).alias("refund_wall_seconds"),
    ]
