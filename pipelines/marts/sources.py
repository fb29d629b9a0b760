"""Raw rows the marts are built from: one query and one exact schema each."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection

from pipelines.journal_feed import INSTANT, MONEY, QUANTITY, UNIT_COST, Schema, copy_frame
from pipelines.marts import cause_facts

DIRECT = "DIRECT"
"""Virtual warehouse of the lines that suppliers ship themselves."""

Sources = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Source:
    """A query with a place for the condition that narrows it to some orders (``{orders}`` on ``order_id``)."""

    sql: str
    schema: Schema


def read_orders(connection: Connection, order_ids: Sequence[int]) -> Sources:
    """Read everything about the given orders; those of a ``range`` are read without naming each."""
    if isinstance(order_ids, range):
        condition = "{} >= %(first)s AND {} < %(after)s"
        parameters: dict[str, object] = {"first": order_ids.start, "after": order_ids.stop}
    else:
        condition, parameters = "{} = ANY(%(orders)s)", {"orders": list(order_ids)}
    return {
        name: copy_frame(
            connection, source.sql.replace("{orders}", condition.replace("{}", _KEYS[name])), source.schema, parameters
        )
        for name, source in ORDER_SOURCES.items()
    }


_KEYS = {
    "orders": "o.id", "lines": "l.order_id", "intervals": "i.order_id", "assignments": "a.order_id",
    "cancellations": "x.order_id", "cause_facts": "x.order_id", "shipments": "s.order_id", "returns": "r.order_id",
    "allocations": "e.order_id", "moments": "e.order_id",
}  # fmt: skip

ORDER_SOURCES = {
    "orders": Source(
        """
        SELECT o.id AS order_id, o.number, c.code AS channel, c.time_zone,
               extract(epoch FROM c.day_start)::int AS day_start_seconds, o.currency, o.type, o.customer_id,
               k.kind AS customer_kind, coalesce(o.ship_region, k.region) AS region,
               coalesce(w.code, cw.code) AS warehouse, u.login AS manager, o.status, s.group_code AS status_group,
               o.is_test::text AS is_test, (o.duplicate_of_id IS NOT NULL)::text AS is_duplicate,
               o.placed_at AT TIME ZONE 'UTC' AS placed_at, o.closed_at AT TIME ZONE 'UTC' AS closed_at,
               o.first_promised_at AT TIME ZONE 'UTC' AS first_promised_at,
               o.promised_at AT TIME ZONE 'UTC' AS promised_at,
               o.net, o.tax, o.gross, o.shipping, o.total, o.paid, o.refunded
        FROM orders o
        JOIN channels c ON c.id = o.channel_id
        JOIN statuses s ON s.code = o.status
        JOIN customers k ON k.id = o.customer_id
        LEFT JOIN warehouses w ON w.id = o.warehouse_id
        LEFT JOIN warehouses cw ON cw.id = c.warehouse_id
        LEFT JOIN users u ON u.id = o.manager_id
        WHERE {orders}
        """,
        {
            "order_id": pl.Int64,
            "number": pl.String,
            "channel": pl.String,
            "time_zone": pl.String,
            "day_start_seconds": pl.Int64,
            "currency": pl.String,
            "type": pl.String,
            "customer_id": pl.Int64,
            "customer_kind": pl.String,
            "region": pl.String,
            "warehouse": pl.String,
            "manager": pl.String,
            "status": pl.String,
            "status_group": pl.String,
            "is_test": pl.Boolean,
            "is_duplicate": pl.Boolean,
            "placed_at": INSTANT,
            "closed_at": INSTANT,
            "first_promised_at": INSTANT,
            "promised_at": INSTANT,
            "net": MONEY,
            "tax": MONEY,
            "gross": MONEY,
            "shipping": MONEY,
            "total": MONEY,
            "paid": MONEY,
            "refunded": MONEY,
        },
    ),
    "lines": Source(
        """
        SELECT l.id AS line_id, l.order_id, l.position, l.product_id, p.sku, g.code AS category, v.code AS supplier,
               (l.supplier_id IS NOT NULL)::text AS is_direct, l.quantity, l.quantity_shipped, l.quantity_cancelled,
               l.quantity_returned, l.unit_price, l.net, l.tax, l.gross, l.unit_cost
        FROM order_lines l
        JOIN products p ON p.id = l.product_id
        LEFT JOIN categories g ON g.id = p.category_id
        LEFT JOIN suppliers v ON v.id = l.supplier_id
        WHERE {orders}
        """,
        {
            "line_id": pl.Int64,
            "order_id": pl.Int64,
            "position": pl.Int64,
            "product_id": pl.Int64,
            "sku": pl.String,
            "category": pl.String,
            "supplier": pl.String,
            "is_direct": pl.Boolean,
            "quantity": QUANTITY,
            "quantity_shipped": QUANTITY,
            "quantity_cancelled": QUANTITY,
            "quantity_returned": QUANTITY,
            "unit_price": MONEY,
            "net": MONEY,
            "tax": MONEY,
            "gross": MONEY,
            "unit_cost": UNIT_COST,
        },
    ),
    "intervals": Source(
        """
        SELECT i.order_id, i.visit, i.status, i.group_code AS status_group, u.login AS manager,
               i.entered_at AT TIME ZONE 'UTC' AS entered_at, i.left_at AT TIME ZONE 'UTC' AS left_at,
               i.wall_seconds, i.business_seconds
        FROM status_intervals i LEFT JOIN users u ON u.id = i.manager_id WHERE {orders}
        """,
        {
            "order_id": pl.Int64,
            "visit": pl.Int64,
            "status": pl.String,
            "status_group": pl.String,
            "manager": pl.String,
            "entered_at": INSTANT,
            "left_at": INSTANT,
            "wall_seconds": pl.Int64,
            "business_seconds": pl.Int64,
        },
    ),
    "assignments": Source(
        """
        SELECT a.order_id, a.visit, u.login AS manager, a.assigned_at AT TIME ZONE 'UTC' AS assigned_at
        FROM assignment_intervals a LEFT JOIN users u ON u.id = a.user_id WHERE {orders}
        """,
        {"order_id": pl.Int64, "visit": pl.Int64, "manager": pl.String, "assigned_at": INSTANT},
    ),
    "cancellations": Source(
        """
        SELECT x.id AS cancellation_id, x.order_id, x.order_line_id AS line_id, x.quantity, x.reason, y.fault,
               y.is_preventable::text AS is_preventable, x.derived_cause, x.previous_status,
               x.previous_group, x.net, x.gross, x.margin, x.cancelled_at AT TIME ZONE 'UTC' AS cancelled_at,
               x.time_estimated::text AS time_estimated, u.login AS cancelled_by
        FROM cancellations x JOIN cancel_reasons y ON y.code = x.reason JOIN users u ON u.id = x.actor_id WHERE {orders}
        """,
        {
            "cancellation_id": pl.Int64,
            "order_id": pl.Int64,
            "line_id": pl.Int64,
            "quantity": QUANTITY,
            "reason": pl.String,
            "fault": pl.String,
            "is_preventable": pl.Boolean,
            "derived_cause": pl.String,
            "previous_status": pl.String,
            "previous_group": pl.String,
            "net": MONEY,
            "gross": MONEY,
            "margin": MONEY,
            "cancelled_at": INSTANT,
            "time_estimated": pl.Boolean,
            "cancelled_by": pl.String,
        },
    ),
    "cause_facts": Source(cause_facts.SQL, cause_facts.SCHEMA),
    "shipments": Source(
        """
        SELECT s.id AS shipment_id, s.order_id, x.order_line_id AS line_id, x.quantity,
               s.shipped_at AT TIME ZONE 'UTC' AS shipped_at, s.delivered_at AT TIME ZONE 'UTC' AS delivered_at,
               nullif(s.carrier, '') AS carrier, s.cost
        FROM shipments s LEFT JOIN shipment_lines x ON x.shipment_id = s.id WHERE {orders}
        """,
        {
            "shipment_id": pl.Int64,
            "order_id": pl.Int64,
            "line_id": pl.Int64,
            "quantity": QUANTITY,
            "shipped_at": INSTANT,
            "delivered_at": INSTANT,
            "carrier": pl.String,
            "cost": MONEY,
        },
    ),
    "returns": Source(
        """
        SELECT r.id AS return_id, r.order_id, x.order_line_id AS line_id, x.quantity, x.net,
               r.received_at AT TIME ZONE 'UTC' AS received_at
        FROM returns r JOIN return_lines x ON x.return_id = r.id WHERE r.received_at IS NOT NULL AND {orders}
        """,
        {
            "return_id": pl.Int64,
            "order_id": pl.Int64,
            "line_id": pl.Int64,
            "quantity": QUANTITY,
            "net": MONEY,
            "received_at": INSTANT,
        },
    ),
    # What placement reserved at once: the first order.reserved of each order.
    "allocations": Source(
        """
        SELECT first.order_id, x.position, sum(x.quantity) AS quantity
        FROM (SELECT DISTINCT ON (e.order_id) e.order_id, e.payload FROM order_events e
              WHERE e.kind = 'order.reserved' AND {orders} ORDER BY e.order_id, e.sequence) first
        LEFT JOIN LATERAL jsonb_to_recordset(coalesce(first.payload->'lines', '[]'))
                  AS x (position int, quantity numeric(14, 3)) ON true
        GROUP BY first.order_id, x.position
        """,
        {"order_id": pl.Int64, "position": pl.Int64, "quantity": QUANTITY},
    ),
    # What people did to it, which giving it to somebody else is not; an import tells a past nobody here worked for.
    "moments": Source(
        """
        SELECT e.order_id, max(e.occurred_at) AT TIME ZONE 'UTC' AS last_event_at,
               max(e.occurred_at) FILTER (WHERE e.kind = 'payment.refunded') AT TIME ZONE 'UTC' AS refunded_at,
               CASE WHEN bool_or(e.kind = 'order.imported') THEN NULL
                    ELSE count(*) FILTER (WHERE e.kind = 'order.changed') END AS corrections,
               CASE WHEN bool_or(e.kind = 'order.imported') THEN NULL
                    ELSE count(*) FILTER (WHERE e.rule IS NULL AND u.login <> 'system'
                                          AND e.kind <> 'order.assigned') END AS touches
        FROM order_events e LEFT JOIN users u ON u.id = e.actor_id
        WHERE {orders} GROUP BY e.order_id
        """,
        {
            "order_id": pl.Int64,
            "last_event_at": INSTANT,
            "refunded_at": INSTANT,
            "corrections": pl.Int64,
            "touches": pl.Int64,
        },
    ),
}
