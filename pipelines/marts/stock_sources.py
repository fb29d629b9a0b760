"""Raw stock rows the daily marts are built from, summed by day in the database."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from sqlalchemy import Connection

from pipelines.journal_feed import QUANTITY, Schema, copy_frame

FLOWS: Schema = {
    "warehouse": pl.String, "product_id": pl.Int64, "day": pl.Date, "moves": pl.Int64, "received": QUANTITY,
    "shipped": QUANTITY, "returned": QUANTITY, "adjusted": QUANTITY, "outstanding": QUANTITY,
}  # fmt: skip

# The day of a warehouse is a day of its own calendar's zone. `outstanding` is what orders still want from a warehouse:
# asked for, neither handed over nor cancelled.
_FLOWS = """
WITH places AS (
    SELECT w.id AS warehouse_id, w.code AS warehouse, coalesce(k.time_zone, 'UTC') AS zone
    FROM warehouses w LEFT JOIN work_calendars k ON k.id = w.calendar_id WHERE NOT w.is_virtual
), own AS (
    SELECT l.id, p.warehouse, p.zone FROM locations l JOIN places p USING (warehouse_id) WHERE l.kind = 'stock'
), lines AS {kept} (
    SELECT l.id, l.product_id, l.quantity, o.placed_at, p.warehouse, p.zone
    FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN channels c ON c.id = o.channel_id
    JOIN statuses s ON s.code = o.status JOIN places p ON p.warehouse_id = coalesce(o.warehouse_id, c.warehouse_id)
    WHERE l.supplier_id IS NULL AND s.group_code <> 'preorder' AND {wanted}
), flows (warehouse, product_id, day, is_move, kind, quantity) AS (
    SELECT own.warehouse, m.product_id, (m.done_at AT TIME ZONE own.zone)::date, 1,
           CASE other.kind WHEN 'supplier' THEN 'received' WHEN 'customer' THEN 'returned' ELSE 'adjusted' END,
           m.quantity
    FROM stock_moves m JOIN own ON own.id = m.to_location_id JOIN locations other ON other.id = m.from_location_id
    WHERE m.state = 'done' AND {moved}
    UNION ALL
    SELECT own.warehouse, m.product_id, (m.done_at AT TIME ZONE own.zone)::date, 1,
           CASE other.kind WHEN 'customer' THEN 'shipped' ELSE 'adjusted' END,
           CASE other.kind WHEN 'customer' THEN m.quantity ELSE -m.quantity END
    FROM stock_moves m JOIN own ON own.id = m.from_location_id JOIN locations other ON other.id = m.to_location_id
    WHERE m.state = 'done' AND {moved}
    UNION ALL
    SELECT warehouse, product_id, (placed_at AT TIME ZONE zone)::date, 0, 'outstanding', quantity
    FROM lines WHERE {placed}
    UNION ALL
    SELECT l.warehouse, l.product_id, (s.shipped_at AT TIME ZONE l.zone)::date, 0, 'outstanding', -x.quantity
    FROM shipment_lines x JOIN shipments s ON s.id = x.shipment_id JOIN lines l ON l.id = x.order_line_id
    WHERE {shipped}
    UNION ALL
    SELECT l.warehouse, l.product_id, (x.cancelled_at AT TIME ZONE l.zone)::date, 0, 'outstanding', -x.quantity
    FROM cancellations x JOIN lines l ON l.id = x.order_line_id
    WHERE {cancelled}
)
SELECT warehouse, product_id, CASE WHEN day >= %(since)s THEN day END AS day, sum(is_move) AS moves,
       coalesce(sum(quantity) FILTER (WHERE kind = 'received'), 0) AS received,
       coalesce(sum(quantity) FILTER (WHERE kind = 'shipped'), 0) AS shipped,
       coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS returned,
       coalesce(sum(quantity) FILTER (WHERE kind = 'adjusted'), 0) AS adjusted,
       coalesce(sum(quantity) FILTER (WHERE kind = 'outstanding'), 0) AS outstanding
FROM flows GROUP BY 1, 2, 3
"""
_ALL = {"kept": "MATERIALIZED", **dict.fromkeys(("wanted", "moved", "placed", "shipped", "cancelled"), "true")}
_OF_PRODUCTS = _ALL | {"wanted": "l.product_id = ANY(%(products)s)", "moved": "m.product_id = ANY(%(products)s)"}
_RECENT = {
    "kept": "NOT MATERIALIZED", "wanted": "true", "moved": "m.done_at >= %(after)s", "placed": "placed_at >= %(after)s",
    "shipped": "s.shipped_at >= %(after)s", "cancelled": "x.cancelled_at >= %(after)s",
}  # fmt: skip
_PAIR = ["warehouse", "product_id"]
_FARTHEST_ZONE = timedelta(days=1)
_PRODUCTS = (
    "SELECT p.id AS product_id, p.sku, g.code AS category"
    " FROM products p LEFT JOIN categories g ON g.id = p.category_id"
)


def read_stock_flows(connection: Connection, *, since: date | None) -> pl.DataFrame:
    """Read flows by warehouse, product and day; those before ``since`` are summed into a row without a day."""
    return copy_frame(connection, _FLOWS.format_map(_ALL), FLOWS, {"since": since or date.min})


def read_recent_flows(connection: Connection, *, since: date, opening: pl.DataFrame) -> pl.DataFrame:
    """Read the flows from ``since`` on, as ``read_stock_flows`` would tell them, without reading those before.

    ``opening`` are the levels at the end of the day before (warehouse, product_id, on_hand, outstanding): they stand
    for the flows until then, which must be as they were when the levels were computed. What moves for the first time
    has no level yet: its earlier flows, which are wishes alone, are read.
    """
    after = datetime.combine(since, time(), UTC) - _FARTHEST_ZONE
    recent = copy_frame(connection, _FLOWS.format_map(_RECENT), FLOWS, {"since": since, "after": after})
    recent = recent.filter(pl.col("day").is_not_null())
    begun = recent.filter(pl.col("moves") > 0).join(opening, on=_PAIR, how="anti").select(_PAIR).unique()
    sums = ("received", "shipped", "returned")
    levels = opening.select(
        *_PAIR, pl.lit(None, pl.Date).alias("day"), pl.lit(1, pl.Int64).alias("moves"),
        *(pl.lit(0).cast(QUANTITY).alias(name) for name in sums), pl.col("on_hand").alias("adjusted"), "outstanding",
    )  # fmt: skip
    return pl.concat([levels, _wishes_before(connection, begun, since), recent])


def _wishes_before(connection: Connection, begun: pl.DataFrame, since: date) -> pl.DataFrame:
    if begun.is_empty():
        return pl.DataFrame(schema=pl.Schema(FLOWS))
    asked = {"since": since, "products": begun["product_id"].unique().to_list()}
    found = copy_frame(connection, _FLOWS.format_map(_OF_PRODUCTS), FLOWS, asked)
    return found.filter(pl.col("day").is_null()).join(begun, on=_PAIR, how="semi")


def read_products(connection: Connection) -> pl.DataFrame:
    """Read what the daily marts say about a product."""
    return copy_frame(connection, _PRODUCTS, {"product_id": pl.Int64, "sku": pl.String, "category": pl.String})
