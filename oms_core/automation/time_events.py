"""Events that the clock tells: an order too long in its status, silent for days, or due within a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.automation.rulebook import rulebook_of
from oms_core.journal import Entry, record
from oms_core.workflow.business_time import Calendar, business_seconds
from oms_core.workflow.calendars import load_calendar

NEAR = timedelta(days=1)
SILENT_DAYS = (1, 2, 3, 5, 7, 14, 30)
"""After how many days of silence it is told; ``change.days`` says after how many."""
_DAY = timedelta(days=1)

# Whom somebody is changing now is left for the next sweep. Each stay, silence and promise is told of once: who reads
# again finds the event that was written, and two sweeps at once would not yet, so one of them gives way.
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('oms.time_events'))")
_OVERDUE = text("""
SELECT o.id, i.visit, i.entered_at, s.limit_minutes, h.calendar_id
FROM orders o
JOIN status_intervals i ON i.order_id = o.id AND i.left_at IS NULL
JOIN statuses s ON s.code = i.status AND s.limit_minutes IS NOT NULL
JOIN channels h ON h.id = o.channel_id
WHERE o.closed_at IS NULL AND o.id > :after
  AND i.entered_at < CAST(:now AS timestamptz) - s.limit_minutes * interval '1 minute'
  AND NOT EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = 'status.overdue'
                  AND (e.payload->>'visit')::integer = i.visit)
ORDER BY o.id LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
""")
_SILENT = text("""
SELECT o.id, spoke.sequence, due.days
FROM orders o, LATERAL (
    SELECT e.occurred_at AS at, e.sequence FROM order_events e
    WHERE e.order_id = o.id AND e.rule IS NULL AND e.kind <> ALL (CAST(:time_kinds AS text[]))
    ORDER BY e.sequence DESC LIMIT 1) spoke, LATERAL (
    SELECT max(d) AS days FROM unnest(CAST(:days AS integer[])) d
    WHERE spoke.at <= CAST(:now AS timestamptz) - d * interval '24 hours') due
WHERE o.closed_at IS NULL AND o.id > :after AND due.days > coalesce((
    SELECT max((e.payload->>'days')::integer) FROM order_events e
    WHERE e.order_id = o.id AND e.kind = 'order.silent' AND e.sequence > spoke.sequence), 0)
ORDER BY o.id LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
""")
_NEAR = text("""
SELECT o.id, o.promised_at
FROM orders o
WHERE o.closed_at IS NULL AND o.id > :after AND o.promised_at >= :now AND o.promised_at < :until
  AND NOT EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = 'promise.near'
                  AND (e.payload->>'promised_at')::timestamptz = o.promised_at)
ORDER BY o.id LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class SweptTime:
    """How many events were told, and after which order id each kind goes on (a kind that is through is absent)."""

    told: int
    next_after: dict[str, int]


@requires(Permission.SYSTEM_RUN)
def sweep_time_events(
    session: Session, *, actor: Actor, now: datetime, after: dict[str, int] | None = None, limit: int = 100
) -> SweptTime:
    """Journal what time brought for the next ``limit`` open orders of each kind; the rules answer before the commit.

    Only kinds to which a rule listens are told at all. Call it again with ``next_after`` until that is empty.
    """
    listened = rulebook_of(session).by_event
    if not listened.keys() & _FINDERS.keys() or not session.scalar(_TAKE_TURN):
        return SweptTime(0, {})
    told, going_on = 0, {}
    for kind, find in _FINDERS.items():
        if kind not in listened or (after is not None and kind not in after):
            continue
        entries, last_id = find(session, now, (after or {}).get(kind, 0), limit)
        record(session, entries, actor_id=actor.id)
        told += len(entries)
        if last_id is not None:
            going_on[kind] = last_id
    return SweptTime(told, going_on)


_Found = tuple[list[Entry], int | None]


def _find_overdue(session: Session, now: datetime, after: int, limit: int) -> _Found:
    """Orders that stayed longer than the limit of their status in business minutes."""
    rows = session.execute(_OVERDUE, {"now": now, "after": after, "limit": limit}).all()
    calendars: dict[int, Calendar] = {}
    entries = []
    for row in rows:
        if row.calendar_id not in calendars:
            calendars[row.calendar_id] = load_calendar(session, row.calendar_id)
        over = business_seconds(row.entered_at, now, calendars[row.calendar_id]) - row.limit_minutes * 60
        if over >= 0:
            payload = {"visit": row.visit, "days": (now - row.entered_at) // _DAY}
            entries.append(Entry(row.id, "status.overdue", now, payload=payload))
    return entries, _last(rows, limit)


def _find_silent(session: Session, now: datetime, after: int, limit: int) -> _Found:
    """Orders of which nobody has done or said anything for some days; what rules did does not break the silence."""
    given = {"now": now, "after": after, "limit": limit, "time_kinds": list(_FINDERS), "days": list(SILENT_DAYS)}
    rows = session.execute(_SILENT, given).all()
    entries = [Entry(row.id, "order.silent", now, payload={"days": row.days, "since": row.sequence}) for row in rows]
    return entries, _last(rows, limit)


def _find_near(session: Session, now: datetime, after: int, limit: int) -> _Found:
    """Orders promised for within a day, once for each date they were promised for."""
    rows = session.execute(_NEAR, {"now": now, "until": now + NEAR, "after": after, "limit": limit}).all()
    entries = [Entry(row.id, "promise.near", now, payload={"promised_at": row.promised_at.isoformat()}) for row in rows]
    return entries, _last(rows, limit)


_FINDERS: dict[str, Callable[[Session, datetime, int, int], _Found]] = {
    "status.overdue": _find_overdue,
    "order.silent": _find_silent,
    "promise.near": _find_near,
}


def _last(rows: Any, limit: int) -> int | None:  # noqa: ANN401 - rows of any statement
    return rows[-1].id if len(rows) == limit else None
