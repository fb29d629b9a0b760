"""Mart order_lines: one row per line of an order; lives on the day the order was placed."""

import polars as pl

from pipelines.marts.headers import CUSTOMERS_OWN_CHOICE, HEADER
from pipelines.marts.mart import MONEY, QUANTITY, UNIT_COST, Mart, Schema
from pipelines.marts.sources import DIRECT, Sources

GRAIN = ("order_id", "position")
LINE: Schema = {"product_id": pl.Int64, "sku": pl.String, "category": pl.String, "supplier": pl.String}
SCHEMA: Schema = {
    "order_id": pl.Int64, "position": pl.Int64, "number": pl.String, **HEADER, **LINE,
    "status_group": pl.String, "is_open": pl.Boolean, "is_direct": pl.Boolean,
    "quantity": QUANTITY, "quantity_allocated": QUANTITY, "quantity_shipped": QUANTITY,
    "quantity_cancelled": QUANTITY, "quantity_unwanted": QUANTITY, "quantity_returned": QUANTITY,
    "unit_price": MONEY, "net": MONEY, "tax": MONEY, "gross": MONEY, "unit_cost": UNIT_COST, "cost": MONEY,
    "margin": MONEY,
}  # fmt: skip
IDENTITIES = {
    "gross = net + tax": pl.col("gross") == pl.col("net") + pl.col("tax"),
    "shipped + cancelled ≤ quantity": pl.col("quantity_shipped") + pl.col("quantity_cancelled") <= pl.col("quantity"),
    "returned ≤ shipped": pl.col("quantity_returned") <= pl.col("quantity_shipped"),
    "unwanted ≤ cancelled": pl.col("quantity_unwanted") <= pl.col("quantity_cancelled"),
    "margin = net − cost": (pl.col("margin") == pl.col("net") - pl.col("cost")) | pl.col("cost").is_null(),
}
MART = Mart("order_lines", "placed_day", GRAIN, SCHEMA, IDENTITIES)


def build(sources: Sources) -> pl.LazyFrame:
    """Build the mart.

    ``warehouse`` is DIRECT on the lines a supplier ships. ``quantity_allocated`` is what placement reserved at once,
    unknown where no reservation was journalled. ``quantity_unwanted`` is the part of the cancelled quantity that
    the customer did not want any more. ``cost`` and ``margin`` are unknown without a unit cost.
    """
    return MART.shaped(
        lines_with_headers(sources)
        .join(_unwanted(sources), on="line_id", how="left")
        .join(_allocated(sources), on=["order_id", "position"], how="left")
        .join(sources["allocations"].lazy().select("order_id", journalled=True).unique(), on="order_id", how="left")
        .with_columns(
            pl.col("quantity_unwanted").fill_null(0),
            quantity_allocated=pl.when("journalled").then(pl.col("quantity_allocated").fill_null(0)),
            is_open=~pl.col("status_group").is_in(["done", "cancelled"]),
            cost=cost_of("quantity"),
        )
        .with_columns(margin=pl.col("net") - pl.col("cost"))
    )


def lines_with_headers(sources: Sources) -> pl.LazyFrame:
    """Raw lines with the columns of their order; ``warehouse`` is the line's own."""
    header = (
        sources["headers"]
        .lazy()
        .select("order_id", "number", "status_group", "time_zone", "day_start_seconds", *HEADER)
    )
    return (
        sources["lines"]
        .lazy()
        .join(header, on="order_id", how="inner")
        .with_columns(warehouse=pl.when("is_direct").then(pl.lit(DIRECT)).otherwise("warehouse"))
    )


def cost_of(quantity: str) -> pl.Expr:
    """Money that a quantity cost, half-up to the cent (Polars itself rounds half to even); null without a cost."""
    # Thousandths of a unit times ten-thousandths of money are 10⁻⁷; a cent is 10⁵ of these.
    exact = pl.col(quantity).cast(QUANTITY).to_physical() * pl.col("unit_cost").to_physical()
    return ((exact + 50_000) // 100_000).cast(MONEY) / 100


def _unwanted(sources: Sources) -> pl.LazyFrame:
    return (
        sources["cancellations"]
        .lazy()
        .filter(pl.col("fault").is_in(CUSTOMERS_OWN_CHOICE) & pl.col("line_id").is_not_null())
        .group_by("line_id")
        .agg(quantity_unwanted=pl.col("quantity").sum())
    )


def _allocated(sources: Sources) -> pl.LazyFrame:
    named = sources["allocations"].lazy().filter(pl.col("position").is_not_null())
    return named.select("order_id", "position", quantity_allocated="quantity")
