"""Metrics of who buys: new and returning customers."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_PLACED = {Lens.COHORT: "placed_day", Lens.FLOW: "placed_day"}


def _in_turn(tables: Tables) -> pl.LazyFrame:
    """Counted orders with whether their customer had ordered before, in any channel."""
    orders = tables("order_facts").filter("is_counted").sort("customer_id", "placed_at", "order_id")
    return orders.with_columns(is_repeat=pl.int_range(pl.len()).over("customer_id") > 0)


CUSTOMERS = (
    Metric(
        "repeat_rate", "Repeat rate", Unit.SHARE, Direction.UP,
        "Of the orders received, the share whose customer had ordered before, in any channel.",
        mart="order_facts", prepare=_in_turn, shape=Shape.RATIO, numerator=pl.col("is_repeat").cast(pl.Int64),
        denominator=pl.lit(1), days=_PLACED, credit="taken_by",
    ),
    Metric(
        "new_customers", "New customers", Unit.COUNT, Direction.UP,
        "Customers by the day of their first order.",
        mart="order_facts", prepare=_in_turn, numerator=pl.lit(1), where=~pl.col("is_repeat"), days=_PLACED,
        credit="taken_by",
    ),
)  # fmt: skip
