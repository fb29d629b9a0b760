"""What every mart of orders says about the order a row belongs to."""

from datetime import UTC, datetime

import polars as pl

from pipelines.journal_feed import Schema
from pipelines.marts.business_days import business_day, month_of
from pipelines.marts.sources import DIRECT, Sources

CUSTOMERS_OWN_CHOICE = ("customer", "payment", "fraud")
"""Faults of cancellations after which the goods are not wanted any more: they were no demand."""

HEADER: Schema = {
    "channel": pl.String, "currency": pl.String, "type": pl.String, "customer_kind": pl.String, "region": pl.String,
    "warehouse": pl.String, "manager": pl.String, "taken_by": pl.String, "owner": pl.String, "carrier": pl.String,
    "is_counted": pl.Boolean, "placed_day": pl.Date, "month": pl.String,
}  # fmt: skip
"""Columns by which every mart of orders can be cut; ``is_counted`` is false for pre-orders, tests, duplicates."""

NEVER = datetime(2999, 1, 1, tzinfo=UTC)
"""After every assignment: the moment at which something still open would end."""


def with_headers(sources: Sources) -> Sources:
    """Add ``headers``: one row per order with the columns of ``HEADER``, its times and its zone.

    ``warehouse`` is DIRECT where suppliers ship every line. ``taken_by`` is the order's first holder, ``owner`` who
    holds it now. ``manager``, to whom its outcome is credited, is who held it when it closed and, while it is open,
    its first holder: giving away an open order changes ``owner`` alone. ``carrier`` took the first shipment.
    """
    orders = sources["orders"].lazy()
    zones = sources["orders"]["time_zone"].unique().to_list()
    direct = sources["lines"].lazy().group_by("order_id").agg(pl.col("is_direct").all().alias("is_all_direct"))
    held = manager_at(orders.select("order_id", "manager", at=pl.coalesce("closed_at", pl.lit(NEVER))), sources)
    headers = (
        orders.rename({"manager": "owner"})
        .join(direct, on="order_id", how="left")
        .join(held.drop("at"), on="order_id", how="left")
        .join(_first_holders(sources), on="order_id", how="left")
        .join(_first_carriers(sources), on="order_id", how="left")
        .with_columns(taken_by=pl.when("is_assigned").then("taken_by").otherwise("owner"))
        .with_columns(
            manager=pl.when(pl.col("closed_at").is_null()).then("taken_by").otherwise("manager"),
            placed_day=business_day("placed_at", zones),
            warehouse=pl.when("is_all_direct").then(pl.lit(DIRECT)).otherwise("warehouse"),
            is_counted=~pl.col("is_test") & ~pl.col("is_duplicate") & (pl.col("status_group") != "preorder"),
        )
        .with_columns(month=month_of("placed_day"))
    )
    return {**sources, "headers": headers.collect()}


def _first_holders(sources: Sources) -> pl.LazyFrame:
    assignments = sources["assignments"].lazy().sort("order_id", "visit")
    first = pl.col("manager").drop_nulls().first()
    return assignments.group_by("order_id").agg(taken_by=first, is_assigned=pl.lit(value=True))


def _first_carriers(sources: Sources) -> pl.LazyFrame:
    shipments = sources["shipments"].lazy().sort("order_id", "shipped_at", "shipment_id")
    return shipments.group_by("order_id").agg(pl.col("carrier").drop_nulls().first())


def manager_at(rows: pl.LazyFrame, sources: Sources) -> pl.LazyFrame:
    """Put into ``manager`` who held the order at the instant ``at``.

    An order without any assignment on record keeps the ``manager`` the row came with; before the first assignment
    nobody held it.
    """
    assignments = sources["assignments"].lazy().sort("order_id", "assigned_at", "visit")
    assigned = assignments.select("order_id").unique().with_columns(is_assigned=pl.lit(value=True))
    return (
        rows.rename({"manager": "stated_manager"})
        .sort("order_id", "at")
        .join_asof(
            assignments.select("order_id", "assigned_at", "manager"),
            left_on="at",
            right_on="assigned_at",
            by="order_id",
            strategy="backward",
            check_sortedness=False,
        )
        .join(assigned, on="order_id", how="left")
        .with_columns(manager=pl.when("is_assigned").then("manager").otherwise("stated_manager"))
        .drop("stated_manager", "is_assigned", "assigned_at", strict=False)
    )
