"""Anomalies: of eight kinds twenty are put into a simulated shop; all are found, and hardly anything else is."""

from collections import Counter
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from oms_core.access.actors import find_actor
from oms_core.orders.stage_pace import measure_paces
from oms_core.steering.anomalies import list_anomalies
from oms_core.steering.models import Anomaly
from pipelines.simulation import simulate

EACH = 20
_IN_ORDER = "SELECT id FROM orders o WHERE {where} AND NOT o.id = ANY (:taken) ORDER BY md5(o.number) LIMIT :most"
_UNTOUCHED = "refunded = 0 AND NOT EXISTS (SELECT FROM returns r WHERE r.order_id = o.id)"
_PAID_FOR = "o.closed_at IS NULL AND o.paid >= o.total AND o.status IN ('new', 'confirm', 'pick')"
_RECENT = "o.status = 'done' AND o.placed_at > CAST(:now AS timestamptz) - interval '7 days'"
_SHIPPED = """o.status = 'done' AND EXISTS (
    SELECT FROM shipments h WHERE h.order_id = o.id AND h.carrier IN ('Parcelo', 'NordExpress')
      AND h.shipped_at BETWEEN CAST(:now AS timestamptz) - interval '40 days'
                           AND CAST(:now AS timestamptz) - interval '5 days')"""
_GUARDED = (
    "order_events", "shipment_events", "invoices", "orders", "order_lines", "payments", "refunds", "reservations",
    "stock_levels", "order_holds",
)  # fmt: skip
SEEDS: dict[Anomaly, tuple[str, tuple[str, ...]]] = {
    Anomaly.SILENT: (
        "o.closed_at IS NULL AND o.status IN ('confirm', 'pick', 'ship', 'deliver')",
        ("UPDATE order_events SET occurred_at = occurred_at - interval '40 days' WHERE order_id = ANY (:ids)",),
    ),
    Anomaly.UNSCANNED: (_SHIPPED, ("DELETE FROM shipment_events WHERE order_id = ANY (:ids)",)),
    Anomaly.PAID_UNRESERVED: (
        (
            "o.closed_at IS NULL AND o.status IN ('new', 'confirm', 'pick', 'ship') AND EXISTS ("
            "SELECT FROM payment_allocations a WHERE a.order_id = o.id) AND EXISTS ("
            "SELECT FROM order_lines l JOIN reservations r ON r.order_line_id = l.id WHERE l.order_id = o.id)"
        ),
        (
            (
                "UPDATE payments SET received_at = received_at - interval '2 days' WHERE id IN ("
                " SELECT payment_id FROM payment_allocations WHERE order_id = ANY (:ids))"
            ),
            "UPDATE orders SET paid = greatest(paid, total) WHERE id = ANY (:ids)",
            (
                "WITH freed AS (DELETE FROM reservations r USING order_lines l"
                " WHERE l.id = r.order_line_id AND l.order_id = ANY (:ids)"
                " RETURNING r.location_id, r.product_id, r.quantity)"
                " UPDATE stock_levels e SET reserved = e.reserved - f.quantity FROM ("
                " SELECT location_id, product_id, sum(quantity) AS quantity FROM freed GROUP BY 1, 2) f"
                " WHERE e.location_id = f.location_id AND e.product_id = f.product_id"
            ),
        ),
    ),
    Anomaly.RESERVED_UNPAID: (
        (
            "o.closed_at IS NULL AND o.status IN ('new', 'confirm') AND o.paid < o.total AND EXISTS ("
            "SELECT FROM order_lines l JOIN reservations r ON r.order_line_id = l.id WHERE l.order_id = o.id)"
        ),
        (
            (
                "INSERT INTO order_holds (order_id, kind, cause, opened_at)"
                " SELECT id, 'prepayment', '', :now - interval '30 days' FROM orders o WHERE id = ANY (:ids)"
                " AND NOT EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.closed_at IS NULL)"
            ),
            (
                "UPDATE order_holds SET opened_at = :now - interval '30 days'"
                " WHERE order_id = ANY (:ids) AND closed_at IS NULL"
            ),
        ),
    ),
    Anomaly.UNINVOICED: (_SHIPPED, ("DELETE FROM invoices WHERE order_id = ANY (:ids)",)),
    Anomaly.REFUNDED_UNRECEIVED: (
        f"{_SHIPPED} AND {_UNTOUCHED} AND paid >= total",
        (
            (
                "INSERT INTO refunds (order_id, gross, refunded_at, actor_id)"
                " SELECT id, paid, :now - interval '2 days', (SELECT min(id) FROM users)"
                " FROM orders WHERE id = ANY (:ids)"
            ),
            "UPDATE orders SET refunded = paid WHERE id = ANY (:ids)",
        ),
    ),
    Anomaly.PRICE_OUTLIER: (
        (
            f"{_RECENT} AND (SELECT bool_and(n >= 12) FROM order_lines l CROSS JOIN LATERAL ("
            " SELECT count(*) AS n FROM order_lines x JOIN orders y ON y.id = x.order_id"
            " WHERE x.product_id = l.product_id AND y.channel_id = o.channel_id"
            " AND y.placed_at > CAST(:now AS timestamptz) - interval '150 days') c WHERE l.order_id = o.id)"
        ),
        ("UPDATE order_lines SET unit_price = round(unit_price * 0.3, 2), discount = 0 WHERE order_id = ANY (:ids)",),
    ),
    Anomaly.DUPLICATE: (
        f"{_RECENT} AND o.duplicate_of_id IS NULL",
        (
            (
                "INSERT INTO orders"
                " (number, channel_id, customer_id, status, currency, rounding_rule, placed_at, closed_at)"
                " SELECT number || 'D', channel_id, customer_id, status, currency, rounding_rule,"
                " placed_at + interval '20 minutes', closed_at FROM orders WHERE id = ANY (:ids)"
            ),
            (
                "INSERT INTO order_lines (order_id, position, product_id, quantity, unit_price, net, tax, gross)"
                " SELECT d.id, l.position, l.product_id, l.quantity, l.unit_price, l.net, l.tax, l.gross"
                " FROM orders o JOIN orders d ON d.number = o.number || 'D' JOIN order_lines l ON l.order_id = o.id"
                " WHERE o.id = ANY (:ids)"
            ),
        ),
    ),
}
_INVOICE_ALL = """
INSERT INTO invoices (kind, sequence, number, order_id, issued_at, due_on, currency, buyer, net, tax, gross, shipping,
                      total, actor_id)
SELECT 'invoice', row_number() OVER (ORDER BY h.order_id), 'F' || h.order_id, h.order_id, h.at, h.at::date, o.currency,
       '{}', o.net, o.tax, o.gross, o.shipping, o.total, (SELECT min(id) FROM users)
FROM (SELECT order_id, min(shipped_at) AS at FROM shipments GROUP BY order_id) h JOIN orders o ON o.id = h.order_id
"""


def shop_of(engine: Engine, *, days: int, orders_per_day: int) -> datetime:
    """Simulate a shop that writes invoices and has measured its paces; returns the evening of its last day."""
    simulate(engine, until=date(2026, 11, 18), days=days, orders_per_day=orders_per_day, seed=8)
    with Session(engine) as session, session.begin():
        now = session.execute(text("SELECT max(occurred_at) FROM order_events")).scalar_one()
        session.execute(text(_INVOICE_ALL))
        measure_paces(session, actor=find_actor(session, "system"), now=now)
    return now


def found(session: Session, now: datetime) -> set[tuple[Anomaly, str]]:
    admin = find_actor(session, "admin")
    return {(one.kind, one.number) for one in list_anomalies(session, actor=admin, now=now)}


def seed(session: Session, kind: Anomaly, *, now: datetime, most: int, taken: list[int]) -> set[tuple[Anomaly, str]]:
    """Make this wrong with orders with which nothing was wrong."""
    where, statements = SEEDS[kind]
    ids = list(session.scalars(text(_IN_ORDER.format(where=where)), {"taken": taken, "now": now, "most": most}))
    taken += ids
    for statement in statements:
        session.execute(text(statement), {"ids": ids, "now": now})
    suffix = "D" if kind is Anomaly.DUPLICATE else ""
    numbers = session.scalars(text("SELECT number FROM orders WHERE id = ANY (:ids)"), {"ids": ids})
    return {(kind, number + suffix) for number in numbers}


@pytest.mark.full
def test_twenty_of_each_kind_are_all_found_and_hardly_anything_else_is(fresh_engine: Engine) -> None:
    now = shop_of(fresh_engine, days=200, orders_per_day=60)
    with Session(fresh_engine) as session:
        for table in _GUARDED:  # seeds are what no use case would let happen
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        before = found(session, now)
        ids = {number for _, number in before}
        taken = list(session.scalars(text("SELECT id FROM orders WHERE number = ANY (:numbers)"), {"numbers": [*ids]}))
        seeded = {kind: seed(session, kind, now=now, most=EACH, taken=taken) for kind in Anomaly}
        assert {kind: len(orders) for kind, orders in seeded.items()} == dict.fromkeys(Anomaly, EACH)
        suspected = found(session, now)
    wanted = set().union(*seeded.values())
    assert wanted - suspected == set()
    assert len(wanted) / len(suspected) >= 0.9, Counter(kind for kind, _ in suspected - wanted)
