"""The statements by which holds and requests for approval are decided, for many orders at once."""

from functools import lru_cache

from sqlalchemy import text

from oms_core.db import Prepared

_IDS = "ANY (CAST(:ids AS bigint[]))"

HEADER = {
    "id": "o.id", "number": "o.number", "type": "o.type", "channel": "h.code", "calendar_id": "h.calendar_id",
    "status": "s.code", "group_code": "s.group_code", "customer_kind": "c.kind", "currency": "o.currency",
    "promised_at": "o.promised_at", "manager_id": "o.manager_id",
    "total": "o.total - coalesce((SELECT sum(x.gross) FROM cancellations x WHERE x.order_id = o.id), 0)",
    "paid": "o.paid - o.refunded",
}  # fmt: skip
# What is open for every order, whatever policies ask.
_STANDING = {
    "requests": """(
SELECT json_agg(json_build_array(r.policy_code, r.id, r.state, r.measured::text, r.note))
FROM (SELECT DISTINCT ON (policy_code) policy_code, id, state, measured, note
      FROM approval_requests WHERE order_id = o.id AND subject <> 'refund' ORDER BY policy_code, id DESC) r)""",
    "holds": """(
SELECT json_agg(json_build_array(d.id, d.kind, d.reference, d.cause, d.details) ORDER BY d.id)
FROM order_holds d WHERE d.order_id = o.id AND d.closed_at IS NULL)""",
    "alerts": """ARRAY(
SELECT a.reference::text FROM alerts a
WHERE a.order_id = o.id AND a.kind = 'order_held' AND a.closed_at IS NULL)""",
}
# Numbers are told as text: JSON would make fractions of them. The way on and the calendars are the same for every
# order, so that the first row alone has them.
_ASKED = {
    # Goods that no stock covers, with the day of the earliest purchase or, where nothing is bought, of one made today.
    "missing": """(
SELECT json_agg(json_build_array(g.sku, g.quantity::text, g.expected_on) ORDER BY g.place)
FROM (
    SELECT p.sku, sum(l.missing) AS quantity, min(l.position) AS place,
           coalesce(
               (SELECT min(greatest(b.expected_on, $2))
                FROM purchase_order_lines b JOIN purchase_orders u ON u.id = b.purchase_order_id
                WHERE b.product_id = p.id AND u.state = 'ordered' AND b.received < b.quantity),
               (SELECT $2 + t.lead_time_days FROM supply_terms t
                WHERE t.product_id = p.id ORDER BY t.priority, t.supplier_id LIMIT 1)
           ) AS expected_on
    FROM (
        SELECT l.position, l.product_id,
               l.quantity - l.quantity_shipped - l.quantity_cancelled - coalesce((
                   SELECT sum(r.quantity) FILTER (WHERE r.state IN ('held', 'committed'))
                   FROM reservations r WHERE r.order_line_id = l.id), 0) AS missing
        FROM order_lines l WHERE l.order_id = o.id AND l.supplier_id IS NULL
    ) l JOIN products p ON p.id = l.product_id
    WHERE l.missing > 0 GROUP BY p.id
) g)""",
    # A line as limits of approval see it: its worth at the list price of the day it was ordered where that is higher.
    "lines": """(
SELECT json_agg(json_build_array(
           l.position, p.sku,
           (greatest(l.unit_price, coalesce((
               SELECT r.unit_price FROM prices r
               WHERE r.price_list_id = h.price_list_id AND r.product_id = l.product_id
                 AND r.min_quantity <= greatest(l.quantity, 1) AND r.valid_from <= o.placed_at
               ORDER BY r.min_quantity DESC, r.valid_from DESC LIMIT 1), 0)) * l.quantity)::text,
           (l.unit_price * l.quantity - l.discount)::text, l.net::text, (l.unit_cost * l.quantity)::text
       ) ORDER BY l.position)
FROM order_lines l JOIN products p ON p.id = l.product_id
WHERE l.order_id = o.id AND l.quantity_cancelled < l.quantity)""",
    # Of a promise that was moved the customer knows; of one that is due there is nothing to foretell.
    "risk": """(
SELECT json_build_array(k.probability::text, k.cause) FROM order_risks k
WHERE k.order_id = o.id AND o.first_promised_at::date >= $2 AND o.promised_at <= o.first_promised_at)""",
    "entered_at": "(SELECT i.entered_at FROM status_intervals i WHERE i.order_id = o.id AND i.left_at IS NULL)",
    # The way on from each status by its natural step, and how long an order should stay there (business minutes).
    "way": """CASE WHEN row_number() OVER (ORDER BY o.id) = 1 THEN (
SELECT json_agg(json_build_array(
           w.code, w.group_code, coalesce(w.limit_minutes, 0),
           (SELECT t.to_status FROM transitions t WHERE t.from_status = w.code ORDER BY t.position, t.id LIMIT 1)
       ))::text FROM statuses w) END""",
    "calendars": """CASE WHEN row_number() OVER (ORDER BY o.id) = 1 THEN (
SELECT json_agg(json_build_array(
           k.id, k.time_zone,
           (SELECT json_agg(json_build_array(r.weekday, r.opens_at, r.closes_at))
            FROM calendar_rules r WHERE r.calendar_id = k.id),
           (SELECT json_agg(json_build_array(e.day, e.opens_at, e.closes_at))
            FROM calendar_exceptions e WHERE e.calendar_id = k.id)
       ))::text FROM work_calendars k WHERE k.id IN (SELECT calendar_id FROM channels)) END""",
}


@lru_cache(maxsize=64)
def facts_statement(asked: frozenset[str]) -> tuple[Prepared, tuple[str, ...]]:
    """Read orders (``$1``: ids, ``$2``: today) by id, and the names of its columns; ``asked`` are parts that cost."""
    optional = {name: sql for name, sql in _ASKED.items() if name in asked}
    columns = HEADER | _STANDING | optional
    sql = f"""
SELECT {", ".join(columns.values())}
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
WHERE o.id = ANY ($1)
ORDER BY o.id"""
    return Prepared("_".join(("hold_facts", *optional)), ("bigint[]", "date"), sql), tuple(columns)


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
