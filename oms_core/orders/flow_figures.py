"""The state machine in figures: where open orders stand and for how long, which ways they took lately."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.workflow.business_time import business_moment_before
from oms_core.workflow.calendars import load_calendar

WINDOW_DAYS = 90
MAX_MOVED = 500


@dataclass(frozen=True, slots=True)
class StatusFigures:
    """A status: how many open orders are in it, and how many of them longer than its limit of business minutes."""

    status: str
    open_orders: int
    overdue: int


@dataclass(frozen=True, slots=True)
class EdgeFigures:
    """A way from status to status: how often it was taken in the window, and after what time there (medians)."""

    from_status: str
    to_status: str
    moves: int
    median_wall_seconds: int
    median_business_seconds: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The state machine's figures; edges are the ways that were taken, whether or not they are permitted today."""

    nodes: tuple[StatusFigures, ...]
    edges: tuple[EdgeFigures, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class MovedRow:
    """One move of an order: when, by whom (a name), and after how long in the status before; ``status`` is today's."""

    number: str
    channel_name: str
    status: str
    moved_at: datetime
    actor: str
    wall_seconds: int
    business_seconds: int


@dataclass(frozen=True, slots=True)
class MovedPage:
    """A page of moves, the newest first; ``next_cursor`` is None on the last."""

    rows: tuple[MovedRow, ...]
    next_cursor: str | None


_LIMITS = text("""
SELECT c.id AS channel_id, c.calendar_id, s.code, s.limit_minutes
FROM channels c CROSS JOIN statuses s
WHERE s.limit_minutes IS NOT NULL AND (CAST(:channel AS text) IS NULL OR c.code = :channel)
""")
_NODES = text("""
WITH cutoffs AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:channels AS bigint[]), CAST(:statuses AS text[]), CAST(:cutoffs AS timestamptz[]))
        AS g (channel_id, status, cutoff)
)
SELECT o.status, count(*) AS open_orders, count(*) FILTER (WHERE i.entered_at <= k.cutoff) AS overdue
FROM orders o
JOIN status_intervals i ON i.order_id = o.id AND i.left_at IS NULL
LEFT JOIN cutoffs k ON k.channel_id = o.channel_id AND k.status = o.status
WHERE o.closed_at IS NULL
  AND (CAST(:channel AS text) IS NULL OR o.channel_id = (SELECT id FROM channels WHERE code = :channel))
GROUP BY o.status
""")
# A stay that ended within the window, and what came next: the next stay, or the end that the order is in.
_MOVES = """
SELECT i.order_id, i.visit, i.status AS from_status, coalesce(n.status, o.status) AS to_status, i.left_at,
       i.wall_seconds, i.business_seconds
FROM status_intervals i
JOIN orders o ON o.id = i.order_id
LEFT JOIN status_intervals n ON n.order_id = i.order_id AND n.visit = i.visit + 1
    AND n.entered_at >= :since  -- it begins where the other ends; said once more, it spares reading the older ones
WHERE i.left_at >= :since AND i.left_at <= :now
  AND (CAST(:channel AS text) IS NULL OR o.channel_id = (SELECT id FROM channels WHERE code = :channel))
"""
_EDGES = text(f"""
SELECT from_status, to_status, count(*) AS moves,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY wall_seconds) AS wall,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY business_seconds) AS business
FROM ({_MOVES}) m GROUP BY from_status, to_status ORDER BY from_status, to_status
""")
_MOVED = text(f"""
SELECT o.number, h.name AS channel_name, o.status, m.left_at, u.name AS actor, m.wall_seconds, m.business_seconds,
       m.order_id, m.visit
FROM ({_MOVES} AND i.status = :from_status AND coalesce(n.status, o.status) = :to_status
      AND (CAST(:at AS timestamptz) IS NULL OR (i.left_at, i.order_id, i.visit) < (:at, :order_id, :visit))
      ORDER BY i.left_at DESC, i.order_id DESC, i.visit DESC LIMIT :limit) m
JOIN orders o ON o.id = m.order_id
JOIN channels h ON h.id = o.channel_id
LEFT JOIN LATERAL (
    SELECT actor_id FROM order_events e
    WHERE e.order_id = m.order_id AND e.kind = 'order.status_changed' AND e.from_status = m.from_status
      AND e.to_status = m.to_status AND e.occurred_at = m.left_at ORDER BY e.sequence LIMIT 1
) e ON true
LEFT JOIN users u ON u.id = e.actor_id
ORDER BY m.left_at DESC, m.order_id DESC, m.visit DESC
""")


@requires(Permission.WORKFLOW_VIEW)
def list_flow(session: Session, *, now: datetime, channel: str | None = None) -> Flow:
    """Count the open orders by status and the moves of the last 90 days by their two ends, of a channel or of all."""
    since = now - timedelta(days=WINDOW_DAYS)
    nodes = session.execute(_NODES, {"channel": channel, **_cutoffs(session, channel, now)})
    edges = session.execute(_EDGES, {"channel": channel, "since": since, "now": now})
    return Flow(tuple(StatusFigures(*row) for row in nodes), tuple(EdgeFigures(*row) for row in edges), since)


@requires(Permission.ORDER_VIEW)
def list_moved(
    session: Session, *, now: datetime, from_status: str, to_status: str, channel: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> MovedPage:  # fmt: skip
    """List the moves behind an edge, the newest first; ``cursor`` is the ``next_cursor`` of the page before.

    Raises ``Invalid`` for a cursor that is none.
    """
    size = max(1, min(limit, MAX_MOVED))
    facts = {
        "from_status": from_status, "to_status": to_status, "channel": channel, "now": now,
        "since": now - timedelta(days=WINDOW_DAYS), "limit": size + 1, **_after(cursor),
    }  # fmt: skip
    rows = session.execute(_MOVED, facts).all()
    last = rows[size - 1] if len(rows) > size else None
    return MovedPage(
        tuple(MovedRow(*row[:7]) for row in rows[:size]),
        None if last is None else _encode(last.left_at, last.order_id, last.visit),
    )


def _cutoffs(session: Session, channel: str | None, now: datetime) -> dict[str, list[object]]:
    """By channel and status: who entered it then or before has stayed longer than its limit of working time."""
    rows = session.execute(_LIMITS, {"channel": channel}).all()
    calendars = {row.calendar_id: load_calendar(session, row.calendar_id) for row in rows}
    by_limit = {
        (row.calendar_id, row.limit_minutes): business_moment_before(
            now, row.limit_minutes * 60 + 1, calendars[row.calendar_id]
        )
        for row in rows
    }
    return {
        "channels": [row.channel_id for row in rows],
        "statuses": [row.code for row in rows],
        "cutoffs": [by_limit[row.calendar_id, row.limit_minutes] for row in rows],
    }


def _encode(moved_at: datetime, order_id: int, visit: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([moved_at.isoformat(), order_id, visit]).encode()).decode()


def _after(cursor: str | None) -> dict[str, object]:
    if cursor is None:
        return {"at": None, "order_id": None, "visit": None}
    try:
        moved_at, order_id, visit = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return {"at": datetime.fromisoformat(moved_at), "order_id": int(order_id), "visit": int(visit)}
    except (ValueError, TypeError, binascii.Error):
        rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows) from None
