"""The statements of the order queue. Whatever the shop's size, a page reads little more than its own rows."""

from sqlalchemy import text

from oms_core.orders.views import Sort

# A line that no stock covers and that no supplier ships himself.
HAS_SHORT_LINE = """EXISTS (
    SELECT FROM order_lines l
    WHERE l.order_id = o.id AND l.supplier_id IS NULL
      AND l.quantity - l.quantity_shipped - l.quantity_cancelled > (
          SELECT coalesce(sum(r.quantity), 0) FROM reservations r
          WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')))"""

_KEYS = {
    Sort.NEWEST: ("o.placed_at", "DESC", "<"),
    Sort.OLDEST: ("o.placed_at", "ASC", ">"),
    # The index of what is due holds open orders only, those without a promise last.
    Sort.PROMISED: ("coalesce(o.promised_at, 'infinity'::timestamptz)", "ASC", ">"),
}

# Each status has its own range of the index in the order of placement: they are merged, never sorted as a whole.
_BY_STATUS = """
    SELECT o.id, o.sort_key
    FROM statuses s CROSS JOIN LATERAL (
        SELECT o.id, {key} AS sort_key FROM orders o
        WHERE o.status = s.code AND {where}
        ORDER BY {key} {direction}, o.id {direction} LIMIT :limit
    ) o
    WHERE s.group_code = ANY (CAST(:groups AS text[]))
    ORDER BY o.sort_key {direction}, o.id {direction} LIMIT :limit
"""
_STRAIGHT = """
    SELECT o.id, {key} AS sort_key FROM orders o
    WHERE {where}
    ORDER BY {key} {direction}, o.id {direction} LIMIT :limit
"""
_IN_GROUPS = "o.status = ANY (ARRAY(SELECT code FROM statuses WHERE group_code = ANY (CAST(:groups AS text[]))))"

_PAGE = f"""
WITH page AS MATERIALIZED ({{page}})
SELECT o.id, page.sort_key::text AS sort_key, o.number, o.external_ref, o.placed_at, c.name AS customer,
       h.code AS channel, h.name AS channel_name, o.type, t.name AS type_name,
       o.status, s.name AS status_name, s.group_code AS status_group,
       m.login AS manager, m.name AS manager_name, w.code AS warehouse,
       (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) AS line_count,
       o.total, o.paid, o.refunded, o.currency, o.promised_at,
       o.closed_at IS NULL AND coalesce(o.promised_at < :now, false) AS is_late,
       s.group_code NOT IN ('deliver', 'done', 'cancelled') AND {HAS_SHORT_LINE} AS is_backordered,
       EXISTS (SELECT FROM order_holds b WHERE b.order_id = o.id AND b.closed_at IS NULL) AS is_on_hold,
       greatest(0, extract(epoch FROM coalesce(o.closed_at, :now) - o.placed_at))::bigint AS age_seconds, o.version
FROM page JOIN orders o ON o.id = page.id
JOIN customers c ON c.id = o.customer_id
JOIN channels h ON h.id = o.channel_id
JOIN statuses s ON s.code = o.status
LEFT JOIN order_types t ON t.code = o.type
LEFT JOIN users m ON m.id = o.manager_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
ORDER BY page.sort_key {{direction}}, o.id {{direction}}
"""

_IN_CHANNEL = "(CAST(:channel AS text) IS NULL OR o.channel_id = (SELECT id FROM channels WHERE code = :channel))"
COUNTS = text(f"""
SELECT count(*) FILTER (WHERE o.stage IN ('preorder', 'new')) AS to_confirm,
       count(*) FILTER (WHERE o.stage IN ('confirm', 'supply', 'pick')) AS to_pick,
       count(*) FILTER (WHERE o.stage = 'ship') AS to_ship,
       count(*) FILTER (WHERE o.stage = 'deliver') AS in_delivery,
       count(*) FILTER (WHERE o.is_backordered) AS backordered,
       count(*) FILTER (WHERE o.promised_at < :now) AS late,
       count(*) FILTER (WHERE o.manager_id = (SELECT id FROM users WHERE login = :manager)) AS mine,
       (SELECT count(*) FROM orders o WHERE {_IN_CHANNEL}) AS "all"
FROM (
    SELECT s.group_code AS stage, o.promised_at, o.manager_id,
           s.group_code <> 'deliver' AND {HAS_SHORT_LINE} AS is_backordered
    FROM orders o JOIN statuses s ON s.code = o.status
    WHERE o.closed_at IS NULL AND {_IN_CHANNEL}
) o
""")


def page(where: str, *, sort: Sort, by_status: bool, walks: bool) -> str:
    """Compose the statement of one page: ``where`` speaks of ``o``, with groups only where ``by_status``."""
    key, direction, _ = _KEYS[sort]
    if by_status and walks and sort is not Sort.PROMISED:
        inner = _BY_STATUS
    else:
        inner, where = _STRAIGHT, f"{where} AND {_IN_GROUPS}" if by_status else where
    return _PAGE.format(page=inner.format(key=key, direction=direction, where=where), direction=direction)


def after(sort: Sort) -> str:
    """Compose the condition of a page that begins after ``:after_key`` and ``:after_id``."""
    key, _, comparison = _KEYS[sort]
    return f"({key}, o.id) {comparison} (CAST(:after_key AS timestamptz), :after_id)"
