"""The agenda: what people are to do, about an order, a customer or neither, and by when."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.customers.models import Customer
from oms_core.errors import Invalid, NotFound
from oms_core.journal import Entry, record, standing_cause
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.tasks.models import Task
from oms_core.tasks.own_clock import instant_of, zone_of
from oms_core.workflow.business_time import after_business_seconds
from oms_core.workflow.calendars import load_calendar

KINDS = ("call", "message", "check", "pack", "buy", "other")
LONGEST_TITLE, LONGEST_NOTE, LONGEST_DUE_MINUTES = 200, 2_000, 60 * 24 * 365
_EARLIEST, _LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - by whoever's clock


@requires(Permission.TASK_WORK)
def add_task(
    session: Session, *, actor: Actor, now: datetime, title: str, kind: str = "other", number: str | None = None,
    customer_id: int | None = None, assignee: str | None = None, due_minutes: int | None = None,
    due_at: datetime | None = None, note: str = "", until_left: bool = False,
) -> int:  # fmt: skip
    """Add a task and return its id; of an order it is its customer's too.

    Due after ``due_minutes`` of the working hours of the order's channel (without an order minutes are minutes), or at
    ``due_at``: an instant, or without a zone a time by the actor's own clock. ``until_left`` closes it once the order
    leaves the status it is in now. Raises ``Invalid`` naming fields, ``NotFound`` for order and customer.
    """
    refuse_malformed(title, kind, due_minutes, due_at, note)
    order = None if number is None else lock_order(session, number)
    user_id = None if assignee is None else active_user(session, assignee)
    if order is not None:
        customer_id = order.customer_id
    elif customer_id is not None:
        _refuse_unknown_customer(session, customer_id)
    due = _due_at(session, order, actor=actor, now=now, minutes=due_minutes, due_at=due_at)
    cause = standing_cause(session)
    task = Task(
        kind=kind, title=title.strip(), order_id=order and order.id, customer_id=customer_id, assignee_id=user_id,
        status=order.status if order is not None and until_left else None, note=note.strip(), due_at=due,
        first_due_at=due, rule=cause and cause.rule, created_at=now, created_by=actor.id,
    )  # fmt: skip
    session.add(task)
    session.flush()
    if order is not None:
        payload = {"task": task.id, "kind": kind, "title": task.title, "assignee": assignee}
        record(session, [Entry(order.id, "task.added", now, payload=payload)], actor_id=actor.id)
    return task.id


def refuse_malformed(
    title: str, kind: str, due_minutes: int | None, due_at: datetime | None, note: str
) -> None:  # fmt: skip
    """Raise ``Invalid`` (``malformed_task``) naming each field at fault."""
    rows: list[dict[str, Any]] = []
    if not 1 <= len(title.strip()) <= LONGEST_TITLE or "\0" in title:
        rows.append(_fault("title", title[:60], f"must be text of 1 to {LONGEST_TITLE} characters"))
    if kind not in KINDS:
        rows.append(_fault("kind", kind[:60], f"must be one of {', '.join(KINDS)}"))
    if due_minutes is not None and not 0 < due_minutes <= LONGEST_DUE_MINUTES:
        rows.append(_fault("due_minutes", due_minutes, f"must be from 1 to {LONGEST_DUE_MINUTES}"))
    if due_at is not None and (due_minutes is not None or not _EARLIEST <= due_at.replace(tzinfo=None) <= _LATEST):
        rows.append(_fault("due_at", due_at.isoformat(), "must be a time of this century, and the only one given"))
    if len(note) > LONGEST_NOTE or "\0" in note:
        rows.append(_fault("note", note[:60], f"must be text of at most {LONGEST_NOTE} characters"))
    if rows:
        raise Invalid("The task cannot be kept so.", code="malformed_task", rows=rows)


def active_user(session: Session, login: str) -> int:
    """Return the id of somebody who works here; raises ``Invalid`` (``unknown_assignee``)."""
    known = select(User.id).where(User.login == login, User.login != SYSTEM, User.is_active)
    user_id = session.scalar(known)
    if user_id is None:
        rows = [_fault("assignee", login, "is no active user")]
        raise Invalid(f"There is no active user '{login}'.", code="unknown_assignee", rows=rows)
    return user_id


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": message}


def _refuse_unknown_customer(session: Session, customer_id: int) -> None:
    if session.scalar(select(Customer.id).where(Customer.id == customer_id)) is None:
        rows = [{"field": "customer_id", "value": customer_id}]
        raise NotFound(f"There is no customer {customer_id}.", code="unknown_customer", rows=rows)


def _due_at(
    session: Session, order: Order | None, *, actor: Actor, now: datetime, minutes: int | None, due_at: datetime | None
) -> datetime | None:
    if due_at is not None:
        return due_at if due_at.tzinfo else instant_of(due_at, zone_of(session, user_id=actor.id))
    if minutes is None:
        return None
    if order is None:
        return now + timedelta(minutes=minutes)
    calendar = load_calendar(session, session.get_one(Channel, order.channel_id).calendar_id)
    return after_business_seconds(now, minutes * 60, calendar)
