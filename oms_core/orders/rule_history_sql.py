"""The statements that read past orders for the laboratory: each once for all of them, some only where a rule asks."""

from sqlalchemy import text

ORDERS = text("""
SELECT o.id, o.number, o.type, h.code AS channel, h.time_zone, coalesce(o.external_ref, '') AS external_ref,
       o.currency, o.comment, coalesce(w.code, '') AS warehouse, o.total::float8 AS total,
       o.net::float8 AS net, o.gross::float8 AS gross, o.tax::float8 AS tax, o.shipping::float8 AS shipping,
       o.placed_at, o.requested_at, o.promised_at, coalesce(o.ship_region, '') AS region, o.ship_to,
       o.customer_id, c.kind AS customer_kind, c.name AS customer_name, coalesce(c.region, '') AS customer_region,
       c.tags AS customer_tags, c.credit_limit::float8 AS credit_limit, c.terms_days,
       coalesce((SELECT value FROM contacts k
                 WHERE k.customer_id = c.id AND k.kind = 'phone' ORDER BY k.id LIMIT 1), '') AS phone,
       coalesce((SELECT value FROM contacts k
                 WHERE k.customer_id = c.id AND k.kind = 'email' ORDER BY k.id LIMIT 1), '') AS email
FROM orders o
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
WHERE o.id IN (
    SELECT id FROM orders
    WHERE (CAST(:channels AS text[]) IS NULL
           OR channel_id IN (SELECT id FROM channels WHERE code = ANY (CAST(:channels AS text[]))))
      AND (CAST(:types AS text[]) IS NULL OR type = ANY (CAST(:types AS text[])))
    ORDER BY placed_at DESC, id DESC LIMIT :last)
""")

LINES = text("""
SELECT l.order_id, l.position, l.product_id, p.sku, p.name, coalesce(g.code, '') AS category,
       l.quantity::float8 AS quantity, l.unit_price::float8 AS unit_price, l.discount::float8 AS discount,
       l.net::float8 AS net, l.gross::float8 AS gross, l.unit_cost::float8 AS unit_cost, l.tax_rate::float8 AS tax_rate,
       l.supplier_id IS NOT NULL AS is_direct
FROM order_lines l
JOIN products p ON p.id = l.product_id
LEFT JOIN categories g ON g.id = p.category_id
WHERE l.order_id = ANY (CAST(:orders AS bigint[]))
ORDER BY l.order_id, l.position
""")

EVENTS = text("""
SELECT e.order_id, e.kind, e.occurred_at, e.from_status, e.to_status, e.actor_id, m.login, e.payload,
       e.rule
FROM order_events e
LEFT JOIN users m ON m.id = e.manager_id
WHERE e.order_id = ANY (CAST(:orders AS bigint[])) AND (NOT :placed_only OR e.sequence <= 2)
ORDER BY e.order_id, e.sequence
""")

# The price that the channel's list had when the order was placed.
LIST_PRICES = text("""
SELECT l.order_id, l.position,
       (SELECT unit_price FROM prices
        WHERE price_list_id = h.price_list_id AND product_id = l.product_id
          AND min_quantity <= greatest(l.quantity, 1) AND valid_from <= o.placed_at
        ORDER BY min_quantity DESC, valid_from DESC LIMIT 1)::float8 AS list_price
FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN channels h ON h.id = o.channel_id
WHERE l.order_id = ANY (CAST(:orders AS bigint[]))
""")

# Everything these customers ever ordered: what came before each moment is looked up in it.
CUSTOMERS_ORDERS = text("""
SELECT o.customer_id, o.id, o.placed_at, o.closed_at, s.group_code = 'cancelled' AS is_cancelled,
       o.total::float8 AS total
FROM orders o JOIN statuses s ON s.code = o.status
WHERE o.customer_id = ANY (CAST(:customers AS bigint[]))
ORDER BY o.customer_id, o.placed_at, o.id
""")

PAID_OVER_TIME = text("""
SELECT o.customer_id, o.id, p.received_at AS at, a.gross::float8 AS gross
FROM orders o
JOIN payment_allocations a ON a.order_id = o.id
JOIN payments p ON p.id = a.payment_id AND p.state = 'received'
WHERE o.customer_id = ANY (CAST(:customers AS bigint[]))
UNION ALL
SELECT o.customer_id, o.id, f.refunded_at, -f.gross::float8
FROM orders o JOIN refunds f ON f.order_id = o.id
WHERE o.customer_id = ANY (CAST(:customers AS bigint[]))
""")

GOODS = text("""
SELECT order_id, array_agg(product_id::text || 'x' || quantity::float8 ORDER BY product_id, quantity) AS goods
FROM order_lines WHERE order_id = ANY (CAST(:orders AS bigint[])) GROUP BY order_id
""")

PEOPLE = text("""
SELECT u.id, u.login, array_remove(array_agg(r.role ORDER BY r.role), NULL) AS roles
FROM users u LEFT JOIN user_roles r ON r.user_id = u.id GROUP BY u.id
""")

GROUPS = text("SELECT code, group_code FROM statuses")
