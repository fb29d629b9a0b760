"""Never lost: orders that nobody moves, pays, reserves or answers for, by kind, stage and owner, each with its cure."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.orders import lost_sql as sql
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.orders.stage_pace import CLOCK_KINDS, read_paces
from oms_core.workflow.business_time import business_moment_before
from oms_core.workflow.calendars import load_calendar
from oms_core.workflow.models import Group

MOST = 500
EXPORTED_AT_MOST = 100_000


class Danger(StrEnum):
    """How an order may be lost: silent beyond its stage's own pace, paid yet unreserved, and so on.

    Before it is an order: a message without an outcome, a feed that fails or misses something of a counted day.
    """

    SILENT = "silent"
    UNRESERVED = "unreserved"
    UNPAID = "unpaid"
    TASK = "task"
    OWNER = "owner"
    PROMISE = "promise"
    INBOUND = "inbound"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class LostCount:
    """How many of a kind there are in a stage, with an owner; a task of no order has no stage."""

    kind: Danger
    stage: Group | None
    owner: str | None
    owner_name: str | None
    orders: int


@dataclass(frozen=True, slots=True)
class LostRow:
    """One order (or task, message, feed: ``task`` says which) of a kind.

    ``since`` is the last word, the due time, the promise, or the beginning of it.

    ``version`` is the order's, to be named with the cure; ``phone`` is there for those alone who see personal data.
    """

    kind: Danger
    task_id: int | None
    task: str | None
    since: datetime
    number: str | None
    version: int | None
    status: str | None
    status_name: str | None
    stage: Group | None
    owner: str | None
    owner_name: str | None
    customer: str | None
    phone: str | None
    total: Decimal | None
    currency: str | None
    promised_at: datetime | None


@requires(Permission.ORDER_VIEW)
def count_lost(session: Session, *, now: datetime) -> list[LostCount]:
    """Count what may be lost by kind, stage and owner; an order counts in each kind it is in."""
    rows = session.execute(sql.COUNT_ALL, _facts(session, now))
    return [
        LostCount(Danger(row.kind), row.stage and Group(row.stage), row.owner, row.owner_name, row.orders)
        for row in rows
    ]


@requires(Permission.ORDER_VIEW)
def list_lost(
    session: Session, *, actor: Actor, now: datetime, kind: str | None = None, stage: str | None = None,
    owner: str | None = None, limit: int = 100,
) -> list[LostRow]:  # fmt: skip
    """List what may be lost, what waits longest first; ``owner`` is a login, or empty for nobody's.

    Raises ``Invalid`` for an unknown kind or stage.
    """
    return _list(session, actor, now, kind=kind, stage=stage, owner=owner, limit=max(1, min(limit, MOST)))


@requires(Permission.ORDER_VIEW)
def export_lost(
    session: Session, *, actor: Actor, now: datetime, kind: str | None = None, stage: str | None = None,
    owner: str | None = None,
) -> list[LostRow]:  # fmt: skip
    """List all that ``list_lost`` begins, up to ``EXPORTED_AT_MOST``."""
    return _list(session, actor, now, kind=kind, stage=stage, owner=owner, limit=EXPORTED_AT_MOST)


def _list(
    session: Session, actor: Actor, now: datetime, *, kind: str | None, stage: str | None, owner: str | None, limit: int
) -> list[LostRow]:
    named = None if kind is None else _choice(Danger, "kind", kind)
    if stage is not None:
        _choice(Group, "stage", stage)
    asked = {"stage": stage, "owner": owner, "limit": limit}
    statement = sql.LIST_ALL if named is None else sql.LIST[named]
    found = session.execute(statement, _facts(session, now) | asked)
    rows = [
        LostRow(**row._asdict() | {"kind": Danger(row.kind), "stage": row.stage and Group(row.stage)}) for row in found
    ]
    return rows if sees_personal_data(actor) else [replace(row, customer=HIDDEN, phone=None) for row in rows]


def _facts(session: Session, now: datetime) -> dict[str, Any]:
    """By channel and status: who last spoke then or before is silent, who came then or before is over the limit."""
    paces = read_paces(session)
    limits = {row.code: row.limit_minutes * 60 for row in session.execute(sql.LIMITS)}
    channels = session.execute(sql.CHANNELS).all()
    calendars = {channel.calendar_id: load_calendar(session, channel.calendar_id) for channel in channels}
    moments: dict[tuple[int, int], datetime | None] = {}

    def before(calendar_id: int, seconds: int | None) -> datetime | None:
        if seconds is None:
            return None
        key = calendar_id, seconds
        if key not in moments:
            moments[key] = business_moment_before(now, seconds + 1, calendars[calendar_id])
        return moments[key]

    pairs = [(channel, status) for channel in channels for status in sorted(paces.keys() | limits.keys())]
    return {
        "now": now,
        "clock_kinds": list(CLOCK_KINDS),
        "channels": [channel.id for channel, _status in pairs],
        "statuses": [status for _channel, status in pairs],
        "silent_before": [before(channel.calendar_id, paces.get(status)) for channel, status in pairs],
        "limit_before": [before(channel.calendar_id, limits.get(status)) for channel, status in pairs],
    }


def _choice(choices: type[StrEnum], field: str, value: str) -> Any:  # noqa: ANN401 - one of the choices
    if value not in set(choices):
        rows = [{"field": field, "value": value[:60], "message": f"must be one of {', '.join(choices)}"}]
        raise Invalid(f"'{field}' is none of the choices.", code="unknown_choice", rows=rows)
    return choices(value)
