"""The statements of an order's card: five at most, however long its history."""

from sqlalchemy import text

from oms_core.orders.surroundings import COLUMNS

# With it: its tags, its surroundings, what may come next, and (from no status) where a cancellation would lead.
HEADER = text(f"""
SELECT o.*, t.name AS type_name, s.name AS status_name, s.group_code AS status_group, h.code AS channel,
       h.name AS channel_name, h.time_zone, h.is_simulated, c.name AS customer_name, c.kind AS customer_kind,
       c.region AS customer_region,
       ARRAY(SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'phone' ORDER BY k.id) AS phones,
       ARRAY(SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'email' ORDER BY k.id) AS emails,
       ARRAY(SELECT tag FROM order_tags g WHERE g.order_id = o.id ORDER BY tag) AS tags,
       m.login AS manager, m.name AS manager_name, w.code AS warehouse, d.code AS delivery_method,
       (SELECT number FROM orders e WHERE e.id = o.copied_from_id) AS copied_from, {COLUMNS},
       (SELECT coalesce(json_agg(v), '[]') FROM (
            SELECT n.to_status AS "to", z.group_code AS "group", n.label, n.position, n.roles, n.order_types, n.needs,
                   n.translations
            FROM transitions n JOIN statuses z ON z.code = n.to_status
            WHERE n.from_status = o.status AND NOT z.is_retired
            UNION ALL
            (SELECT code, group_code, '', -1, '{{}}', NULL, '{{}}', '{{}}' FROM statuses
             WHERE group_code = 'cancelled' AND NOT is_retired ORDER BY position, code LIMIT 1)) v) AS moves
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
LEFT JOIN order_types t ON t.code = o.type
LEFT JOIN users m ON m.id = o.manager_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
LEFT JOIN delivery_methods d ON d.id = o.delivery_method_id
WHERE o.number = :number
""")

# One row per line and place of its product; a line without any has one, without warehouse.
LINES = text("""
SELECT l.*, p.sku, p.name, p.uom, v.code AS supplier,
       l.quantity - l.quantity_shipped - l.quantity_cancelled AS quantity_open,
       coalesce(sum(r.quantity) OVER (PARTITION BY l.id), 0) AS reserved,
       w.code AS place, e.on_hand, e.on_hand - e.reserved AS available, coalesce(r.quantity, 0) AS reserved_here
FROM order_lines l
JOIN products p ON p.id = l.product_id
LEFT JOIN suppliers v ON v.id = l.supplier_id
LEFT JOIN (stock_levels e JOIN locations place ON place.id = e.location_id AND place.kind = 'stock'
           JOIN warehouses w ON w.id = place.warehouse_id)
    ON e.product_id = l.product_id AND l.supplier_id IS NULL
LEFT JOIN LATERAL (
    SELECT sum(n.quantity) AS quantity FROM reservations n
    WHERE n.order_line_id = l.id AND n.location_id = e.location_id AND n.state IN ('held', 'committed')) r ON true
WHERE l.order_id = :order_id ORDER BY l.position, w.code
""")

# Everything that became of the order, each kind in its own order; sums and quantities as text: JSON would round them.
BECAME = text("""
SELECT 'money' AS what, x.at AS sorted_at, x.id AS sorted_by, 0 AS position, json_build_object(
    'kind', x.kind, 'at', x.at, 'gross', x.gross::text, 'method', x.method, 'provider', x.provider,
    'reference', x.reference, 'actor', x.actor) AS told
FROM (
    SELECT 'payment' AS kind, p.id, p.received_at AS at, a.gross, p.method, p.provider, p.provider_ref AS reference,
           u.login AS actor
    FROM payment_allocations a JOIN payments p ON p.id = a.payment_id JOIN users u ON u.id = p.actor_id
    WHERE a.order_id = :order_id AND p.state = 'received'
    UNION ALL
    SELECT 'refund', f.id, f.refunded_at, f.gross, '', '', r.number, u.login
    FROM refunds f JOIN users u ON u.id = f.actor_id LEFT JOIN returns r ON r.id = f.return_id
    WHERE f.order_id = :order_id
) x
UNION ALL
SELECT 'shipment', s.shipped_at, s.id, l.position, json_build_object(
    'id', s.id, 'origin', coalesce(w.code, v.code), 'is_direct', s.supplier_id IS NOT NULL, 'carrier', s.carrier,
    'tracking', s.tracking, 'shipped_at', s.shipped_at, 'delivered_at', s.delivered_at, 'position', l.position,
    'quantity', x.quantity::text)
FROM shipments s
LEFT JOIN warehouses w ON w.id = s.warehouse_id
LEFT JOIN suppliers v ON v.id = s.supplier_id
LEFT JOIN shipment_lines x ON x.shipment_id = s.id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE s.order_id = :order_id
UNION ALL
SELECT 'return', NULL, r.id, l.position, json_build_object(
    'number', r.number, 'reason', r.reason, 'received_at', r.received_at, 'position', l.position,
    'quantity', x.quantity::text, 'disposition', x.disposition)
FROM returns r
LEFT JOIN return_lines x ON x.return_id = r.id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE r.order_id = :order_id
UNION ALL
SELECT 'hold', h.opened_at, h.id, 0, json_build_object(
    'kind', h.kind, 'reference', h.reference, 'cause', h.cause, 'began_at', h.opened_at, 'details', h.details,
    'request_id', (SELECT max(q.id) FROM approval_requests q
                   WHERE h.kind = 'approval' AND q.order_id = h.order_id AND q.policy_code = h.reference))
FROM order_holds h WHERE h.order_id = :order_id AND h.closed_at IS NULL
UNION ALL
SELECT 'held', lower(span), 0, 0, json_build_object('began_at', lower(span), 'left_at', upper(span))
FROM (SELECT unnest(range_agg(tstzrange(opened_at, closed_at))) AS span FROM order_holds WHERE order_id = :order_id) x
UNION ALL
SELECT 'stay', NULL, i.visit, 0, json_build_object(
    'status', i.status, 'status_name', s.name, 'group', i.group_code, 'entered_at', i.entered_at,
    'left_at', i.left_at, 'wall_seconds', i.wall_seconds, 'business_seconds', i.business_seconds)
FROM status_intervals i JOIN statuses s ON s.code = i.status WHERE i.order_id = :order_id
UNION ALL
SELECT 'invoice', i.issued_at, i.id, x.position, json_build_object(
    'number', i.number, 'kind', i.kind, 'corrects', c.number, 'issued_at', i.issued_at, 'due_on', i.due_on,
    'net', i.net::text, 'tax', i.tax::text, 'shipping', i.shipping::text, 'total', i.total::text, 'actor', u.login,
    'position', x.position, 'quantity', x.quantity::text)
FROM invoices i
JOIN invoice_lines x ON x.invoice_id = i.id
JOIN users u ON u.id = i.actor_id
LEFT JOIN invoices c ON c.id = i.corrects_id
WHERE i.order_id = :order_id
UNION ALL
SELECT 'cancellation', NULL, x.id, 0, json_build_object(
    'position', l.position, 'quantity', x.quantity::text, 'reason', x.reason, 'reason_label', c.label,
    'fault', c.fault, 'previous_status', x.previous_status, 'gross', x.gross::text, 'cancelled_at', x.cancelled_at,
    'actor', u.login, 'note', x.note)
FROM cancellations x
JOIN cancel_reasons c ON c.code = x.reason
JOIN users u ON u.id = x.actor_id
LEFT JOIN order_lines l ON l.id = x.order_line_id
WHERE x.order_id = :order_id
ORDER BY what, sorted_at, sorted_by, position
""")

# The newest first; sequences have no gaps, so the last of them tells whether there are earlier ones.
EVENTS = text("""
SELECT e.sequence, e.kind, e.occurred_at, u.login AS actor, u.name AS actor_name, e.from_status, e.to_status, e.payload,
       e.rule
FROM (SELECT * FROM order_events
      WHERE order_id = :order_id AND sequence < :before ORDER BY sequence DESC LIMIT :limit) e
JOIN users u ON u.id = e.actor_id
ORDER BY e.sequence DESC
""")
