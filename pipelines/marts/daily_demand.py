"""Mart daily_demand: one row per channel, warehouse, product and day on which something was asked for."""

import polars as pl

from pipelines.marts.business_days import month_of
from pipelines.marts.mart import MONEY, QUANTITY, Mart, Schema

GRAIN = ("channel", "warehouse", "product_id", "day")
SCHEMA: Schema = {
    "channel": pl.String, "warehouse": pl.String, "product_id": pl.Int64, "sku": pl.String, "category": pl.String,
    "day": pl.Date, "month": pl.String, "orders": pl.Int64, "ordered": QUANTITY, "unwanted": QUANTITY,
    "demand": QUANTITY, "shipped": QUANTITY, "gross": MONEY, "stocked_out": pl.Boolean,
}  # fmt: skip
IDENTITIES = {
    "demand = ordered − unwanted": pl.col("demand") == pl.col("ordered") - pl.col("unwanted"),
    "0 ≤ demand": pl.col("demand") >= 0,
    "shipped ≤ demand + unwanted": pl.col("shipped") <= pl.col("ordered"),
}
MART = Mart("daily_demand", "day", GRAIN, SCHEMA, IDENTITIES)


def build(order_lines: pl.LazyFrame, daily_stock: pl.LazyFrame) -> pl.LazyFrame:
    """Build the mart from built lines and the stock of the same days.

    Demand is what was asked for on the day the order was placed, shipped or not; what the customer took back
    (``unwanted``) was none, what we could not deliver was. ``shipped`` is how much of it was shipped since.
    ``stocked_out`` says that the warehouse had nothing available at the end of that day, so that demand may have
    been turned away, whichever channel asked; it is false where we keep no stock (DIRECT).
    """
    asked = (
        order_lines.filter("is_counted")
        .group_by("channel", "warehouse", "product_id", day="placed_day")
        .agg(
            pl.col("sku", "category").first(),
            orders=pl.col("order_id").n_unique(),
            ordered=pl.col("quantity").sum(),
            unwanted=pl.col("quantity_unwanted").sum(),
            shipped=pl.col("quantity_shipped").sum(),
            gross=pl.col("gross").sum(),
        )
    )
    stocked_out = daily_stock.select("warehouse", "product_id", "day", "stocked_out")
    return MART.shaped(
        asked.join(stocked_out, on=["warehouse", "product_id", "day"], how="left").with_columns(
            pl.col("stocked_out").fill_null(value=False),
            demand=pl.col("ordered") - pl.col("unwanted"),
            month=month_of("day"),
        )
    )
