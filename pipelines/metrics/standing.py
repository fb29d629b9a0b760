"""Metrics of where things stand: open work, what is owed, freshness."""

import polars as pl

from oms_core.errors import NotFound
from oms_core.orders.views import AT_RISK
from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_COUNTED = pl.col("is_counted")
_NOW = {Lens.COHORT: "placed_day", Lens.NOW: None}


def _with_risk(tables: Tables) -> pl.LazyFrame:
    """Orders with the probability last told of them; of a shop too young to tell there is none."""
    orders = tables("order_facts")
    try:
        told = tables("promise_risk").select("order_id", "probability")
    except NotFound:
        return orders.with_columns(probability=pl.lit(None, dtype=pl.Float64))
    return orders.join(told, on="order_id", how="left")


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
        "amount_due", "Amount due", Unit.MONEY, Direction.DOWN,
        "What customers still owe: total less payments of the orders that are not cancelled and not paid in full.",
        mart="order_facts", numerator=pl.col("total") - pl.col("paid"), home=Lens.NOW, days=_NOW,
        where=_COUNTED & ~pl.col("is_cancelled") & (pl.col("paid") < pl.col("total")),
        standing=pl.lit(value=True),
    ),
    Metric(
        "open_late", "Open and late", Unit.ORDERS, Direction.DOWN,
        "Open orders whose last promised day has passed.",
        mart="order_facts", numerator=pl.lit(1), home=Lens.NOW, days=_NOW,
        where=_COUNTED & pl.col("is_open") & (pl.col("promised_day") < pl.col("as_of_day")),
    ),
    Metric(
        "open_at_risk", "Open and at risk", Unit.ORDERS, Direction.DOWN,
        "Open orders that were last scored as likely, at 30 % or more, to miss their first promise, which is not due "
        "yet.",
        mart="order_facts", numerator=pl.lit(1), home=Lens.NOW, days=_NOW, prepare=_with_risk,
        where=_COUNTED & pl.col("is_open") & (pl.col("first_promised_day") >= pl.col("as_of_day"))
        & (pl.col("probability") >= float(AT_RISK)),
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
        where=_COUNTED & pl.col("touches").is_not_null(), days=_NOW, matures_days=14, version=2,
    ),
    Metric(
        "correction_rate", "Correction rate", Unit.SHARE, Direction.DOWN,
        "Of the orders received, the share whose lines, address, delivery or discount were changed after they were "
        "placed; orders imported as history are out.",
        mart="order_facts", shape=Shape.RATIO, numerator=(pl.col("corrections") > 0).cast(pl.Int64),
        denominator=pl.lit(1), where=_COUNTED & pl.col("corrections").is_not_null(), days=_NOW, matures_days=14,
    ),
    Metric(
        "fill_rate", "Fill rate", Unit.SHARE, Direction.UP,
        "Units reserved at once when the order was placed and shipped since, divided by the units ordered that the "
        "customer still wanted; closed orders served from our own warehouses whose reservations are on record.",
        mart="order_lines", shape=Shape.RATIO, numerator=pl.min_horizontal("quantity_allocated", "quantity_shipped"),
        denominator=pl.col("quantity") - pl.col("quantity_unwanted"),
        where=_COUNTED & ~pl.col("is_open") & ~pl.col("is_direct") & pl.col("quantity_allocated").is_not_null()
        & (pl.col("quantity") > pl.col("quantity_unwanted")),
        days={Lens.COHORT: "placed_day"}, matures_days=14,
    ),
    Metric(
        "freshness", "Age of the newest event", Unit.HOURS, Direction.DOWN,
        "Hours between the newest event in the marts and the moment they were last read from the journal.",
        mart="order_facts", shape=Shape.LEAST, home=Lens.NOW, days={Lens.COHORT: "placed_day", Lens.NOW: None},
        numerator=(pl.col("as_of_at") - pl.col("last_event_at")).dt.total_seconds() / 3600,
        where=pl.col("last_event_at").is_not_null(), standing=pl.lit(value=True),
    ),
)  # fmt: skip
