"""The statements by which holds and requests for approval are decided, for many orders at once."""

from sqlalchemy import text

_IDS = "ANY (CAST(:ids AS bigint[]))"

HEADERS = text(f"""
SELECT o.id, o.number, o.type, h.code AS channel, h.calendar_id, s.code AS status, s.group_code,
       c.kind AS customer_kind, o.currency, o.promised_at, o.manager_id, i.entered_at,
       o.total - coalesce((SELECT sum(x.gross) FROM cancellations x WHERE x.order_id = o.id), 0) AS total,
       o.paid - o.refunded AS paid
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
LEFT JOIN status_intervals i ON i.order_id = o.id AND i.left_at IS NULL
WHERE o.id = {_IDS}
ORDER BY o.id
""")

# Goods that no stock covers, with the day of the earliest purchase or, where nothing is bought, of one made today.
MISSING = text(f"""
SELECT l.order_id, p.sku, sum(l.missing) AS quantity,
       coalesce(
           (SELECT min(greatest(b.expected_on, CAST(:today AS date)))
            FROM purchase_order_lines b JOIN purchase_orders u ON u.id = b.purchase_order_id
            WHERE b.product_id = p.id AND u.state = 'ordered' AND b.received < b.quantity),
           (SELECT CAST(:today AS date) + t.lead_time_days FROM supply_terms t
            WHERE t.product_id = p.id ORDER BY t.priority, t.supplier_id LIMIT 1)
       ) AS expected_on
FROM (
    SELECT l.order_id, l.position, l.product_id,
           l.quantity - l.quantity_shipped - l.quantity_cancelled - coalesce((
               SELECT sum(r.quantity) FROM reservations r
               WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')), 0) AS missing
    FROM order_lines l WHERE l.order_id = {_IDS} AND l.supplier_id IS NULL
) l JOIN products p ON p.id = l.product_id
WHERE l.missing > 0
GROUP BY l.order_id, p.id ORDER BY l.order_id, min(l.position)
""")

# The way on from each status by its natural step, and how long an order should stay there (business minutes).
WAY_ON = text("""
SELECT s.code, s.group_code, coalesce(s.limit_minutes, 0) AS limit_minutes,
       (SELECT t.to_status FROM transitions t WHERE t.from_status = s.code ORDER BY t.position, t.id LIMIT 1) AS onward
FROM statuses s
""")

# What chosen rules warned of, unless somebody has lifted the hold for it: they have looked.
WARNED = text(f"""
SELECT DISTINCT ON (e.order_id, e.payload ->> 'rule') e.order_id, e.payload ->> 'rule' AS rule,
       e.payload ->> 'message' AS message
FROM order_events e
WHERE e.order_id = {_IDS} AND e.kind = 'rule.warned' AND e.payload ->> 'rule' = ANY (CAST(:rules AS text[]))
  AND NOT EXISTS (
      SELECT FROM order_events x
      WHERE x.order_id = e.order_id AND x.kind = 'hold.closed'
        AND x.payload ->> 'kind' = 'validation' AND x.payload ->> 'reference' = e.payload ->> 'rule'
        AND x.payload ->> 'lifted' = 'true')
ORDER BY e.order_id, e.payload ->> 'rule', e.sequence DESC
""")

# A line as limits of approval see it: its worth at the list price of the day it was ordered where that is higher.
LINES = text(f"""
SELECT l.order_id, l.position, p.sku, l.net,
       greatest(l.unit_price, coalesce((
           SELECT r.unit_price FROM prices r
           WHERE r.price_list_id = h.price_list_id AND r.product_id = l.product_id
             AND r.min_quantity <= greatest(l.quantity, 1) AND r.valid_from <= o.placed_at
           ORDER BY r.min_quantity DESC, r.valid_from DESC LIMIT 1), 0)) * l.quantity AS worth,
       l.unit_price * l.quantity - l.discount AS charged,
       l.unit_cost * l.quantity AS cost
FROM order_lines l
JOIN orders o ON o.id = l.order_id
JOIN channels h ON h.id = o.channel_id
JOIN products p ON p.id = l.product_id
WHERE l.order_id = {_IDS} AND l.quantity_cancelled < l.quantity
ORDER BY l.order_id, l.position
""")

LATEST_REQUESTS = text(f"""
SELECT DISTINCT ON (order_id, policy_code) id, order_id, policy_code, state, measured, note
FROM approval_requests WHERE order_id = {_IDS} AND subject <> 'refund'
ORDER BY order_id, policy_code, id DESC
""")

STANDING_HOLDS = text(f"""
SELECT id, order_id, kind, reference, cause, details FROM order_holds
WHERE order_id = {_IDS} AND closed_at IS NULL ORDER BY id
""")

STANDING_ALERTS = text(f"""
SELECT order_id, reference FROM alerts
WHERE order_id = {_IDS} AND kind = 'order_held' AND closed_at IS NULL
""")

# Orders that time may have changed, or that still carry what an earlier policy asked for.
CANDIDATES = text("""
SELECT o.id FROM orders o
WHERE o.id > :after AND (
    (:all AND o.closed_at IS NULL AND o.status IN (
        SELECT code FROM statuses WHERE group_code IN ('new', 'confirm', 'supply', 'pick', 'ship')))
    OR o.id IN (SELECT order_id FROM order_holds WHERE closed_at IS NULL AND details IS NOT NULL)
    OR o.id IN (SELECT order_id FROM alerts WHERE closed_at IS NULL AND kind = 'order_held' AND order_id IS NOT NULL)
    OR o.id IN (SELECT order_id FROM approval_requests WHERE state = 'open' AND subject <> 'refund'))
ORDER BY o.id LIMIT :limit
""")

LOCK_FREE = text(f"SELECT id FROM orders WHERE id = {_IDS} ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
