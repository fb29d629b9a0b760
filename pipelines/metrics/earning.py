"""Metrics of what is left of what was sold: profit, returns, shipping."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_COUNTED = pl.col("is_counted")
_PLACED = {Lens.COHORT: "placed_day", Lens.FLOW: "placed_day", Lens.NOW: None}
_DONE = {Lens.COHORT: "placed_day", Lens.FLOW: "day"}
_LINE = ["order_id", "position"]


def _shipped_and_come_back(tables: Tables) -> pl.LazyFrame:
    """Units shipped, by the day of their shipment, and those that came back, by the day their line first went out."""
    entries = tables("revenue").filter("is_counted")
    shipped = entries.filter(pl.col("kind") == "shipped")
    first = shipped.sort("day", "document_id").group_by(_LINE).agg(pl.col("day", "manager", "carrier").first())
    back = entries.filter(pl.col("kind") == "returned").drop("day", "manager", "carrier").join(first, on=_LINE)
    nothing, units = pl.lit(0).cast(pl.Decimal(14, 3)), pl.col("quantity")
    return pl.concat(
        [shipped.with_columns(sent=units, came_back=nothing), back.with_columns(sent=nothing, came_back=-units)],
        how="diagonal",
    )


EARNING = (
    Metric(
        "lines_per_order", "Lines per order", Unit.COUNT, Direction.UP,
        "Lines ordered divided by orders received that have lines.",
        mart="order_facts", shape=Shape.RATIO, numerator=pl.col("lines"), denominator=pl.lit(1),
        where=_COUNTED & (pl.col("lines") > 0), days=_PLACED, credit="taken_by",
    ),
    Metric(
        "shipping_charged", "Shipping charged", Unit.MONEY, Direction.UP,
        "What customers were charged for delivery, of the orders received.",
        mart="order_facts", numerator=pl.col("shipping"), where=_COUNTED, days=_PLACED, credit="taken_by",
    ),
    Metric(
        "gross_profit", "Gross profit", Unit.MONEY, Direction.UP,
        "Net revenue less the cost of its goods; goods without a known cost are out.",
        mart="revenue", numerator=pl.col("margin"), where=_COUNTED & pl.col("margin").is_not_null(), home=Lens.FLOW,
        days=_DONE, shows_cost=True,
    ),
    Metric(
        "contribution", "Contribution", Unit.MONEY, Direction.UP,
        "Gross profit less what carriers charged for the shipments, where that is on record; fees of payments and the "
        "handling of returns are not.",
        mart="revenue", numerator=pl.col("margin") - pl.col("carrier_cost").fill_null(0),
        where=_COUNTED & pl.col("margin").is_not_null(), home=Lens.FLOW, days=_DONE, shows_cost=True,
    ),
    Metric(
        "returned_value", "Returned value", Unit.MONEY, Direction.DOWN,
        "Net value of the goods that came back, by the day of their receipt.",
        mart="revenue", numerator=-pl.col("net"), where=_COUNTED & (pl.col("kind") == "returned"), home=Lens.FLOW,
        days=_DONE,
    ),
    Metric(
        "return_rate_shipped", "Return rate (by ship date)", Unit.SHARE, Direction.DOWN,
        "Of the units shipped in the period, the share that has come back since.",
        mart="revenue", prepare=_shipped_and_come_back, shape=Shape.RATIO, numerator=pl.col("came_back"),
        denominator=pl.col("sent"), days={Lens.COHORT: "day"}, matures_days=60,
    ),
    Metric(
        "refunded_value", "Refunded value", Unit.MONEY, Direction.DOWN,
        "Money given back for orders, by the day of the last refund. Cohort: by the day the order was placed.",
        mart="order_facts", numerator=pl.col("refunded"), where=_COUNTED & (pl.col("refunded") > 0),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "refunded_day"},
    ),
)  # fmt: skip
