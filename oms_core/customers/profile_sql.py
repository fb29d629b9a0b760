"""The statements of a customer's profile; each reads about as much whether they ordered 20 times or 2,000."""

from sqlalchemy import text

# One row for each currency of the customer's orders, the newest order's first; one with nulls where there are none.
# Orders are summed in a few groups first, and those by what they mean: a sum for each meaning would take far longer.
# What an order usually comes to is asked of the shop's newest ones, so that it is known in a millisecond.
BRIEF = text("""
WITH parts AS (
    SELECT o.currency, o.status = ANY (ARRAY(SELECT code FROM statuses WHERE group_code = 'cancelled')) AS is_cancelled,
           o.closed_at IS NULL AS is_open, o.placed_at >= :year_ago AS is_of_year,
           o.paid - o.refunded < o.total AS is_due,
           count(*) AS orders, sum(o.total) AS total, sum(o.paid) AS paid, sum(o.refunded) AS refunded,
           count(*) FILTER (WHERE o.closed_at IS NULL AND o.promised_at < :now) AS late, min(o.placed_at) AS first_at,
           max(o.placed_at) AS last_at, min(o.promised_at) FILTER (WHERE o.closed_at IS NULL) AS promised_at
    FROM orders o WHERE o.customer_id = :id GROUP BY 1, 2, 3, 4, 5
), newest AS (
    SELECT currency, avg(total) AS usual
    FROM (SELECT currency, total FROM orders ORDER BY placed_at DESC, id DESC LIMIT 1000) n GROUP BY currency
), figures AS (
    SELECT currency, coalesce(sum(orders) FILTER (WHERE NOT is_cancelled), 0)::bigint AS orders,
           coalesce(sum(orders) FILTER (WHERE is_cancelled), 0)::bigint AS cancelled,
           coalesce(sum(orders) FILTER (WHERE is_open), 0)::bigint AS open_orders, sum(late)::bigint AS late_orders,
           coalesce(sum(total - refunded) FILTER (WHERE NOT is_cancelled), 0.00) AS value,
           sum(paid) AS paid, sum(refunded) AS refunded,
           coalesce(sum(total - paid + refunded) FILTER (WHERE is_due AND NOT is_cancelled), 0.00) AS due,
           coalesce(sum(paid - refunded) FILTER (WHERE is_cancelled), 0.00) AS owed,
           min(first_at) FILTER (WHERE NOT is_cancelled) AS first_order_at,
           max(last_at) FILTER (WHERE NOT is_cancelled) AS last_order_at, min(promised_at) AS next_promise_at,
           coalesce(sum(orders) FILTER (WHERE NOT is_cancelled AND is_of_year), 0)::bigint AS year_orders,
           coalesce(sum(total - refunded) FILTER (WHERE NOT is_cancelled AND is_of_year), 0.00) AS year_value,
           (SELECT usual FROM newest n WHERE n.currency = parts.currency) AS usual, max(last_at) AS newest_at
    FROM parts GROUP BY currency
)
SELECT c.id, c.name, c.kind, c.region, c.tags, c.note, c.language, c.credit_limit, c.terms_days, m.login AS manager,
       m.name AS manager_name, h.code AS channel, c.external_ref, c.created_at, c.merged_into_id, c.version,
       (SELECT jsonb_agg(jsonb_build_array(k.id, k.kind, k.value) ORDER BY k.id)
        FROM contacts k WHERE k.customer_id = c.id) AS contacts,
       (SELECT jsonb_agg(jsonb_build_array(a.id, a.region, a.details) ORDER BY a.id)
        FROM (SELECT * FROM addresses WHERE customer_id = c.id ORDER BY id DESC LIMIT 50) a) AS addresses,
       (SELECT count(*) FROM tasks t WHERE t.customer_id = c.id AND t.done_at IS NULL) AS open_tasks,
       l.occurred_at AS last_contact_at, l.kind AS last_contact_kind, l.outcome AS last_contact_outcome, f.*
FROM customers c
LEFT JOIN users m ON m.id = c.manager_id
LEFT JOIN channels h ON h.id = c.channel_id
LEFT JOIN LATERAL (
    SELECT occurred_at, kind, outcome FROM contact_attempts WHERE customer_id = c.id ORDER BY occurred_at DESC LIMIT 1
) l ON true
LEFT JOIN figures f ON true
WHERE c.id = :id ORDER BY f.newest_at DESC
""")

OPEN_ORDERS = text("""
SELECT o.number, o.status, s.name AS status_name, s.group_code AS status_group, o.total, o.currency, o.placed_at,
       o.promised_at, coalesce(o.promised_at < :now, false) AS is_late, o.version
FROM orders o JOIN statuses s ON s.code = o.status
WHERE o.customer_id = :id AND o.closed_at IS NULL
ORDER BY coalesce(o.promised_at, 'infinity'), o.placed_at LIMIT :limit
""")

MERGES = text("""
SELECT g.id, g.gone_id, c.name AS gone_name, g.merged_at, u.name AS actor_name, g.undone_at
FROM customer_merges g JOIN customers c ON c.id = g.gone_id JOIN users u ON u.id = g.actor_id
WHERE g.kept_id = :id ORDER BY g.id DESC LIMIT 20
""")

# A page of the past is a stretch of orders with all that belongs to them, and what else happened between the moments
# at which its first and last were placed. So it reads the same few rows however long the past is.
HISTORY = text("""
WITH span AS MATERIALIZED (
    SELECT id, number, placed_at, total, currency, status FROM orders
    WHERE customer_id = :id
      AND (CAST(:before_at AS timestamptz) IS NULL OR (placed_at, id) < (:before_at, CAST(:before_id AS bigint)))
    ORDER BY placed_at DESC, id DESC LIMIT :limit
), bounds AS MATERIALIZED (
    SELECT CASE WHEN count(*) < :limit THEN '-infinity' ELSE min(placed_at) END AS since,
           coalesce(CAST(:before_at AS timestamptz), 'infinity') AS until FROM span
), told AS (
    SELECT 'order.placed' AS kind, o.placed_at AS at, o.number, '' AS text, o.total AS gross, o.currency,
           CAST(NULL AS bigint) AS actor_id, o.status AS state, CAST(NULL AS text) AS reference FROM span o
    UNION ALL
    SELECT 'order.cancelled', x.cancelled_at, o.number, x.note, x.gross, o.currency, x.actor_id, x.reason, NULL
    FROM span o JOIN cancellations x ON x.order_id = o.id
    UNION ALL
    SELECT 'payment.received', p.received_at, o.number, p.method, a.gross, o.currency, p.actor_id, p.state,
           p.provider_ref
    FROM span o JOIN payment_allocations a ON a.order_id = o.id JOIN payments p ON p.id = a.payment_id
    UNION ALL
    SELECT 'payment.refunded', f.refunded_at, o.number, '', f.gross, o.currency, f.actor_id, NULL, NULL
    FROM span o JOIN refunds f ON f.order_id = o.id
    UNION ALL
    SELECT 'order.shipped', s.shipped_at, o.number, concat_ws(' ', s.carrier, s.tracking), NULL, NULL, NULL,
           CASE WHEN s.delivered_at IS NOT NULL THEN 'delivered' END, NULL
    FROM span o JOIN shipments s ON s.order_id = o.id
    UNION ALL
    SELECT CASE WHEN r.received_at IS NULL THEN 'return.requested' ELSE 'return.received' END,
           coalesce(r.received_at, r.requested_at), o.number, r.reason, NULL, NULL, r.actor_id, NULL, r.number
    FROM span o JOIN returns r ON r.order_id = o.id
    UNION ALL
    SELECT e.kind, e.occurred_at, o.number, e.payload ->> 'text', NULL, NULL, e.actor_id, NULL, NULL
    FROM span o JOIN order_events e ON e.order_id = o.id AND e.kind = 'order.commented'
    UNION ALL
    SELECT 'message', coalesce(m.sent_at, m.created_at), o.number, m.subject, NULL, NULL,
           coalesce(m.sent_by, m.created_by), m.state, NULL
    FROM span o JOIN messages m ON m.order_id = o.id
    UNION ALL
    SELECT 'message', coalesce(m.sent_at, m.created_at), NULL, m.subject, NULL, NULL,
           coalesce(m.sent_by, m.created_by), m.state, NULL
    FROM messages m, bounds b
    WHERE m.customer_id = :id AND m.order_id IS NULL AND m.created_at >= b.since AND m.created_at < b.until
    UNION ALL
    SELECT 'task', coalesce(t.done_at, t.created_at), o.number, t.title, NULL, NULL, coalesce(t.done_by, t.created_by),
           CASE WHEN t.done_at IS NULL THEN 'open' ELSE 'done' END, t.id::text
    FROM span o JOIN tasks t ON t.order_id = o.id
    UNION ALL
    SELECT 'task', coalesce(t.done_at, t.created_at), NULL, t.title, NULL, NULL, coalesce(t.done_by, t.created_by),
           CASE WHEN t.done_at IS NULL THEN 'open' ELSE 'done' END, t.id::text
    FROM tasks t, bounds b
    WHERE t.customer_id = :id AND t.order_id IS NULL AND t.created_at >= b.since AND t.created_at < b.until
    UNION ALL
    SELECT 'contact', k.occurred_at, (SELECT number FROM orders WHERE id = k.order_id), k.note, NULL, NULL, k.actor_id,
           k.outcome, k.kind
    FROM contact_attempts k, bounds b
    WHERE k.customer_id = :id AND k.occurred_at >= b.since AND k.occurred_at < b.until
    UNION ALL
    SELECT 'quotation', q.created_at, NULL, '', q.total, q.currency, q.created_by,
           CASE WHEN q.order_id IS NOT NULL THEN 'ordered' WHEN q.declined_at IS NOT NULL THEN 'declined' END, q.number
    FROM quotations q, bounds b
    WHERE q.customer_id = :id AND q.created_at >= b.since AND q.created_at < b.until
)
SELECT t.kind, t.at, t.number, coalesce(t.text, '') AS text, t.gross, t.currency, u.name AS actor_name, t.state,
       t.reference, s.last_at, s.last_id
FROM (SELECT count(*) AS orders, min(placed_at) AS last_at,
             (SELECT id FROM span ORDER BY placed_at, id LIMIT 1) AS last_id FROM span) s
LEFT JOIN told t ON true
LEFT JOIN users u ON u.id = t.actor_id
ORDER BY t.at DESC, t.kind
""")
