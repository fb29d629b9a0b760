"""The statements of reserving: locks on levels are always taken in the order (location, product).

NO KEY UPDATE shuts out everyone who counts, and lets foreign keys to the level be checked meanwhile.
"""

from sqlalchemy import text

LOCK_LEVELS = text("""
SELECT l.location_id, o.warehouse_id, l.product_id, l.on_hand - l.reserved
FROM stock_levels l JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
WHERE l.product_id = ANY (CAST(:product_ids AS bigint[]))
ORDER BY l.location_id, l.product_id
FOR NO KEY UPDATE OF l
""")

_LOCK_LEVELS_WHERE = """
SELECT FROM stock_levels l
WHERE (l.location_id, l.product_id) IN (
    SELECT r.location_id, r.product_id FROM reservations r WHERE {condition})
ORDER BY l.location_id, l.product_id
FOR NO KEY UPDATE OF l
"""

_RESERVED_WHERE = """
SELECT r.id, r.order_line_id, r.location_id, o.warehouse_id, w.code, r.product_id, r.quantity
FROM reservations r JOIN locations o ON o.id = r.location_id JOIN warehouses w ON w.id = o.warehouse_id
WHERE {condition}
ORDER BY r.id
"""

_OF_LINES = "r.order_line_id = ANY (CAST(:order_line_ids AS bigint[])) AND r.state IN ('held', 'committed')"
_OF_IDS = "r.id = ANY (CAST(:ids AS bigint[])) AND r.state = 'held'"

LOCK_LEVELS_OF_LINES = text(_LOCK_LEVELS_WHERE.format(condition=_OF_LINES))
RESERVED_OF_LINES = text(_RESERVED_WHERE.format(condition=_OF_LINES))
DUE = text("""
SELECT r.id, r.product_id, l.order_id
FROM reservations r JOIN order_lines l ON l.id = r.order_line_id
WHERE r.state = 'held' AND r.expires_at <= :now
ORDER BY r.expires_at, r.id LIMIT :limit
""")
LOCK_LEVELS_OF_HELD = text(_LOCK_LEVELS_WHERE.format(condition=_OF_IDS))
STILL_HELD = text(_RESERVED_WHERE.format(condition=_OF_IDS))

COMMIT = text("""
UPDATE reservations SET state = 'committed', expires_at = NULL
WHERE order_line_id = ANY (CAST(:order_line_ids AS bigint[])) AND state = 'held'
""")

RESERVE = text("""
WITH taken AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:lines AS bigint[]), CAST(:locations AS bigint[]), CAST(:products AS bigint[]),
        CAST(:quantities AS numeric[])
    ) AS g (order_line_id, location_id, product_id, quantity)
), written AS (
    INSERT INTO reservations (order_line_id, location_id, product_id, quantity, state, expires_at, created_at)
    SELECT order_line_id, location_id, product_id, quantity, :state, CAST(:expires_at AS timestamptz), :now FROM taken
)
UPDATE stock_levels l SET reserved = l.reserved + t.quantity
FROM (SELECT location_id, product_id, sum(quantity) AS quantity FROM taken GROUP BY location_id, product_id) t
WHERE l.location_id = t.location_id AND l.product_id = t.product_id
""")

TAKE_OUT = text("""
WITH parts AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:split AS bigint[]), CAST(:quantities AS numeric[])) AS g (id, quantity)
), turned AS (
    UPDATE reservations SET state = :state, expires_at = NULL WHERE id = ANY (CAST(:whole AS bigint[]))
    RETURNING location_id, product_id, quantity
), lessened AS (
    UPDATE reservations r SET quantity = r.quantity - p.quantity FROM parts p WHERE r.id = p.id
    RETURNING r.order_line_id, r.location_id, r.product_id, p.quantity, r.created_at
), split_off AS (
    INSERT INTO reservations (order_line_id, location_id, product_id, quantity, state, created_at)
    SELECT order_line_id, location_id, product_id, quantity, :state, created_at FROM lessened
)
UPDATE stock_levels l SET reserved = l.reserved - t.quantity
FROM (
    SELECT location_id, product_id, sum(quantity) AS quantity
    FROM (SELECT location_id, product_id, quantity FROM turned
          UNION ALL SELECT location_id, product_id, quantity FROM lessened) u
    GROUP BY location_id, product_id
) t
WHERE l.location_id = t.location_id AND l.product_id = t.product_id
""")

# Lines of open orders that wait for these products: open, not shipped by a supplier, not wholly reserved. What was held
# for a time only and ran out waits no more, until the order is confirmed or reserved anew: else it would take back at
# once what its end has just freed.
_WAITING = """
    SELECT l.id, l.order_id, l.position, l.product_id, o.warehouse_id, c.warehouse_id AS home_id,
           l.quantity - l.quantity_shipped - l.quantity_cancelled - coalesce(r.quantity, 0) AS missing,
           o.placed_at
    FROM order_lines l
    JOIN orders o ON o.id = l.order_id AND o.closed_at IS NULL
    JOIN statuses s ON s.code = o.status AND s.group_code IN ('new', 'confirm', 'supply', 'pick', 'ship')
    JOIN channels c ON c.id = o.channel_id
    LEFT JOIN LATERAL (
        SELECT sum(quantity) AS quantity FROM reservations
        WHERE order_line_id = l.id AND state IN ('held', 'committed')
    ) r ON true
    WHERE l.product_id = ANY (CAST(:product_ids AS bigint[])) AND l.supplier_id IS NULL
      AND l.quantity - l.quantity_shipped - l.quantity_cancelled > coalesce(r.quantity, 0)
      AND (r.quantity IS NOT NULL OR s.group_code <> 'new' OR NOT EXISTS (
          SELECT FROM reservations e WHERE e.order_line_id = l.id AND e.state = 'expired'))
"""
LOCK_WAITING_ORDERS = text(f"""
SELECT id FROM orders
WHERE id IN (SELECT order_id FROM ({_WAITING}) w UNION SELECT unnest(CAST(:also AS bigint[])))
ORDER BY id FOR NO KEY UPDATE
""")
WAITING_ORDERS = text(f"SELECT DISTINCT order_id FROM ({_WAITING}) w")
LOCK_FREE_ORDERS = text("""
SELECT id FROM orders WHERE id = ANY (CAST(:order_ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
""")
WAITING_LINES = text(f"""
SELECT w.id, w.order_id, w.position, w.product_id, w.warehouse_id, w.home_id, w.missing
FROM ({_WAITING}) w
ORDER BY w.placed_at, w.order_id, w.position
""")
TOUCH_ORDERS = text("UPDATE orders SET version = version + 1 WHERE id = ANY (CAST(:order_ids AS bigint[]))")
WAREHOUSES_OF_LOCATIONS = text("""
SELECT o.id, w.code FROM locations o JOIN warehouses w ON w.id = o.warehouse_id
""")
