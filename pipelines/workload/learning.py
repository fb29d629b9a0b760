"""Learning effort from the journal: what owners did to their orders in the last months, published as a table."""

from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from oms_core.workflow.business_time import Calendar
from oms_core.workflow.calendars import load_calendar
from pipelines.journal_feed import INSTANT, Schema, copy_frame
from pipelines.store import Store
from pipelines.workload.effort import learn_effort, size_of, worked_minutes

TABLE = "handling_effort"
LEARNT_FROM = timedelta(days=90)

# An act belongs to the stay that it ended or happened in. What the system did took nobody's time.
_ACTS = """
SELECT e.order_id, i.visit, u.login AS actor, (e.actor_id = i.manager_id)::text AS is_owner,
       e.occurred_at AT TIME ZONE 'UTC' AS occurred_at, i.entered_at AT TIME ZONE 'UTC' AS entered_at
FROM order_events e
JOIN users u ON u.id = e.actor_id AND u.login <> 'system'
JOIN LATERAL (
    SELECT s.visit, s.entered_at, s.manager_id FROM status_intervals s
    WHERE s.order_id = e.order_id AND s.entered_at <= e.occurred_at
      AND (s.left_at IS NULL OR s.left_at >= e.occurred_at)
    ORDER BY s.visit LIMIT 1) i ON true
WHERE e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
ORDER BY e.actor_id, e.occurred_at, e.id
"""
_ACT: Schema = {
    "order_id": pl.Int64, "visit": pl.Int64, "actor": pl.String, "is_owner": pl.Boolean, "occurred_at": INSTANT,
    "entered_at": INSTANT,
}  # fmt: skip
_STAYS = """
SELECT s.order_id, s.visit, s.group_code AS status_group, o.type AS order_type,
       (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) AS lines
FROM status_intervals s JOIN orders o ON o.id = s.order_id
WHERE s.left_at >= %(since)s AND s.left_at < %(until)s AND s.manager_id IS NOT NULL
  AND o.import_batch_id IS NULL AND NOT o.is_test
"""
_STAY: Schema = {
    "order_id": pl.Int64, "visit": pl.Int64, "status_group": pl.String, "order_type": pl.String, "lines": pl.Int64,
}  # fmt: skip
_CALENDARS = text("""
SELECT u.login, coalesce(u.calendar_id, (SELECT id FROM work_calendars ORDER BY id LIMIT 1)) AS calendar_id FROM users u
""")


def publish_effort(engine: Engine, store: Store, *, now: datetime) -> int:
    """Learn from the stays that ended in the last ninety days and publish ``handling_effort``; returns their number.

    Past orders from files are left out: nobody handled them here.
    """
    span = {"since": now - LEARNT_FROM, "until": now}
    with engine.connect() as connection:
        acts, stays = copy_frame(connection, _ACTS, _ACT, span), copy_frame(connection, _STAYS, _STAY, span)
        calendars = _calendars(connection, acts["actor"].unique().to_list())
    store.publish(TABLE, learn_effort(_worked(stays, worked_minutes(acts, calendars))))
    return stays.height


def _worked(stays: pl.DataFrame, acts: pl.DataFrame) -> pl.DataFrame:
    """What the owner worked on every stay: nothing where they did nothing, unknown where one act's time is."""
    minutes = pl.col("minutes")
    worked = (
        acts.filter("is_owner")
        .group_by("order_id", "visit")
        .agg(minutes=pl.when(minutes.is_not_null().all()).then(minutes.sum()), acts=pl.len())
    )
    return stays.join(worked, on=["order_id", "visit"], how="left").select(
        "status_group", "order_type", size=size_of(pl.col("lines")),
        minutes=pl.when(pl.col("acts").is_null()).then(0.0).otherwise(minutes),
    )  # fmt: skip


def _calendars(connection: Connection, logins: list[str]) -> dict[str, Calendar]:
    known = {row.login: row.calendar_id for row in connection.execute(_CALENDARS)}
    with Session(connection) as session:
        loaded = {found: load_calendar(session, found) for found in {known[login] for login in logins}}
    return {login: loaded[known[login]] for login in logins}
