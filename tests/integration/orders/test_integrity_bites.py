"""Each invariant finds the corruption it is there for, and no other one does."""

from decimal import Decimal

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core import integrity
from oms_core.billing.invoicing import issue_invoices
from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.returns import receive_return

TABLES = ("orders", "order_lines", "order_holds", "order_events", "stock_moves", "cancellations", "invoice_lines")
FREE_OF = (
    "ALTER TABLE status_intervals DROP CONSTRAINT fk_status_intervals_chain",
    "ALTER TABLE order_lines DROP CONSTRAINT ck_order_lines_within_quantity",
    "ALTER TABLE orders DROP CONSTRAINT ck_orders_totals",
    "DROP INDEX uq_assignment_intervals_open",
    "ALTER TABLE assignment_intervals DROP CONSTRAINT fk_assignment_intervals_chain",
)
DONE = "(SELECT id FROM orders WHERE status = 'done' LIMIT 1)"
TWO_MANAGERS = """
INSERT INTO assignment_intervals (order_id, visit, assigned_at) SELECT id, v, now() FROM orders, generate_series(1, 2) v
"""
A_MOVE_NOBODY_TOLD = """
UPDATE orders SET status = 'confirm' WHERE status = 'pick';
UPDATE status_intervals SET status = 'confirm' WHERE status = 'pick' AND left_at IS NULL
"""
ONE_MORE_IN_A_CANCELLED_ORDER = """
UPDATE order_lines SET quantity = quantity + 1, net = net + unit_price, gross = gross + unit_price
WHERE quantity_cancelled > 0;
UPDATE orders SET net = net + 9.99, gross = gross + 9.99, total = total + 9.99 WHERE status = 'cancelled'
"""
EXPIRED = "UPDATE reservations SET state = 'held', expires_at = now() - interval '1 hour' WHERE state = 'committed'"
HELD_WHILE_PICKED = """
INSERT INTO order_holds (order_id, kind, cause, opened_at) SELECT id, 'manual', 'x', now() FROM orders
WHERE status = 'pick'
"""
ARRIVED_BUT_NEVER_SENT = """
WITH transit AS (INSERT INTO locations (code, kind) VALUES ('TRUCK', 'transit') RETURNING id),
moves AS (
    INSERT INTO stock_moves (product_id, quantity, from_location_id, to_location_id, done_at, reference, actor_id)
    SELECT p.id, 5, CASE r WHEN 'transfer:1' THEN s.id ELSE t.id END, CASE r WHEN 'transfer:1' THEN t.id ELSE s.id END,
           now(), r, 1
    FROM transit t, products p, (SELECT id FROM locations WHERE code = 'SUPPLIERS') s,
         (VALUES ('transfer:1'), ('transfer:2')) AS v (r)
)
SELECT 1
"""
CORRUPTIONS = [
    ("01_on_hand", "UPDATE stock_levels SET on_hand = on_hand + 1"),
    ("01_on_hand", "DELETE FROM stock_moves WHERE reference LIKE 'shipment:%'"),
    ("02_reserved", "UPDATE stock_levels SET reserved = reserved - 1 WHERE reserved > 0"),
    ("02_reserved", "UPDATE reservations SET state = 'released' WHERE state = 'committed'"),
    ("03_quantities", f"UPDATE order_lines SET quantity_shipped = 3 WHERE order_id = {DONE}"),
    ("03_quantities", "UPDATE shipment_lines SET quantity = quantity + 1"),
    ("03_quantities", "UPDATE return_lines SET quantity = quantity + 1"),
    ("04_intervals", "UPDATE status_intervals SET entered_at = entered_at + interval '1 s' WHERE visit = 2"),
    ("04_intervals", "UPDATE status_intervals SET wall_seconds = wall_seconds + 1 WHERE visit = 2"),
    ("04_intervals", f"UPDATE orders SET closed_at = closed_at + interval '1 s' WHERE id = {DONE}"),
    ("04_intervals", "UPDATE orders SET placed_at = placed_at - interval '1 s'"),
    ("04_intervals", TWO_MANAGERS),
    ("05_journal", "DELETE FROM order_events WHERE kind = 'order.shipped'"),
    ("05_journal", "UPDATE order_events SET to_status = 'supply' WHERE to_status = 'confirm'"),
    ("05_journal", "UPDATE order_events SET from_status = NULL"),
    ("05_journal", "UPDATE orders SET last_sequence = last_sequence + 1"),
    ("05_journal", A_MOVE_NOBODY_TOLD),
    ("05_journal", "UPDATE order_events SET actor_id = 987654"),
    ("05_journal", "UPDATE order_events SET manager_id = 987654"),
    ("06_cancelled", "DELETE FROM cancellations"),
    ("06_cancelled", "UPDATE cancellations SET quantity = quantity + 1"),
    ("06_cancelled", ONE_MORE_IN_A_CANCELLED_ORDER),
    ("07_totals", "UPDATE orders SET total = total + 0.01, gross = gross + 0.01, net = net + 0.01"),
    ("07_totals", "UPDATE orders SET shipping = shipping + 1"),
    ("07_totals", "UPDATE order_lines SET unit_price = unit_price + 0.01"),
    ("08_payments", "UPDATE orders SET paid = paid + 1"),
    ("08_payments", "UPDATE payments SET gross = gross - 1"),
    ("08_payments", "UPDATE payments SET state = 'failed'"),
    ("08_payments", "UPDATE refunds SET gross = gross + 1"),
    ("09_expired", EXPIRED),
    ("13_holds", HELD_WHILE_PICKED),
    ("14_transfers", ARRIVED_BUT_NEVER_SENT),
    ("15_invoices", "UPDATE invoice_series SET next_sequence = next_sequence + 1"),
    ("15_invoices", "UPDATE invoice_lines SET net = net + 1, gross = gross + 1"),
    ("16_invoiced", "UPDATE invoice_lines SET quantity = quantity + 5"),
]


@pytest.fixture
def busy(session, actor) -> Shop:
    """A shop with an order done, invoiced and returned, one cancelled, one in part, one being picked; all paid."""
    shop = Shop(session, actor)
    done = shop.order((shop.stock("MUG", 40), 4), upto="done")
    shop.do(receive_return, number=done, lines=[LineQuantity(1, Decimal(1))], reason="broken")
    shop.do(issue_invoices, number=done)
    shop.do(cancel_order, number=shop.order(("MUG", 4)), reason="fraud")
    shop.order(("MUG", 4), upto="pick")
    shop.do(receive_payment, number=done, gross=Decimal(20), method="card")
    shop.do(refund_order, number=done, gross=Decimal(5))
    assert shop.breaches() == {}
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for statement in (*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES), *FREE_OF):
        session.execute(text(statement))
    return shop


@pytest.mark.parametrize(("code", "corruption"), CORRUPTIONS)
def test_an_invariant_finds_its_corruption_and_no_other_does(busy, code, corruption):
    busy.session.execute(text(corruption))
    assert set(busy.breaches()) == {code}


def test_every_invariant_has_a_corruption_that_it_finds():
    # Receipts of purchases are told in the tests of buying.
    assert {invariant.code for invariant in integrity.INVARIANTS} - {"10_purchases"} == {
        code for code, _ in CORRUPTIONS
    }


def test_a_purchase_that_says_more_than_its_receipts_is_found(busy):
    busy.session.execute(
        text("""
        WITH s AS (INSERT INTO suppliers (code, name) VALUES ('S', 'S') RETURNING id),
        o AS (INSERT INTO purchase_orders (supplier_id, warehouse_id, state, currency, created_at, actor_id)
              SELECT s.id, w.id, 'ordered', 'EUR', now(), 1 FROM s, warehouses w WHERE w.code = 'MAIN' RETURNING id)
        INSERT INTO purchase_order_lines (purchase_order_id, position, product_id, quantity, received)
        SELECT o.id, 1, p.id, 5, 2 FROM o, products p
        """)
    )
    assert set(busy.breaches()) == {"10_purchases"}


def test_a_finding_names_its_rows(busy):
    busy.session.execute(text("UPDATE stock_levels SET on_hand = on_hand + 1"))
    [finding] = [found for found in integrity.check(busy.session) if found.rows]
    assert finding.rows == 1
    assert finding.examples[0]["on_hand"] - finding.examples[0]["moved"] == 1
