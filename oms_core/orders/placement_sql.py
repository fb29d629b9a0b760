"""The statements of placing an order: one that reads and locks, and those that write, sent together."""

from functools import lru_cache

from oms_core.db import Prepared
from oms_core.orders.rule_context_sql import customer_of_placement
from oms_core.workflow.rule_set import STAMP

# One row per (line, stock level of its product); a line without stock has one row, without level.
# The levels are locked in key order before anything is decided; NO KEY UPDATE lets foreign keys be checked meanwhile.
_READ = f"""
WITH asked AS MATERIALIZED (
    SELECT place, p.id AS product_id, p.is_active, p.tax_rate, a.quantity, nextval('order_lines_id_seq') AS line_id
    FROM unnest($8, $9) WITH ORDINALITY AS a (sku, quantity, place)
    LEFT JOIN products p ON p.sku = a.sku
), levels AS MATERIALIZED (
    SELECT l.product_id, l.location_id, o.warehouse_id, o.code, l.on_hand - l.reserved AS available
    FROM stock_levels l
    JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
    WHERE l.product_id = ANY (ARRAY(SELECT product_id FROM asked))
    ORDER BY l.location_id, l.product_id
    FOR NO KEY UPDATE OF l
){{customer}}
SELECT c.id, c.currency, c.rounding_rule, c.prices_include_tax, c.promise_days, c.warehouse_id,
       (SELECT coalesce(merged_into_id, id) FROM customers WHERE id = $5 FOR KEY SHARE),
       (SELECT id FROM warehouses WHERE $6 IS NOT NULL AND code = $6),
       (SELECT id FROM users u WHERE $7 IS NOT NULL AND login = $7 AND is_active AND login <> 'system' AND EXISTS (
            SELECT FROM user_roles m JOIN role_permissions p ON p.role = m.role AND p.permission = 'order.move'
            WHERE m.user_id = u.id)),
       (SELECT id FROM orders WHERE $2 IS NOT NULL AND channel_id = c.id AND external_ref = $2),
       (SELECT order_id FROM idempotency_keys WHERE $4 IS NOT NULL AND actor_id = $3 AND key = $4),
       a.place - 1, a.product_id, a.is_active, a.tax_rate,
       (SELECT unit_price FROM prices
        WHERE price_list_id = c.price_list_id AND product_id = a.product_id
          AND min_quantity <= greatest(a.quantity, 1) AND valid_from <= $10
        ORDER BY min_quantity DESC, valid_from DESC LIMIT 1),
       (SELECT unit_cost FROM supply_terms WHERE product_id = a.product_id ORDER BY priority LIMIT 1),
       a.line_id, l.location_id, l.warehouse_id, l.code, l.available,
       (SELECT nextval('orders_id_seq')), (SELECT nextval('order_numbers')::text),
       (SELECT is_active FROM order_types WHERE code = $11),
       (SELECT code FROM statuses WHERE group_code = 'new' AND NOT is_retired ORDER BY position, code LIMIT 1),
       c.time_zone, (SELECT code FROM warehouses WHERE id = c.warehouse_id), ({STAMP}){{columns}}
FROM asked a
LEFT JOIN channels c ON c.code = $1
LEFT JOIN levels l ON l.product_id = a.product_id{{joined}}
"""
_READ_PARAMETERS = (
    *("text", "text", "bigint", "text", "bigint", "text", "text", "text[]", "numeric[]", "timestamptz", "text"),
)
READ = Prepared("placement_read", _READ_PARAMETERS, _READ.format(customer="", columns="", joined=""))


@lru_cache(maxsize=64)
def read_with_customer(names: tuple[str, ...]) -> Prepared:
    """READ, and in the same round trip what rules ask of a customer who is named by id, in columns of their own."""
    customer = f", customer AS MATERIALIZED ({customer_of_placement(names)})"
    sql = _READ.format(customer=customer, columns=", q.*", joined="\nLEFT JOIN customer q ON true")
    return Prepared("placement_read_" + "_".join(names or ("customer",)), _READ_PARAMETERS, sql)


# What is written: small plain statements in one message, cheaper to start than one that does all. The ids are known
# from the read. The order comes first: who lost the race for its reference or key has written nothing else.
INSERT_ORDER = Prepared(
    "placement_order",
    (
        *("bigint", "text", "bigint", "text", "bigint", "bigint", "bigint", "text", "text"),
        *("timestamptz", "timestamptz", "timestamptz", "numeric", "numeric", "numeric", "numeric", "numeric"),
        *("text", "text", "jsonb", "bytea", "text", "text"),
    ),
    """
INSERT INTO orders (
    id, number, channel_id, external_ref, customer_id, manager_id, warehouse_id, currency, rounding_rule,
    placed_at, requested_at, first_promised_at, promised_at, net, tax, gross, shipping, total,
    comment, ship_region, ship_to, request_hash, type, status, last_sequence)
OVERRIDING SYSTEM VALUE
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
        $23, 2)
""",
)
REMEMBER_KEY = Prepared(
    "placement_remember_key",
    ("bigint", "text", "bytea", "bigint", "timestamptz"),
    """
INSERT INTO idempotency_keys (actor_id, key, request_hash, order_id, created_at) VALUES ($1, $2, $3, $4, $5)
""",
)
INSERT_LINES = Prepared(
    "placement_lines",
    ("bigint", "bigint[]", "bigint[]", *["numeric[]"] * 8),
    """
INSERT INTO order_lines (
    order_id, id, position, product_id, quantity, unit_price, discount, tax_rate, net, tax, gross, unit_cost)
OVERRIDING SYSTEM VALUE
SELECT $1, g.id, g.place, g.product_id, g.quantity, g.unit_price, g.discount, g.tax_rate, g.net, g.tax, g.gross,
       g.unit_cost
FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
     AS g (id, product_id, quantity, unit_price, discount, tax_rate, net, tax, gross, unit_cost, place)
""",
)
RESERVE = Prepared(
    "placement_reserve",
    ("bigint[]", "bigint[]", "bigint[]", "numeric[]", "text", "timestamptz", "timestamptz"),
    """
INSERT INTO reservations (order_line_id, location_id, product_id, quantity, state, expires_at, created_at)
SELECT g.order_line_id, g.location_id, g.product_id, g.quantity, $5, $6, $7
FROM unnest($1, $2, $3, $4) AS g (order_line_id, location_id, product_id, quantity)
""",
)
COUNT_RESERVED = Prepared(
    "placement_count_reserved",
    ("bigint[]", "bigint[]", "numeric[]"),
    """
UPDATE stock_levels l SET reserved = l.reserved + g.quantity
FROM unnest($1, $2, $3) AS g (location_id, product_id, quantity)
WHERE l.location_id = g.location_id AND l.product_id = g.product_id
""",
)
TELL = Prepared(
    "placement_tell",
    ("bigint", "timestamptz", "bigint", "bigint", "jsonb", "text"),
    """
INSERT INTO order_events (order_id, sequence, kind, to_status, occurred_at, actor_id, manager_id, payload)
VALUES ($1, 1, 'order.placed', $6, $2, $3, $4, NULL), ($1, 2, 'order.reserved', NULL, $2, $3, $4, $5)
""",
)
ENTER = Prepared(
    "placement_enter",
    ("bigint", "bigint", "timestamptz", "text"),
    """
INSERT INTO status_intervals (order_id, visit, status, group_code, manager_id, entered_at)
VALUES ($1, 1, $4, 'new', $2, $3)
""",
)
ASSIGN = Prepared(
    "placement_assign",
    ("bigint", "bigint", "timestamptz"),
    """
INSERT INTO assignment_intervals (order_id, visit, user_id, assigned_at) VALUES ($1, 1, $2, $3)
""",
)

EARLIER = """
SELECT o.id, o.number, o.version, o.request_hash, k.request_hash
FROM orders o LEFT JOIN idempotency_keys k ON k.order_id = o.id AND k.actor_id = :actor_id AND k.key = :key
WHERE o.id = :order_id
"""
