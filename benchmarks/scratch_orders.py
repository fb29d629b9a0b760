"""A shop of any number of orders for benchmarks that only read, written set by set: a million takes a minute or two.

The rows are what the use cases would have left, but for the journal, which begins with the placement and has the
comments alone. Density is the same at every size: one order in fifty is open, one in twenty commented, one customer in
fifty called Anna; so what grows is the shop and not the share of it that a question is about.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

PEOPLE, PRODUCTS, FIRST_NAMES, LAST_NAMES, VOCABULARY = 20, 1_000, 200, 20_000, 3_000
ORDERS_PER_CUSTOMER, LINES, DAYS = 5, 2, 730
_FILLED = (
    "customers", "contacts", "orders", "order_lines", "order_events", "status_intervals", "reservations",
    "order_holds", "shipments",
)  # fmt: skip

# A word of six letters for every number.
_WORD = "translate(left(md5(({0})::text), 6), '0123456789', 'ghijklmnop')"
_NAME = (
    f"initcap(CASE WHEN g % 50 = 0 THEN 'anna' ELSE {_WORD.format(f'g % {FIRST_NAMES}')} END) || ' ' ||"
    f" initcap({_WORD.format(f'1000 + g * 7919 % {LAST_NAMES}')})"
)
_COMMENT = (
    f"{_WORD.format(f'g * 31 % {VOCABULARY} + 50000')} || ' ' || {_WORD.format(f'g * 77 % {VOCABULARY} + 50000')}"
    " || CASE WHEN g % 100 = 0 THEN ' call' ELSE '' END"
)

_PLACES = f"""
INSERT INTO users (login, name) SELECT 'm' || g, 'Manager ' || g FROM generate_series(1, {PEOPLE}) g;
INSERT INTO absences (user_id, first_day, last_day, kind)
SELECT id, current_date - 1, current_date + 1, 'leave' FROM users WHERE login = 'm1';
INSERT INTO products (sku, name, tax_rate) SELECT 'P' || g, 'Product ' || g, 0.2 FROM generate_series(1, {PRODUCTS}) g;
INSERT INTO stock_levels (location_id, product_id, on_hand, reserved)
SELECT (SELECT min(id) FROM locations WHERE kind = 'stock'), id, 1000000, 1000000 FROM products;
"""
_CUSTOMERS = f"""
INSERT INTO customers (id, name) OVERRIDING SYSTEM VALUE
SELECT g, {_NAME} FROM generate_series(1, CAST(:customers AS bigint)) g;
INSERT INTO contacts (customer_id, kind, value, normalised)
SELECT g, 'phone', '+48' || (500000000 + g * 37), '+48' || (500000000 + g * 37)
FROM generate_series(1, CAST(:customers AS bigint)) g;
INSERT INTO contacts (customer_id, kind, value, normalised)
SELECT g, 'email', 'c' || g || '@shop.example', 'c' || g || '@shop.example'
FROM generate_series(1, CAST(:customers AS bigint)) g;
"""
# The last fiftieth is open, by stages in turn, and one in a thousand of those before it was left lying.
_STAGED = """
SELECT g, CAST(:now AS timestamptz) - make_interval(secs => (CAST(:orders AS bigint) - g) * CAST(:step AS float8))
              AS placed_at,
       CASE WHEN g > CAST(:orders AS bigint) * 0.98 OR g % 1000 = 7
            THEN (ARRAY['new', 'new', 'confirm', 'supply', 'pick', 'ship', 'deliver'])[1 + g / 3 % 7]
            WHEN g % 20 = 3 THEN 'cancelled' ELSE 'done' END AS status
FROM generate_series(1, CAST(:orders AS bigint)) g
"""
_ORDERS = f"""
INSERT INTO orders (id, number, channel_id, external_ref, customer_id, status, manager_id, warehouse_id, currency,
    placed_at, first_promised_at, promised_at, closed_at, net, tax, gross, total, comment)
OVERRIDING SYSTEM VALUE
SELECT g, (100000 + g)::text, (SELECT min(id) FROM channels) + (g % 3 = 0)::int,
       CASE WHEN g % 3 = 0 THEN 'WEB-' || g END, 1 + g * 7907 % CAST(:customers AS bigint), status,
       (SELECT min(id) FROM users WHERE login = 'm1') + g % {PEOPLE}, (SELECT min(id) FROM warehouses), 'EUR',
       placed_at, placed_at + interval '12 days', placed_at + interval '12 days',
       CASE WHEN status IN ('done', 'cancelled') THEN placed_at + interval '9 days' END,
       10 + g * 13 % 900, 0, 10 + g * 13 % 900, 10 + g * 13 % 900, CASE WHEN g % 10 = 0 THEN {_COMMENT} ELSE '' END
FROM ({_STAGED}) o;
INSERT INTO order_lines (order_id, position, product_id, quantity, unit_price, net, tax, gross,
    quantity_shipped, quantity_cancelled)
SELECT o.id, p, 1 + (o.id * 17 + p * 501) % {PRODUCTS}, 1, o.net / {LINES}, o.net / {LINES}, 0, o.net / {LINES},
       (o.status IN ('deliver', 'done'))::int, (o.status = 'cancelled')::int
FROM orders o, generate_series(1, {LINES}) p;
INSERT INTO reservations (order_line_id, location_id, product_id, quantity, state)
SELECT l.id, (SELECT min(id) FROM locations WHERE kind = 'stock'), l.product_id, 1,
       CASE o.status WHEN 'cancelled' THEN 'released' WHEN 'done' THEN 'consumed' WHEN 'deliver' THEN 'consumed'
                     ELSE 'committed' END
FROM orders o JOIN order_lines l ON l.order_id = o.id
WHERE o.closed_at IS NOT NULL OR o.id % 40 <> 5;
INSERT INTO order_events (order_id, sequence, kind, to_status, occurred_at, actor_id)
SELECT id, 1, 'order.placed', 'new', placed_at, 1 FROM orders;
INSERT INTO order_events (order_id, sequence, kind, occurred_at, actor_id, payload)
SELECT g, 2, 'order.commented', CAST(:now AS timestamptz), 1, jsonb_build_object('text', {_COMMENT})
FROM generate_series(20, CAST(:orders AS bigint), 20) g;
INSERT INTO status_intervals (order_id, visit, status, group_code, entered_at)
SELECT id, 1, status, status, placed_at FROM orders WHERE closed_at IS NULL;
INSERT INTO order_risks (order_id, milestone, probability, cause, served, scored_at)
SELECT id, 'placed', power(id * 37 % 1000 / 1000.0, 3), 'stock', 'model', CAST(:now AS timestamptz)
FROM orders WHERE closed_at IS NULL;
INSERT INTO order_holds (order_id, kind, cause, opened_at)
SELECT id, 'manual', 'address unclear', placed_at FROM orders WHERE status = 'new' AND id % 11 = 0;
INSERT INTO shipments (order_id, warehouse_id, carrier, tracking, shipped_at)
SELECT id, warehouse_id, 'post', 'TR' || 700000000 + id, placed_at FROM orders WHERE status IN ('deliver', 'done');
"""


def fill(engine: Engine, *, orders: int) -> None:
    """Fill a seeded database that has no orders yet with this many, and have the server know its tables."""
    customers = max(1, orders // ORDERS_PER_CUSTOMER)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        now = connection.scalar(text("SELECT now()"))
        facts = {"orders": orders, "customers": customers, "now": now, "step": DAYS * 86_400 / orders}
        with _bare(connection):
            for statements in (_PLACES, _CUSTOMERS, _ORDERS):
                connection.execute(text(statements), facts)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _bare(connection: Connection) -> Iterator[None]:
    """Take indexes, references and triggers off the tables to be filled, and put all but the triggers back on."""
    names = {"names": list(_FILLED)}
    references = connection.execute(text(_REFERENCES), names).all()
    indexes = connection.execute(text(_INDEXES), names).all()
    for table in _FILLED:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    for one in references:
        connection.execute(text(f"ALTER TABLE {one.name} DROP CONSTRAINT {one.reference}"))
    for one in indexes:
        connection.execute(text(f"DROP INDEX {one.name}"))
    yield
    for one in indexes:
        connection.exec_driver_sql(one.definition)
    for one in references:
        connection.exec_driver_sql(f"ALTER TABLE {one.name} ADD CONSTRAINT {one.reference} {one.definition}")


_REFERENCES = """
SELECT conrelid::regclass::text AS name, conname AS reference, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (CAST(CAST(:names AS text[]) AS regclass[]))
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
WHERE i.indrelid = ANY (CAST(CAST(:names AS text[]) AS regclass[]))
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
