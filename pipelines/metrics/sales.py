"""Metrics of what was asked for and what was earned."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Unit

_COUNTED = pl.col("is_counted")
_PLACED = {Lens.COHORT: "placed_day", Lens.FLOW: "placed_day", Lens.NOW: None}

SALES = (
    Metric(
        "orders_received", "Orders received", Unit.ORDERS, Direction.UP,
        "Orders by the business day they were placed, in the channel's zone; pre-orders, tests and duplicates are out, "
        "cancelled ones are in. Now: those still open.",
        mart="order_facts", numerator=pl.lit(1), where=_COUNTED, days=_PLACED, credit="taken_by",
    ),
    Metric(
        "ordered_value", "Ordered value", Unit.MONEY, Direction.UP,
        "Gross value of the lines of the orders received, as ordered: goods without shipping, cancellations not "
        "deducted.",
        mart="order_lines", numerator=pl.col("gross"), where=_COUNTED, days=_PLACED, credit="taken_by",
    ),
    Metric(
        "average_order_value", "Average order value", Unit.MONEY, Direction.UP,
        "Ordered value divided by orders received. Cut by product or category: of the orders that contain it.",
        mart="order_facts", numerator=pl.col("gross"), denominator=pl.lit(1), shape=Shape.RATIO, where=_COUNTED,
        days=_PLACED, credit="taken_by",
    ),
    Metric(
        "units_per_order", "Units per order", Unit.QUANTITY, Direction.UP,
        "Units ordered divided by orders received that have lines.",
        mart="order_facts", numerator=pl.col("units"), denominator=pl.lit(1), shape=Shape.RATIO,
        where=_COUNTED & (pl.col("lines") > 0), days=_PLACED, credit="taken_by",
    ),
    Metric(
        "net_revenue", "Net revenue", Unit.MONEY, Direction.UP,
        "Net value of the lines shipped, by ship date, less the net value of those returned, by the date they came "
        "back. Cohort: by the day the order was placed.",
        mart="revenue", numerator=pl.col("net"), where=_COUNTED, home=Lens.FLOW,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "day"}, matures_days=30,
    ),
    Metric(
        "gross_margin", "Gross margin", Unit.SHARE, Direction.UP,
        "Net revenue less the cost of its goods, divided by net revenue; goods without a known cost are out of both.",
        mart="revenue", numerator=pl.col("margin"), denominator=pl.col("net"), shape=Shape.RATIO, home=Lens.FLOW,
        where=_COUNTED & pl.col("margin").is_not_null(), days={Lens.COHORT: "placed_day", Lens.FLOW: "day"},
        matures_days=30, shows_cost=True,
    ),
    Metric(
        "units_shipped", "Units shipped", Unit.QUANTITY, Direction.UP,
        "Units handed over to customers or carriers, by ship date. Cohort: by the day the order was placed.",
        mart="revenue", numerator=pl.col("quantity"), where=_COUNTED & (pl.col("kind") == "shipped"), home=Lens.FLOW,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "day"},
    ),
    Metric(
        "return_rate", "Return rate", Unit.SHARE, Direction.DOWN,
        "Units returned so far divided by units shipped so far, of the orders placed in the period.",
        mart="order_lines", numerator=pl.col("quantity_returned"), denominator=pl.col("quantity_shipped"),
        shape=Shape.RATIO, where=_COUNTED & (pl.col("quantity_shipped") > 0), days={Lens.COHORT: "placed_day"},
        matures_days=60,
    ),
)  # fmt: skip
