"""The invariants of orders: quantities, time, journal, cancellations and holds."""

from oms_core.integrity.invariant import Invariant

# The status trail as the journal tells it, and as the intervals do (a closing status has no interval).
_TOLD = """
    SELECT order_id, to_status AS status, from_status,
           lag(to_status) OVER w AS before, row_number() OVER w AS step
    FROM order_events WHERE to_status IS NOT NULL
    WINDOW w AS (PARTITION BY order_id ORDER BY sequence)
"""
_LIVED = """
    SELECT order_id, status, visit::bigint AS step FROM status_intervals
    UNION ALL
    SELECT o.id, o.status, coalesce((SELECT max(visit) FROM status_intervals i WHERE i.order_id = o.id), 0) + 1
    FROM orders o JOIN statuses s ON s.code = o.status WHERE s.group_code IN ('done', 'cancelled')
"""

ORDERS = (
    Invariant(
        "03_quantities",
        "Lines ship, cancel and return no more than they may, and shipments and returns are what lines say",
        """
        SELECT l.id AS order_line_id, l.order_id, l.quantity, l.quantity_shipped, l.quantity_cancelled,
               l.quantity_returned, coalesce(s.quantity, 0) AS shipments, coalesce(r.quantity, 0) AS returns
        FROM order_lines l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM shipment_lines GROUP BY order_line_id) s
            ON s.order_line_id = l.id
        LEFT JOIN (
            SELECT x.order_line_id, sum(x.quantity) AS quantity
            FROM return_lines x JOIN returns n ON n.id = x.return_id AND n.received_at IS NOT NULL
            GROUP BY x.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE l.quantity_shipped + l.quantity_cancelled > l.quantity OR l.quantity_returned > l.quantity_shipped
           OR least(l.quantity_shipped, l.quantity_cancelled, l.quantity_returned) < 0
           OR l.quantity_shipped <> coalesce(s.quantity, 0) OR l.quantity_returned <> coalesce(r.quantity, 0)
        """,
    ),
    Invariant(
        "04_intervals",
        "Status intervals are one chain from placement to close, and an order has one manager at a time",
        """
        SELECT o.id AS order_id, o.number, o.status, i.stays, i.wall_seconds
        FROM orders o
        JOIN statuses s ON s.code = o.status
        LEFT JOIN (
            SELECT order_id, count(*) AS stays, min(entered_at) AS began_at, max(left_at) AS ended_at,
                   sum(wall_seconds) AS wall_seconds, count(*) FILTER (WHERE left_at IS NULL) AS open,
                   bool_and(visit = place AND entered_at IS NOT DISTINCT FROM coalesce(follows, entered_at)
                            AND (visit = 1 OR follows IS NOT NULL)) AS is_chain
            FROM (
                SELECT *, row_number() OVER w AS place, lag(left_at) OVER w AS follows
                FROM status_intervals WINDOW w AS (PARTITION BY order_id ORDER BY visit)
            ) v
            GROUP BY order_id
        ) i ON i.order_id = o.id
        WHERE i.order_id IS NULL OR NOT i.is_chain OR i.began_at <> o.placed_at
           OR i.open <> (s.group_code NOT IN ('done', 'cancelled'))::int
           OR (o.closed_at IS NULL) <> (i.open = 1)
           OR (i.open = 0 AND (i.ended_at <> o.closed_at OR i.wall_seconds <>
               floor(extract(epoch FROM o.closed_at)) - floor(extract(epoch FROM o.placed_at))))
        UNION ALL
        SELECT order_id, NULL, 'assignment', count(*), NULL FROM assignment_intervals
        WHERE left_at IS NULL GROUP BY order_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "05_journal",
        "Each change of a status has its event, and an order's events are numbered without a gap",
        f"""
        SELECT o.id AS order_id, o.last_sequence, e.events, NULL::bigint AS step, NULL AS told, NULL AS lived
        FROM orders o
        LEFT JOIN (
            SELECT order_id, count(*) AS events, min(sequence) AS first, max(sequence) AS last
            FROM order_events GROUP BY order_id
        ) e ON e.order_id = o.id
        WHERE e.order_id IS NULL OR e.first <> 1 OR e.last <> e.events OR o.last_sequence <> e.last
        UNION ALL
        SELECT order_id, NULL, NULL, step, t.status, v.status
        FROM ({_TOLD}) t FULL JOIN ({_LIVED}) v USING (order_id, step)
        WHERE t.status IS DISTINCT FROM v.status OR t.from_status IS DISTINCT FROM t.before
        UNION ALL  -- actor and manager are no foreign keys, see journal.py
        SELECT n.order_id, NULL, NULL, n.sequence, 'user ' || n.user_id, NULL
        FROM (SELECT order_id, sequence, actor_id AS user_id FROM order_events
              UNION ALL SELECT order_id, sequence, manager_id FROM order_events WHERE manager_id IS NOT NULL) n
        WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = n.user_id)
        """,
    ),
    Invariant(
        "06_cancelled",
        "An order is cancelled exactly when cancellations with a reason cover all that was open",
        """
        SELECT o.id AS order_id, o.number, o.status, coalesce(l.open, 0) AS open,
               coalesce(c.reasons, 0) AS cancellations
        FROM orders o
        JOIN statuses s ON s.code = o.status
        LEFT JOIN (
            SELECT order_id, sum(quantity - quantity_shipped - quantity_cancelled) AS open,
                   sum(quantity_shipped) AS shipped
            FROM order_lines GROUP BY order_id
        ) l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, count(reason) AS reasons FROM cancellations GROUP BY order_id) c
            ON c.order_id = o.id
        WHERE (s.group_code = 'cancelled' AND (coalesce(l.open, 0) <> 0 OR c.order_id IS NULL))
           OR (s.group_code <> 'cancelled' AND c.order_id IS NOT NULL AND coalesce(l.open, 0) = 0
               AND coalesce(l.shipped, 0) = 0)
        UNION ALL
        SELECT l.order_id, NULL, 'line ' || l.position, l.quantity_cancelled, coalesce(c.quantity, 0)
        FROM order_lines l
        LEFT JOIN (
            SELECT order_line_id, sum(quantity) AS quantity FROM cancellations GROUP BY order_line_id
        ) c ON c.order_line_id = l.id
        WHERE l.quantity_cancelled <> coalesce(c.quantity, 0)
        """,
    ),
    Invariant(
        "13_holds",
        "No order on hold is being picked or waits for the carrier",
        """
        SELECT o.id AS order_id, o.number, o.status, h.cause
        FROM order_holds h JOIN orders o ON o.id = h.order_id JOIN statuses s ON s.code = o.status
        WHERE h.closed_at IS NULL AND s.group_code IN ('pick', 'ship')
        """,
    ),
)
