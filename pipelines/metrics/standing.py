"""Metrics of where things stand: open work, stock, freshness."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_COUNTED = pl.col("is_counted")
_NOW = {Lens.COHORT: "placed_day", Lens.NOW: None}


def _weighted_days(tables: Tables) -> pl.LazyFrame:
    """Product-days of each channel that sells the product there, weighted by what it asks for per day on average."""
    stock, pair = tables("daily_stock"), ["warehouse", "product_id"]
    days = stock.group_by(pair).agg(days=pl.len())
    demand = tables("daily_demand").group_by("channel", *pair).agg(pl.col("demand").cast(pl.Float64).sum())
    weights = demand.join(days, on=pair).select("channel", *pair, weight=pl.col("demand") / pl.col("days"))
    return stock.join(weights, on=pair, how="inner")


STANDING = (
    Metric(
        "open_orders", "Open orders", Unit.ORDERS, Direction.NEITHER,
        "Orders neither done nor cancelled, where they stand now. Cohort: those of the period still open.",
        mart="order_facts", numerator=pl.lit(1), where=_COUNTED & pl.col("is_open"), home=Lens.NOW, days=_NOW,
    ),
    Metric(
        "open_value", "Open value", Unit.MONEY, Direction.NEITHER,
        "Gross value of the goods of open orders.",
        mart="order_facts", numerator=pl.col("gross"), where=_COUNTED & pl.col("is_open"), home=Lens.NOW, days=_NOW,
    ),
    Metric(
        "open_late", "Open and late", Unit.ORDERS, Direction.DOWN,
        "Open orders whose last promised day has passed.",
        mart="order_facts", numerator=pl.lit(1), home=Lens.NOW, days=_NOW,
        where=_COUNTED & pl.col("is_open") & (pl.col("promised_day") < pl.col("as_of_day")),
    ),
    Metric(
        "open_age", "Age of open orders", Unit.HOURS, Direction.DOWN,
        "Wall hours since open orders were placed: median, 90th percentile and mean.",
        mart="order_facts", shape=Shape.DURATION, home=Lens.NOW, days=_NOW, where=_COUNTED & pl.col("is_open"),
        numerator=(pl.col("as_of_at") - pl.col("placed_at")).dt.total_seconds(),
        denominator=pl.lit(None, dtype=pl.Int64),
    ),
    Metric(
        "touches_per_order", "Touches per order", Unit.COUNT, Direction.DOWN,
        "Entries that people made in the journals of the orders placed in the period, divided by those orders. What "
        "rules and the system did is out, and so are giving an order to somebody else and orders imported as history.",
        mart="order_facts", shape=Shape.RATIO, numerator=pl.col("touches"), denominator=pl.lit(1),
        where=_COUNTED & pl.col("touches").is_not_null(), days=_NOW,
    ),
    Metric(
        "fill_rate", "Fill rate", Unit.SHARE, Direction.UP,
        "Units reserved at once when the order was placed and shipped since, divided by the units ordered that the "
        "customer still wanted; closed orders served from our own warehouses whose reservations are on record.",
        mart="order_lines", shape=Shape.RATIO, numerator=pl.min_horizontal("quantity_allocated", "quantity_shipped"),
        denominator=pl.col("quantity") - pl.col("quantity_unwanted"),
        where=_COUNTED & ~pl.col("is_open") & ~pl.col("is_direct") & pl.col("quantity_allocated").is_not_null()
        & (pl.col("quantity") > pl.col("quantity_unwanted")),
        days={Lens.COHORT: "placed_day"},
    ),
    Metric(
        "in_stock_rate", "In-stock rate", Unit.SHARE, Direction.UP,
        "Share of product-days, in each warehouse that keeps the product, on which something was available at the end "
        "of the day; each weighted by the product's average daily demand there.",
        mart="daily_stock", shape=Shape.RATIO, prepare=_weighted_days, denominator=pl.col("weight"),
        numerator=pl.when("stocked_out").then(0.0).otherwise("weight"), where=pl.col("weight") > 0,
        days={Lens.COHORT: "day", Lens.FLOW: "day"},
    ),
    Metric(
        "demand", "Demand", Unit.QUANTITY, Direction.UP,
        "Units asked for on the day the order was placed, shipped or not, without what customers took back.",
        mart="daily_demand", numerator=pl.col("demand"), days={Lens.COHORT: "day", Lens.FLOW: "day"},
    ),
    Metric(
        "freshness", "Age of the newest event", Unit.HOURS, Direction.DOWN,
        "Hours between the newest event in the marts and the moment they were last read from the journal.",
        mart="order_facts", shape=Shape.LEAST, home=Lens.NOW, days={Lens.COHORT: "placed_day", Lens.NOW: None},
        numerator=(pl.col("as_of_at") - pl.col("last_event_at")).dt.total_seconds() / 3600,
        where=pl.col("last_event_at").is_not_null(), standing=pl.lit(value=True),
    ),
)  # fmt: skip
