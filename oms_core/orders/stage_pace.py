"""The usual pace of each status: how long orders stay in it without anything being done or said, in working time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires

WINDOW = timedelta(days=180)
FEWEST = 30
"""Stays below which the past says nothing: the limit of the status counts instead."""
MOST = 5_000
"""Stays of a status that are looked at, the latest: more would tell the same and cost more."""
CLOCK_KINDS = ("status.overdue", "order.silent", "promise.near")
"""Entries that the clock makes: they tell of a silence and do not end it."""

# A stay's longest silence. Its working time is what is stored of the stay; the silence has its share of it.
_MEASURE = text("""
WITH stays AS (
    SELECT * FROM (
        SELECT i.order_id, i.status, i.entered_at, i.left_at, i.wall_seconds, i.business_seconds,
               row_number() OVER (PARTITION BY i.status ORDER BY i.left_at DESC) AS place
        FROM status_intervals i WHERE i.left_at > :since AND i.left_at <= :now) i
    WHERE place <= :most
), silences AS (
    SELECT s.status,
           CASE WHEN s.wall_seconds = 0 THEN 0
                ELSE s.business_seconds * least(1, extract(epoch FROM longest.gap) / s.wall_seconds) END AS seconds
    FROM stays s, LATERAL (
        SELECT max(gap) AS gap FROM (
            SELECT at - lag(at) OVER (ORDER BY at) AS gap FROM (
                SELECT s.entered_at AS at UNION ALL SELECT s.left_at UNION ALL
                SELECT e.occurred_at FROM order_events e
                WHERE e.order_id = s.order_id AND e.occurred_at > s.entered_at AND e.occurred_at < s.left_at
                  AND e.rule IS NULL AND e.kind <> ALL (CAST(:clock_kinds AS text[]))) moments) gaps) longest
)
INSERT INTO stage_paces (status, p95_seconds, sample, measured_at)
SELECT status, percentile_disc(0.95) WITHIN GROUP (ORDER BY round(seconds))::integer, count(*), :now
FROM silences GROUP BY status
ON CONFLICT (status) DO UPDATE
SET p95_seconds = excluded.p95_seconds, sample = excluded.sample, measured_at = excluded.measured_at
""")
_FORGET = text("DELETE FROM stage_paces WHERE measured_at < :now")
_PACES = text("""
SELECT s.code, CASE WHEN p.sample >= :fewest THEN p.p95_seconds ELSE s.limit_minutes * 60 END AS seconds
FROM statuses s LEFT JOIN stage_paces p ON p.status = s.code
WHERE s.group_code NOT IN ('done', 'cancelled')
""")


@requires(Permission.SYSTEM_RUN)
def measure_paces(session: Session, *, actor: Actor, now: datetime) -> int:  # noqa: ARG001 - as the door calls
    """Measure every status anew from the stays that ended lately; returns how many statuses the past speaks of."""
    given = {"now": now, "since": now - WINDOW, "most": MOST, "clock_kinds": list(CLOCK_KINDS)}
    measured = session.execute(_MEASURE, given).rowcount  # type: ignore[attr-defined]
    session.execute(_FORGET, {"now": now})
    return int(measured)


def read_paces(session: Session) -> Mapping[str, int]:
    """Working seconds without an entry, by status, beyond which an order is silent; without a limit there is none."""
    rows = session.execute(_PACES, {"fewest": FEWEST})
    return {row.code: row.seconds for row in rows if row.seconds is not None}
