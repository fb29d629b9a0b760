"""The statements of moving stock; levels are made and locked in the order (location, product)."""

from sqlalchemy import text

PRODUCTS = text("SELECT id, sku FROM products WHERE sku = ANY (CAST(:skus AS text[]))")
LOCATIONS = text("SELECT id, code, kind FROM locations WHERE code = ANY (CAST(:codes AS text[]))")
STOCK_LOCATION = text("SELECT FROM locations WHERE code = :code AND kind = 'stock'")

MOVES_BY_KEY = text("""
SELECT m.product_id, m.quantity, f.code, t.code
FROM stock_moves m JOIN locations f ON f.id = m.from_location_id JOIN locations t ON t.id = m.to_location_id
WHERE m.idempotency_key = ANY (CAST(:keys AS text[]))
ORDER BY array_position(CAST(:keys AS text[]), m.idempotency_key::text)
""")

MAKE_LEVELS = text("""
INSERT INTO stock_levels (location_id, product_id)
SELECT * FROM unnest(CAST(:locations AS bigint[]), CAST(:products AS bigint[])) ORDER BY 1, 2
ON CONFLICT DO NOTHING
""")

LOCK_LEVELS = text("""
SELECT l.location_id, l.product_id, l.on_hand - l.reserved AS available, p.sku, o.code
FROM stock_levels l JOIN products p ON p.id = l.product_id JOIN locations o ON o.id = l.location_id
WHERE (l.location_id, l.product_id) IN (
    SELECT * FROM unnest(CAST(:locations AS bigint[]), CAST(:products AS bigint[])))
ORDER BY l.location_id, l.product_id
FOR NO KEY UPDATE OF l
""")

CHANGE_LEVELS = text("""
UPDATE stock_levels l SET on_hand = l.on_hand + c.change
FROM unnest(CAST(:locations AS bigint[]), CAST(:products AS bigint[]), CAST(:changes AS numeric[]))
     AS c (location_id, product_id, change)
WHERE l.location_id = c.location_id AND l.product_id = c.product_id
""")

INSERT_MOVES = text("""
INSERT INTO stock_moves
    (product_id, quantity, from_location_id, to_location_id, unit_cost, idempotency_key, done_at, reference, actor_id)
SELECT product_id, quantity, origin, destination, unit_cost, key, :now, :reference, :actor_id
FROM unnest(
    CAST(:products AS bigint[]), CAST(:quantities AS numeric[]), CAST(:origins AS bigint[]),
    CAST(:destinations AS bigint[]), CAST(:costs AS numeric[]), CAST(:keys AS text[])
) AS m (product_id, quantity, origin, destination, unit_cost, key)
""")
