"""Raw stock rows the daily marts are built from, summed by day in the database."""

from datetime import date

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
), lines AS (
    SELECT l.id, l.product_id, l.quantity, o.placed_at, p.warehouse, p.zone
    FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN channels c ON c.id = o.channel_id
    JOIN statuses s ON s.code = o.status JOIN places p ON p.warehouse_id = coalesce(o.warehouse_id, c.warehouse_id)
    WHERE l.supplier_id IS NULL AND s.group_code <> 'preorder'
), flows (warehouse, product_id, day, is_move, kind, quantity) AS (
    SELECT own.warehouse, m.product_id, (m.done_at AT TIME ZONE own.zone)::date, 1,
           CASE other.kind WHEN 'supplier' THEN 'received' WHEN 'customer' THEN 'returned' ELSE 'adjusted' END,
           m.quantity
    FROM stock_moves m JOIN own ON own.id = m.to_location_id JOIN locations other ON other.id = m.from_location_id
    WHERE m.state = 'done'
    UNION ALL
    SELECT own.warehouse, m.product_id, (m.done_at AT TIME ZONE own.zone)::date, 1,
           CASE other.kind WHEN 'customer' THEN 'shipped' ELSE 'adjusted' END,
           CASE other.kind WHEN 'customer' THEN m.quantity ELSE -m.quantity END
    FROM stock_moves m JOIN own ON own.id = m.from_location_id JOIN locations other ON other.id = m.to_location_id
    WHERE m.state = 'done'
    UNION ALL
    SELECT warehouse, product_id, (placed_at AT TIME ZONE zone)::date, 0, 'outstanding', quantity FROM lines
    UNION ALL
    SELECT l.warehouse, l.product_id, (s.shipped_at AT TIME ZONE l.zone)::date, 0, 'outstanding', -x.quantity
    FROM shipment_lines x JOIN shipments s ON s.id = x.shipment_id JOIN lines l ON l.id = x.order_line_id
    UNION ALL
    SELECT l.warehouse, l.product_id, (x.cancelled_at AT TIME ZONE l.zone)::date, 0, 'outstanding', -x.quantity
    FROM cancellations x JOIN lines l ON l.id = x.order_line_id
)
SELECT warehouse, product_id, CASE WHEN day >= %(since)s THEN day END AS day, sum(is_move) AS moves,
       coalesce(sum(quantity) FILTER (WHERE kind = 'received'), 0) AS received,
       coalesce(sum(quantity) FILTER (WHERE kind = 'shipped'), 0) AS shipped,
       coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS returned,
       coalesce(sum(quantity) FILTER (WHERE kind = 'adjusted'), 0) AS adjusted,
       coalesce(sum(quantity) FILTER (WHERE kind = 'outstanding'), 0) AS outstanding
FROM flows GROUP BY 1, 2, 3
"""
_PRODUCTS = (
    "SELECT p.id AS product_id, p.sku, g.code AS category"
    " FROM products p LEFT JOIN categories g ON g.id = p.category_id"
)


def read_stock_flows(connection: Connection, *, since: date | None) -> pl.DataFrame:
    """Read flows by warehouse, product and day; those before ``since`` are summed into a row without a day."""
    return copy_frame(connection, _FLOWS, FLOWS, {"since": since or date.min})


def read_products(connection: Connection) -> pl.DataFrame:
    """Read what the daily marts say about a product."""
    return copy_frame(connection, _PRODUCTS, {"product_id": pl.Int64, "sku": pl.String, "category": pl.String})
