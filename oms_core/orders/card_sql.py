"""The statements of an order's card: at most eleven, however long its history."""

from sqlalchemy import text

HEADER = text("""
SELECT o.*, t.name AS type_name, s.name AS status_name, s.group_code AS status_group, h.code AS channel,
       h.name AS channel_name, h.time_zone, h.is_simulated, c.name AS customer_name, c.kind AS customer_kind,
       c.region AS customer_region,
       ARRAY(SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'phone' ORDER BY k.id) AS phones,
       ARRAY(SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'email' ORDER BY k.id) AS emails,
       m.login AS manager, m.name AS manager_name, w.code AS warehouse
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
LEFT JOIN order_types t ON t.code = o.type
LEFT JOIN users m ON m.id = o.manager_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
WHERE o.number = :number
""")

LINES = text("""
SELECT l.*, p.sku, p.name, p.uom, v.code AS supplier,
       l.quantity - l.quantity_shipped - l.quantity_cancelled AS quantity_open,
       (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
        WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')) AS reserved
FROM order_lines l JOIN products p ON p.id = l.product_id LEFT JOIN suppliers v ON v.id = l.supplier_id
WHERE l.order_id = :order_id ORDER BY l.position
""")

STOCK = text("""
SELECT l.position, w.code AS warehouse, e.on_hand, e.on_hand - e.reserved AS available,
       (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
        WHERE r.order_line_id = l.id AND r.location_id = e.location_id AND r.state IN ('held', 'committed')) AS reserved
FROM order_lines l
JOIN stock_levels e ON e.product_id = l.product_id
JOIN locations place ON place.id = e.location_id AND place.kind = 'stock'
JOIN warehouses w ON w.id = place.warehouse_id
WHERE l.order_id = :order_id AND l.supplier_id IS NULL ORDER BY l.position, w.code
""")

MONEY = text("""
SELECT 'payment' AS kind, p.received_at AS at, a.gross, p.method, p.provider, p.provider_ref AS reference,
       u.login AS actor
FROM payment_allocations a JOIN payments p ON p.id = a.payment_id JOIN users u ON u.id = p.actor_id
WHERE a.order_id = :order_id AND p.state = 'received'
UNION ALL
SELECT 'refund', f.refunded_at, f.gross, '', '', r.number, u.login
FROM refunds f JOIN users u ON u.id = f.actor_id LEFT JOIN returns r ON r.id = f.return_id
WHERE f.order_id = :order_id
ORDER BY at
""")

SHIPMENTS = text("""
SELECT s.id, coalesce(w.code, v.code) AS origin, s.supplier_id IS NOT NULL AS is_direct, s.carrier, s.tracking,
       s.shipped_at, s.delivered_at, l.position, x.quantity
FROM shipments s
LEFT JOIN warehouses w ON w.id = s.warehouse_id
LEFT JOIN suppliers v ON v.id = s.supplier_id
LEFT JOIN shipment_lines x ON x.shipment_id = s.id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE s.order_id = :order_id ORDER BY s.shipped_at, s.id, l.position
""")

RETURNS = text("""
SELECT r.number, r.reason, r.received_at, l.position, x.quantity, x.disposition
FROM returns r
LEFT JOIN return_lines x ON x.return_id = r.id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE r.order_id = :order_id ORDER BY r.id, l.position
""")

HOLDS_AND_STAYS = text("""
SELECT 'hold' AS what, kind, reference, cause, opened_at AS began_at, NULL::timestamptz AS left_at,
       NULL::bigint AS wall_seconds, NULL::bigint AS business_seconds, NULL AS status_name, 0 AS visit, details,
       (SELECT max(q.id) FROM approval_requests q
        WHERE h.kind = 'approval' AND q.order_id = h.order_id AND q.policy_code = h.reference) AS request_id
FROM order_holds h WHERE order_id = :order_id AND closed_at IS NULL
UNION ALL
SELECT i.group_code, i.status, '', '', i.entered_at, i.left_at, i.wall_seconds, i.business_seconds, s.name, i.visit,
       NULL, NULL
FROM status_intervals i JOIN statuses s ON s.code = i.status WHERE i.order_id = :order_id
ORDER BY visit, began_at
""")

CANCELLATIONS = text("""
SELECT l.position, x.quantity, x.reason, c.label AS reason_label, c.fault, x.previous_status, x.gross,
       x.cancelled_at, u.login AS actor, x.note
FROM cancellations x
JOIN cancel_reasons c ON c.code = x.reason
JOIN users u ON u.id = x.actor_id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE x.order_id = :order_id ORDER BY x.id
""")

EVENTS = text("""
SELECT e.sequence, e.kind, e.occurred_at, u.login AS actor, u.name AS actor_name, e.from_status, e.to_status, e.payload,
       e.rule
FROM order_events e JOIN users u ON u.id = e.actor_id
WHERE e.order_id = :order_id ORDER BY e.sequence
""")

# What may come next, and (from no status) where a cancellation would lead.
MOVES = text("""
SELECT t.to_status AS "to", s.group_code AS "group", t.label, t.position, t.roles, t.order_types, t.needs,
       t.translations
FROM transitions t JOIN statuses s ON s.code = t.to_status WHERE t.from_status = :status AND NOT s.is_retired
UNION ALL
(SELECT code, group_code, '', -1, '{}', NULL, '{}', '{}' FROM statuses
 WHERE group_code = 'cancelled' AND NOT is_retired ORDER BY position, code LIMIT 1)
""")
