"""The statements of the order queue. Whatever the shop's size, a page reads little more than its own rows.

A page is found as ids in its order first, by a statement composed for the question; what its rows say is read by one
statement that never changes and is prepared once per connection: planning it took longer than running it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from oms_core.db import Prepared
from oms_core.orders.views import AT_RISK, OPEN_SORTS, Sort

# A line that no stock covers and that no supplier ships himself. A scalar, which the planner leaves where it stands.
HAS_SHORT_LINE = """coalesce((
    SELECT true FROM order_lines l
    WHERE l.order_id = o.id AND l.supplier_id IS NULL
      AND l.quantity - l.quantity_shipped - l.quantity_cancelled > (
          SELECT coalesce(sum(r.quantity), 0) FROM reservations r
          WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed'))
    LIMIT 1), false)"""
# As an array: the planner, who cannot know how few they are, would walk through all orders to meet the first of them.
AMONG_THE_RISKY = f"o.id = ANY (ARRAY(SELECT order_id FROM order_risks WHERE probability >= {AT_RISK}))"


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is sorted: the key, its id beside it for equals, which way, and the type of the key."""

    key: str
    id: str = "o.id"
    direction: str = "ASC"
    type: str = "timestamptz"
    source: str = "orders o"

    def after(self) -> str:
        """The condition of a page that begins after ``:after_key`` and ``:after_id``."""
        sign = ">" if self.direction == "ASC" else "<"
        return f"({self.key}, {self.id}) {sign} (CAST(:after_key AS {self.type}), :after_id)"

    def by(self) -> str:
        """The list's order."""
        return f"{self.key} {self.direction}, {self.id} {self.direction}"


ORDERS = {
    Sort.NEWEST: Order("o.placed_at", direction="DESC"),
    Sort.OLDEST: Order("o.placed_at"),
    # The index of what is due holds open orders only, those without a promise last.
    Sort.PROMISED: Order("coalesce(o.promised_at, 'infinity'::timestamptz)"),
    Sort.VALUE: Order("o.total", direction="DESC", type="numeric"),
    Sort.WAITING: Order(
        "i.entered_at", id="i.order_id", source="status_intervals i JOIN orders o ON o.id = i.order_id"
    ),
    Sort.RISK: Order(
        "k.probability", id="k.order_id", direction="DESC", type="numeric",
        source="order_risks k JOIN orders o ON o.id = k.order_id",
    ),
}  # fmt: skip
_STILL_THERE = "i.left_at IS NULL"

CODES_OF_GROUPS = text("SELECT code FROM statuses WHERE group_code = ANY (CAST(:groups AS text[])) ORDER BY code")
IN_STATUSES = "o.status = ANY (CAST(:statuses AS text[]))"


def walk(where: str, *, sort: Sort, statuses: Sequence[str] | None, limit: int) -> str:
    """Compose the ids of a page in the queue's order, with the key of each; ``where`` speaks of ``o``.

    In the order of placement each status has its own range of an index: they are merged as far as the page needs,
    never sorted as a whole.
    """
    order = ORDERS[sort]
    if sort is Sort.WAITING:
        where = f"{where} AND {_STILL_THERE}"
    if statuses is not None and sort in OPEN_SORTS:
        where = f"{where} AND {IN_STATUSES}"
    if statuses is None or sort in OPEN_SORTS:
        chosen = f"SELECT o.id, ({order.key})::text AS sort_key FROM {order.source} WHERE {where}"
        return f"{chosen} ORDER BY {order.by()} LIMIT {limit:d}"
    if not statuses:
        return "SELECT 0::bigint AS id, '' AS sort_key WHERE false"
    ranges = " UNION ALL ".join(
        f"(SELECT o.id, {order.key} AS sort_key FROM orders o WHERE o.status = :status_{place:d} AND {where}"
        f" ORDER BY {order.by()})"
        for place in range(len(statuses))
    )
    direction = order.direction
    return (
        f"SELECT id, sort_key::text FROM ({ranges}) o ORDER BY o.sort_key {direction}, o.id {direction} LIMIT {limit:d}"
    )


def short_list(where: str, *, sort: Sort, statuses: Sequence[str] | None, limit: int) -> str:
    """Compose the same of the orders ``:found``: they are few, so they are sorted whatever the order is."""
    order = ORDERS[sort]
    where = where if statuses is None else f"{where} AND {IN_STATUSES}"
    kept_beside = {
        Sort.WAITING: f"JOIN status_intervals i ON i.order_id = o.id AND {_STILL_THERE}",
        Sort.RISK: "JOIN order_risks k ON k.order_id = o.id",
    }
    return f"""
        SELECT o.id, ({order.key})::text AS sort_key
        FROM (SELECT DISTINCT unnest(CAST(:found AS bigint[])) AS id OFFSET 0) f JOIN orders o ON o.id = f.id
            {kept_beside.get(sort, "")}
        WHERE {where} ORDER BY {order.by()} LIMIT {limit:d}"""


_HOLDS = "ARRAY(SELECT DISTINCT b.kind FROM order_holds b WHERE b.order_id = o.id AND b.closed_at IS NULL ORDER BY 1)"
# Whether a day has begun is asked of the calendar the person works by.
_AWAY = """(NOT m.is_active OR EXISTS (
    SELECT FROM absences a LEFT JOIN work_calendars k ON k.id = m.calendar_id
    WHERE a.user_id = m.id
      AND ($2 AT TIME ZONE coalesce(k.time_zone, 'UTC'))::date BETWEEN a.first_day AND a.last_day))"""
ROWS = Prepared(
    "rows_of_the_queue",
    ("bigint[]", "timestamptz"),
    f"""
SELECT o.number, o.external_ref, o.placed_at, c.name, h.code, h.name, o.type, t.name, o.status, s.name, s.group_code,
       m.login, m.name, w.code, (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id),
       o.total, o.paid, o.refunded, o.currency, o.promised_at,
       CASE WHEN o.closed_at IS NOT NULL OR o.promised_at IS NULL THEN NULL
            WHEN o.promised_at < $2 THEN 'late'
            WHEN (o.promised_at AT TIME ZONE h.time_zone)::date = ($2 AT TIME ZONE h.time_zone)::date THEN 'today'
            ELSE 'in_time' END,
       CASE WHEN o.closed_at IS NULL AND o.promised_at < $2
            THEN extract(epoch FROM $2 - o.promised_at)::bigint ELSE 0 END,
       s.group_code NOT IN ('deliver', 'done', 'cancelled') AND {HAS_SHORT_LINE},
       {_HOLDS},
       o.closed_at IS NULL AND m.id IS NOT NULL AND {_AWAY},
       greatest(0, extract(epoch FROM coalesce(o.closed_at, $2) - o.placed_at))::bigint,
       (SELECT greatest(0, extract(epoch FROM $2 - i.entered_at))::bigint
        FROM status_intervals i WHERE i.order_id = o.id AND i.left_at IS NULL),
       o.version, k.probability, k.cause
FROM unnest($1) WITH ORDINALITY AS page (id, place)
JOIN orders o ON o.id = page.id
JOIN customers c ON c.id = o.customer_id
JOIN channels h ON h.id = o.channel_id
JOIN statuses s ON s.code = o.status
LEFT JOIN order_types t ON t.code = o.type
LEFT JOIN users m ON m.id = o.manager_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
LEFT JOIN order_risks k ON k.order_id = o.id AND o.closed_at IS NULL AND o.first_promised_at >= $2
ORDER BY page.place
""",
)

_IN_CHANNEL = "(CAST(:channel AS text) IS NULL OR o.channel_id = (SELECT id FROM channels WHERE code = :channel))"
COUNTS = text(f"""
SELECT count(*) FILTER (WHERE o.stage IN ('preorder', 'new')) AS to_confirm,
       count(*) FILTER (WHERE o.stage IN ('confirm', 'supply', 'pick')) AS to_pick,
       count(*) FILTER (WHERE o.stage = 'ship') AS to_ship,
       count(*) FILTER (WHERE o.stage = 'deliver') AS in_delivery,
       count(*) FILTER (WHERE o.is_backordered) AS backordered,
       count(*) FILTER (WHERE o.promised_at < :now) AS late,
       count(*) FILTER (WHERE o.first_promised_at >= :now AND o.is_risky) AS at_risk,
       count(*) FILTER (WHERE o.manager_id = (SELECT id FROM users WHERE login = :manager)) AS mine,
       (SELECT count(*) FROM orders o WHERE {_IN_CHANNEL}) AS "all"
FROM (
    SELECT s.group_code AS stage, o.promised_at, o.first_promised_at, o.manager_id,
           k.probability >= {AT_RISK} AS is_risky, s.group_code <> 'deliver' AND {HAS_SHORT_LINE} AS is_backordered
    FROM orders o JOIN statuses s ON s.code = o.status LEFT JOIN order_risks k ON k.order_id = o.id
    WHERE o.closed_at IS NULL AND {_IN_CHANNEL}
) o
""")
