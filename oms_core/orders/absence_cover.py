"""Cover: nothing open may hang on somebody who is away or has left."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid, OmsError
from oms_core.orders.assignment import assign_order
from oms_core.orders.stages import OrderState
from oms_core.workflow.alerts import open_alert


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that somebody answers for and that is not closed."""

    number: str
    status: str
    placed_at: datetime
    promised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Somebody away (``until`` is the last day) or no longer active, and how many open orders hang on them."""

    login: str
    name: str
    is_active: bool
    until: date | None
    open_orders: int


_OPEN = """
SELECT o.number, o.status, o.placed_at, o.promised_at FROM orders o
WHERE o.manager_id = (SELECT id FROM users WHERE login = :login) AND o.closed_at IS NULL
ORDER BY o.id
"""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """An open order of somebody (``login``) who is away or no longer active."""

    number: str
    login: str


UNCOVERED = "order_uncovered"
"""The kind of alert that an order raises which cannot be taken from who is away; its reference is the number."""
_STILL_THEIRS = text("""
SELECT 1 FROM orders WHERE number = :number AND closed_at IS NULL
AND manager_id = (SELECT id FROM users WHERE login = :login) FOR NO KEY UPDATE
""")
# Whether a day has begun is asked of the calendar the person works by.
_AWAY = """
SELECT u.id, u.login, u.name, u.is_active,
       (SELECT max(a.last_day) FROM absences a
        WHERE a.user_id = u.id
          AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date
              BETWEEN a.first_day AND a.last_day) AS until
FROM users u LEFT JOIN work_calendars c ON c.id = u.calendar_id
"""
_UNCOVERED = text(f"""
SELECT away.login, away.name, away.is_active, away.until, count(*) AS open_orders
FROM ({_AWAY}) away JOIN orders o ON o.manager_id = away.id AND o.closed_at IS NULL
WHERE NOT away.is_active OR away.until IS NOT NULL
GROUP BY away.login, away.name, away.is_active, away.until
ORDER BY count(*) DESC, away.login
""")
_LEFT_BEHIND = f"""
SELECT o.id, o.number, away.login FROM ({_AWAY}) away JOIN orders o ON o.manager_id = away.id AND o.closed_at IS NULL
WHERE NOT away.is_active OR away.until IS NOT NULL
"""
_TO_RELEASE = text(f"""
SELECT number, login FROM ({_LEFT_BEHIND}) left_behind
WHERE NOT EXISTS (
    SELECT FROM alerts WHERE kind = '{UNCOVERED}' AND reference = left_behind.number AND closed_at IS NULL)
ORDER BY id
""")
_CLOSE_SETTLED = text(f"""
UPDATE alerts SET closed_at = :now
WHERE kind = '{UNCOVERED}' AND closed_at IS NULL
  AND reference NOT IN (SELECT number FROM ({_LEFT_BEHIND}) left_behind)
""")
_IS_THERE = text(f"SELECT 1 FROM ({_AWAY}) away WHERE away.login = :login AND away.is_active AND away.until IS NULL")


@requires(Permission.ORDER_ASSIGN)
def list_open_orders(session: Session, *, login: str) -> list[OpenOrder]:
    """The open orders this person answers for, the oldest first."""
    return [OpenOrder(*row) for row in session.execute(text(_OPEN), {"login": login}).all()]


@requires(Permission.ORDER_ASSIGN)
def list_uncovered(session: Session, *, now: datetime) -> list[Uncovered]:
    """People away today, or gone, on whom open orders still hang."""
    return [Uncovered(*row) for row in session.execute(_UNCOVERED, {"now": now}).all()]


@requires(Permission.ORDER_ASSIGN)
def list_releasable(session: Session, *, now: datetime, login: str, to: str | None) -> list[str]:
    """Numbers of a person's open orders, to be given to a colleague or (None) to the pool, from which anybody takes.

    Raises ``Invalid`` (``colleague_away``) for a colleague who is away today, gone, or the same person.
    """
    is_there = to is None or (to != login and session.scalar(_IS_THERE, {"now": now, "login": to}) is not None)
    if not is_there:
        rows = [{"field": "to", "value": to, "message": "is away, gone or the same person"}]
        raise Invalid(f"'{to}' cannot take these orders now.", code="colleague_away", rows=rows)
    return [one.number for one in list_open_orders(session, login=login)]


@requires(Permission.ORDER_ASSIGN)
def release_order(
    session: Session, *, actor: Actor, now: datetime, number: str, login: str, to: str | None
) -> OrderState | None:
    """Give one order of a person away; None, and nothing happens, where it was closed or given to another meanwhile."""
    if session.scalar(_STILL_THEIRS, {"number": number, "login": login}) is None:
        return None
    return assign_order(session, actor=actor, now=now, number=number, manager=to)


@requires(Permission.SYSTEM_RUN)
def list_left_behind(session: Session, *, actor: Actor, now: datetime) -> list[LeftBehind]:  # noqa: ARG001 - as the door calls
    """What is to be taken from people who are away or gone; closes the alerts of orders that hang on them no more.

    An order that could not be taken is left out while its alert is open: it would be refused every minute.
    """
    session.execute(_CLOSE_SETTLED, {"now": now})
    return [LeftBehind(*row) for row in session.execute(_TO_RELEASE, {"now": now}).all()]


@requires(Permission.SYSTEM_RUN)
def report_left_behind(session: Session, *, actor: Actor, now: datetime, left: LeftBehind, why: OmsError) -> None:  # noqa: ARG001 - as the door calls
    """Raise an alert for an order that could not be taken from who is away."""
    order_id = session.scalar(text("SELECT id FROM orders WHERE number = :number"), {"number": left.number})
    details = {"number": left.number, "login": left.login, "code": why.code}
    message = f"Order {left.number} still hangs on '{left.login}', who is away: {why}"
    open_alert(
        session, kind=UNCOVERED, reference=left.number, message=message, now=now, details=details, order_id=order_id
    )
