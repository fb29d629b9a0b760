"""The statements that look for what cannot be right: one SELECT for each kind, over what is open or recent alone."""

from sqlalchemy import text

from oms_core.orders.queue_sql import HAS_SHORT_LINE

_LOOK = "SELECT '{kind}' AS kind, o.id AS order_id, {since} AS since, json_build_object({evidence}) AS evidence"
_BEFORE_HANDOVER = "s.group_code IN ('new', 'confirm', 'supply', 'pick', 'ship')"
_HOURS = "round(extract(epoch FROM {}) / 3600)"
_NOW = "CAST(:now AS timestamptz)"

# A stage's pace is working time, and a week of 40 hours has 168: twice the pace of all but one in twenty is no chance.
# Who waits for money is not silent.
SILENT = f"""
{
    _LOOK.format(
        kind="silent",
        since="spoke.at",
        evidence=f'''
    'hours', {_HOURS.format(f"{_NOW} - spoke.at")}, 'usual_hours', {_HOURS.format("usual.longest")}''',
    )
}
FROM orders o
JOIN statuses s ON s.code = o.status
LEFT JOIN stage_paces p ON p.status = o.status AND p.sample >= 30
CROSS JOIN LATERAL (
    SELECT greatest(interval '5 days', make_interval(
        secs => 2 * 168 / 40.0 * coalesce(p.p95_seconds, s.limit_minutes * 60, 144000))) AS longest) usual
CROSS JOIN LATERAL (
    SELECT max(e.occurred_at) AS at FROM order_events e
    WHERE e.order_id = o.id AND e.rule IS NULL AND e.kind <> ALL (CAST(:clock_kinds AS text[]))) spoke
WHERE o.closed_at IS NULL AND spoke.at < {_NOW} - usual.longest
  AND NOT EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.closed_at IS NULL
                  AND h.kind IN ('payment', 'prepayment'))
"""
# Only of carriers who report: of one who never does, a silence says nothing.
UNSCANNED = f"""
{
    _LOOK.format(
        kind="unscanned",
        since="h.shipped_at",
        evidence=f'''
    'carrier', h.carrier, 'tracking', h.tracking, 'hours', {_HOURS.format(f"{_NOW} - h.shipped_at")},
    'reported', round(c.reported, 3)''',
    )
}
FROM shipments h
JOIN orders o ON o.id = h.order_id
JOIN (
    SELECT x.carrier, avg(EXISTS (SELECT FROM shipment_events e WHERE e.shipment_id = x.id)::int) AS reported
    FROM shipments x WHERE x.shipped_at > {_NOW} - interval '60 days' AND x.carrier <> ''
    GROUP BY x.carrier HAVING count(*) >= 20) c ON c.carrier = h.carrier AND c.reported >= 0.7
WHERE h.shipped_at BETWEEN {_NOW} - interval '60 days' AND {_NOW} - interval '36 hours'
  AND NOT EXISTS (SELECT FROM shipment_events e WHERE e.shipment_id = h.id)
"""
PAID_UNRESERVED = f"""
{_LOOK.format(kind="paid_unreserved", since="paid.at", evidence="'paid', (o.paid - o.refunded)::text")}
FROM orders o
JOIN statuses s ON s.code = o.status
CROSS JOIN LATERAL (
    SELECT max(y.received_at) AS at FROM payment_allocations a JOIN payments y ON y.id = a.payment_id
    WHERE a.order_id = o.id AND y.state = 'received') paid
WHERE o.closed_at IS NULL AND o.paid > 0 AND o.paid - o.refunded >= o.total AND {_BEFORE_HANDOVER}
  AND paid.at < {_NOW} - interval '6 hours' AND {HAS_SHORT_LINE}
  AND EXISTS (
    SELECT FROM order_lines l
    JOIN stock_levels e ON e.product_id = l.product_id
    JOIN locations f ON f.id = e.location_id AND f.kind = 'stock'
        AND (o.warehouse_id IS NULL OR f.warehouse_id = o.warehouse_id)
    CROSS JOIN LATERAL (
        SELECT l.quantity - l.quantity_shipped - l.quantity_cancelled - coalesce(sum(r.quantity), 0) AS short
        FROM reservations r WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')) n
    WHERE l.order_id = o.id AND l.supplier_id IS NULL AND n.short > 0 AND e.on_hand - e.reserved >= n.short)
"""
# How long a payment may take is what it took all but one in a hundred, and half as long again.
RESERVED_UNPAID = f"""
{
    _LOOK.format(
        kind="reserved_unpaid",
        since="h.opened_at",
        evidence=f'''
    'hours', {_HOURS.format(f"{_NOW} - h.opened_at")}, 'usual_hours', {_HOURS.format("usual.longest")},
    'total', o.total::text''',
    )
}
FROM order_holds h
JOIN orders o ON o.id = h.order_id AND o.closed_at IS NULL
CROSS JOIN (
    SELECT greatest(interval '3 days', 1.5 * coalesce(
        percentile_disc(0.99) WITHIN GROUP (ORDER BY p.closed_at - p.opened_at), interval '5 days')) AS longest
    FROM order_holds p
    WHERE p.kind IN ('payment', 'prepayment') AND p.closed_at > {_NOW} - interval '180 days') usual
WHERE h.kind IN ('payment', 'prepayment') AND h.closed_at IS NULL AND h.opened_at < {_NOW} - usual.longest
  AND o.paid - o.refunded < o.total
  AND EXISTS (
    SELECT FROM order_lines l JOIN reservations r ON r.order_line_id = l.id AND r.state IN ('held', 'committed')
    WHERE l.order_id = o.id)
"""
# Only of channels where invoices are written at all.
UNINVOICED = f"""
WITH shipped AS MATERIALIZED (
    SELECT h.order_id, o.channel_id, min(h.shipped_at) AS at,
           EXISTS (SELECT FROM invoices i WHERE i.order_id = h.order_id AND i.kind = 'invoice') AS is_invoiced
    FROM shipments h JOIN orders o ON o.id = h.order_id
    WHERE h.shipped_at BETWEEN {_NOW} - interval '60 days' AND {_NOW} - interval '3 days'
    GROUP BY h.order_id, o.channel_id
)
{
    _LOOK.format(
        kind="uninvoiced",
        since="h.at",
        evidence=f'''
    'hours', {_HOURS.format(f"{_NOW} - h.at")}, 'invoiced', round(c.invoiced, 3), 'total', o.total::text''',
    )
}
FROM shipped h
JOIN orders o ON o.id = h.order_id
JOIN (SELECT channel_id, avg(is_invoiced::int) AS invoiced FROM shipped GROUP BY channel_id) c
    ON c.channel_id = h.channel_id AND c.invoiced >= 0.5
WHERE NOT h.is_invoiced
"""
# What a refund may rest on: what was paid beyond the total, cancelled, or has come back.
REFUNDED_UNRECEIVED = f"""
{
    _LOOK.format(
        kind="refunded_unreceived",
        since="f.at",
        evidence='''
    'refunded', o.refunded::text, 'due', owed.gross::text''',
    )
}
FROM (SELECT order_id, max(refunded_at) AS at FROM refunds
      WHERE refunded_at > {_NOW} - interval '60 days' GROUP BY order_id) f
JOIN orders o ON o.id = f.order_id
CROSS JOIN LATERAL (
    SELECT greatest(0, o.paid - o.total) + CASE WHEN EXISTS (
               SELECT FROM order_lines l WHERE l.order_id = o.id AND l.quantity_shipped > 0)
               THEN coalesce((SELECT sum(x.gross) FROM cancellations x WHERE x.order_id = o.id), 0)
                    + coalesce((SELECT sum(l.gross * y.quantity / l.quantity)
                                FROM returns r JOIN return_lines y ON y.return_id = r.id
                                JOIN order_lines l ON l.id = y.order_line_id
                                WHERE r.order_id = o.id AND r.received_at IS NOT NULL), 0)
                    + CASE WHEN EXISTS (SELECT FROM returns r WHERE r.order_id = o.id AND r.received_at IS NOT NULL)
                           THEN o.shipping ELSE 0 END
               ELSE o.paid END AS gross) owed
WHERE o.refunded > owed.gross + 0.05
"""
PRICE_OUTLIER = f"""
WITH recent AS MATERIALIZED (
    SELECT l.id, l.order_id, l.product_id, o.channel_id, o.placed_at, l.position,
           (l.unit_price - l.discount / l.quantity) AS price
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    WHERE (o.placed_at > {_NOW} - interval '7 days' OR o.closed_at IS NULL)
      AND l.quantity_cancelled < l.quantity
), usual AS (
    SELECT c.product_id, c.channel_id, count(*) AS lines,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY l.unit_price - l.discount / l.quantity) AS price
    FROM (SELECT DISTINCT product_id, channel_id FROM recent) c
    JOIN order_lines l ON l.product_id = c.product_id
    JOIN orders o ON o.id = l.order_id AND o.channel_id = c.channel_id AND o.placed_at > {_NOW} - interval '180 days'
    GROUP BY c.product_id, c.channel_id HAVING count(*) >= 8
), odd AS (
    SELECT DISTINCT ON (r.order_id) r.*, u.price AS usual, u.lines
    FROM recent r JOIN usual u ON u.product_id = r.product_id AND u.channel_id = r.channel_id
    WHERE r.price < u.price * 0.5 OR r.price > u.price * 2
    ORDER BY r.order_id, abs(ln(greatest(r.price, 0.01) / greatest(u.price::numeric, 0.01))) DESC
)
{
    _LOOK.format(
        kind="price_outlier",
        since="r.placed_at",
        evidence='''
    'sku', d.sku, 'price', round(r.price, 2)::text, 'usual', round(r.usual::numeric, 2)::text, 'lines', r.lines''',
    )
}
FROM odd r
JOIN orders o ON o.id = r.order_id
JOIN products d ON d.id = r.product_id
"""
_GOODS = """(SELECT array_agg((l.product_id, l.quantity) ORDER BY l.product_id, l.quantity)
             FROM order_lines l WHERE l.order_id = {}.id)"""
DUPLICATE = f"""
{_LOOK.format(kind="duplicate", since="o.placed_at", evidence="'first', p.number, 'placed_at', p.placed_at")}
FROM orders o
JOIN statuses s ON s.code = o.status AND s.group_code <> 'cancelled'
CROSS JOIN LATERAL (
    SELECT p.number, p.placed_at FROM orders p JOIN statuses z ON z.code = p.status AND z.group_code <> 'cancelled'
    WHERE p.customer_id = o.customer_id AND p.id <> o.id AND (p.placed_at, p.id) < (o.placed_at, o.id)
      AND p.placed_at > o.placed_at - interval '12 hours' AND {_GOODS.format("p")} = {_GOODS.format("o")}
    ORDER BY p.placed_at DESC LIMIT 1) p
WHERE (o.placed_at > {_NOW} - interval '7 days' OR o.closed_at IS NULL) AND o.duplicate_of_id IS NULL
"""
BY_KIND = {
    "silent": SILENT, "unscanned": UNSCANNED, "paid_unreserved": PAID_UNRESERVED,
    "reserved_unpaid": RESERVED_UNPAID, "uninvoiced": UNINVOICED, "refunded_unreceived": REFUNDED_UNRECEIVED,
    "price_outlier": PRICE_OUTLIER, "duplicate": DUPLICATE,
}  # fmt: skip
_ROWS = """
SELECT f.kind, f.since, f.evidence, o.number, o.status, s.name AS status_name, o.total, o.currency, c.name AS customer,
       u.login AS manager, u.name AS manager_name
FROM ({found}) f
JOIN orders o ON o.id = f.order_id
JOIN statuses s ON s.code = o.status
JOIN customers c ON c.id = o.customer_id
LEFT JOIN users u ON u.id = o.manager_id
WHERE NOT EXISTS (SELECT FROM anomaly_verdicts v WHERE v.kind = f.kind AND v.order_id = f.order_id)
  AND NOT o.is_test
ORDER BY o.total DESC, o.number, f.kind LIMIT :limit
"""
LIST = {kind: text(_ROWS.format(found=found)) for kind, found in BY_KIND.items()}
# Suspicions of one order: the whole is looked for, as what is usual is told by the others.
OF_ORDER = {
    kind: text(f"SELECT f.evidence FROM ({found}) f WHERE f.order_id = :order_id LIMIT 1")
    for kind, found in BY_KIND.items()
}
JUDGED = text("""
SELECT kind, count(*) FILTER (WHERE is_true) AS right, count(*) FILTER (WHERE NOT is_true) AS wrong
FROM anomaly_verdicts GROUP BY kind
""")
