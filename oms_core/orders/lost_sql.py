"""The statements that find orders about to be lost: a SELECT for each kind, of open orders alone."""

from sqlalchemy import text

from oms_core.orders.queue_sql import HAS_SHORT_LINE

_OPEN = """orders o JOIN statuses s ON s.code = o.status
JOIN status_intervals i ON i.order_id = o.id AND i.left_at IS NULL
LEFT JOIN cutoffs k ON k.channel_id = o.channel_id AND k.status = o.status"""
_LOOK = """SELECT '{kind}' AS kind, o.id AS order_id, NULL::bigint AS task_id, {since} AS since,
       o.manager_id AS owner_id, s.group_code AS stage, NULL::text AS label"""
_BEFORE_WORK = "s.group_code IN ('new', 'confirm', 'supply')"
_BEFORE_HANDOVER = "s.group_code IN ('new', 'confirm', 'supply', 'pick', 'ship')"
_RESERVES = """EXISTS (
    SELECT FROM order_lines l JOIN reservations r ON r.order_line_id = l.id AND r.state IN ('held', 'committed')
    WHERE l.order_id = o.id)"""
_IS_FREE = """EXISTS (
    SELECT FROM order_lines l
    JOIN stock_levels e ON e.product_id = l.product_id AND e.on_hand > e.reserved
    JOIN locations place ON place.id = e.location_id AND place.kind = 'stock'
    WHERE l.order_id = o.id AND l.supplier_id IS NULL
      AND l.quantity - l.quantity_shipped - l.quantity_cancelled > coalesce((
          SELECT sum(r.quantity) FROM reservations r
          WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')), 0))"""

# Whoever came to the status after the cutoff cannot be silent: their last entry is not looked for.
SILENT = f"""
{_LOOK.format(kind="silent", since="greatest(i.entered_at, spoke.at)")}
FROM {_OPEN}
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT e.occurred_at FROM order_events e
                     WHERE e.order_id = o.id AND e.rule IS NULL AND e.kind <> ALL (CAST(:clock_kinds AS text[]))
                     ORDER BY e.sequence DESC LIMIT 1), i.entered_at) AS at) spoke
WHERE o.closed_at IS NULL AND i.entered_at <= k.silent_before AND spoke.at <= k.silent_before
"""
UNRESERVED = f"""
{_LOOK.format(kind="unreserved", since="i.entered_at")}
FROM {_OPEN}
WHERE o.closed_at IS NULL AND o.paid - o.refunded >= o.total AND o.paid > 0 AND {_BEFORE_HANDOVER}
  AND {HAS_SHORT_LINE} AND {_IS_FREE}
"""
UNPAID = f"""
{_LOOK.format(kind="unpaid", since="i.entered_at")}
FROM {_OPEN}
WHERE o.closed_at IS NULL AND o.paid - o.refunded < o.total AND {_BEFORE_WORK}
  AND i.entered_at <= k.limit_before AND {_RESERVES}
"""
OWNER = f"""
{_LOOK.format(kind="owner", since="coalesce(away.first_day::timestamptz, i.entered_at)")}
FROM {_OPEN}
JOIN (
    SELECT u.id, u.is_active, (
        SELECT min(a.first_day) FROM absences a LEFT JOIN work_calendars c ON c.id = u.calendar_id
        WHERE a.user_id = u.id AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date
              BETWEEN a.first_day AND a.last_day) AS first_day
    FROM users u) away ON away.id = o.manager_id
WHERE o.closed_at IS NULL AND (NOT away.is_active OR away.first_day IS NOT NULL)
"""
# As the index of what is due has it.
PROMISE = f"""
{_LOOK.format(kind="promise", since="o.promised_at")}
FROM {_OPEN}
WHERE o.closed_at IS NULL AND coalesce(o.promised_at, 'infinity'::timestamptz) < :now
"""
TASK = """
SELECT 'task' AS kind, t.order_id, t.id AS task_id, t.due_at AS since,
       coalesce(t.assignee_id, o.manager_id) AS owner_id, s.group_code AS stage, t.title AS label
FROM tasks t LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN statuses s ON s.code = o.status
WHERE t.done_at IS NULL AND t.due_at <= :now
"""
# What is no order yet: a message that came in has an outcome within 15 minutes, and every feed brings what it has.
_NO_ORDER = """SELECT '{kind}' AS kind, NULL::bigint AS order_id, NULL::bigint AS task_id, {since} AS since,
       NULL::bigint AS owner_id, NULL::text AS stage, {label} AS label"""
INBOUND = f"""
{_NO_ORDER.format(kind="inbound", since="m.received_at", label="c.name || ' · ' || m.external_id")}
FROM inbound_messages m JOIN channels c ON c.id = m.channel_id
WHERE m.outcome IS NULL AND m.received_at <= CAST(:now AS timestamptz) - interval '15 minutes'
"""
FEED = f"""
{_NO_ORDER.format(kind="feed", since="f.failed_since", label="f.code || ': ' || f.failure")}
FROM channel_feeds f WHERE f.is_active AND f.failed_since IS NOT NULL
UNION ALL
{
    _NO_ORDER.format(
        kind="feed",
        since="r.first_checked_at",
        label="f.code || ' ' || r.day || ': ' || left(array_to_string(r.still_missing, ', '), 200)",
    )
}
FROM feed_reconciliations r JOIN channel_feeds f ON f.id = r.feed_id WHERE r.still_missing <> '{{}}'
"""
BY_KIND = {
    "silent": SILENT, "unreserved": UNRESERVED, "unpaid": UNPAID, "task": TASK, "owner": OWNER, "promise": PROMISE,
    "inbound": INBOUND, "feed": FEED,
}  # fmt: skip
_CUTOFFS = """
WITH cutoffs AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:channels AS bigint[]), CAST(:statuses AS text[]), CAST(:silent_before AS timestamptz[]),
        CAST(:limit_before AS timestamptz[])) AS g (channel_id, status, silent_before, limit_before)
), found AS ({found})
"""
_COUNTS = """
SELECT f.kind, f.stage, u.login AS owner, u.name AS owner_name, f.orders
FROM (SELECT kind, stage, owner_id, count(*) AS orders FROM found GROUP BY kind, stage, owner_id) f
LEFT JOIN users u ON u.id = f.owner_id
"""
# The few that are shown are picked first: who ordered is looked up for these alone.
_ROWS = """
SELECT f.kind, f.task_id, f.label AS task, f.since, o.number, o.version, o.status, s.name AS status_name, f.stage,
       f.owner, f.owner_name, c.name AS customer,
       (SELECT value FROM contacts x WHERE x.customer_id = c.id AND x.kind = 'phone' ORDER BY x.id LIMIT 1) AS phone,
       o.total, o.currency, o.promised_at
FROM (
    SELECT n.*, u.login AS owner, u.name AS owner_name
    FROM found n LEFT JOIN users u ON u.id = n.owner_id
    WHERE (CAST(:stage AS text) IS NULL OR n.stage = :stage)
      AND (CAST(:owner AS text) IS NULL OR coalesce(u.login, '') = :owner)
    ORDER BY n.since, n.order_id LIMIT :limit) f
LEFT JOIN tasks t ON t.id = f.task_id
LEFT JOIN orders o ON o.id = f.order_id
LEFT JOIN statuses s ON s.code = o.status
LEFT JOIN customers c ON c.id = coalesce(o.customer_id, t.customer_id)
ORDER BY f.since, f.order_id
"""
CHANNELS = text("SELECT id, calendar_id FROM channels ORDER BY id")
LIMITS = text("SELECT code, limit_minutes FROM statuses WHERE limit_minutes IS NOT NULL")
COUNT_ALL = text(_CUTOFFS.format(found=" UNION ALL ".join(BY_KIND.values())) + _COUNTS)
LIST = {kind: text(_CUTOFFS.format(found=found) + _ROWS) for kind, found in BY_KIND.items()}
LIST_ALL = text(_CUTOFFS.format(found=" UNION ALL ".join(BY_KIND.values())) + _ROWS)
