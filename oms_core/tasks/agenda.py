"""The agenda: what people are to do, about an order or not, and by when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.journal import Entry, record, standing_cause
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.tasks.models import Task
from oms_core.workflow.business_time import after_business_seconds
from oms_core.workflow.calendars import load_calendar

KINDS = ("call", "message", "check", "pack", "buy", "other")
LONGEST_TITLE, LONGEST_NOTE, LONGEST_DUE_MINUTES = 200, 2_000, 60 * 24 * 365


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task; people by login, ``rule`` (``code@version``) asked for it."""

    id: int
    kind: str
    title: str
    number: str | None
    assignee: str | None
    due_at: datetime | None
    done_at: datetime | None
    note: str
    rule: str | None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been done by now."""
        return self.done_at is None and self.due_at is not None and self.due_at < now


@requires(Permission.TASK_WORK)
def add_task(
    session: Session, *, actor: Actor, now: datetime, title: str, kind: str = "other", number: str | None = None,
    assignee: str | None = None, due_minutes: int | None = None, note: str = "",
) -> int:  # fmt: skip
    """Add a task and return its id; due after ``due_minutes`` of the working hours of the order's channel.

    Without an order minutes are minutes. Raises ``Invalid`` naming fields, ``NotFound`` for the order.
    """
    _refuse_malformed(title, kind, due_minutes, note)
    order = None if number is None else lock_order(session, number)
    user_id = None if assignee is None else _active_user(session, assignee)
    cause = standing_cause(session)
    task = Task(
        kind=kind, title=title.strip(), order_id=order and order.id, assignee_id=user_id, note=note.strip(),
        due_at=None if due_minutes is None else _due_at(session, order, now, due_minutes),
        rule=cause and cause.rule, created_at=now, created_by=actor.id,
    )  # fmt: skip
    session.add(task)
    session.flush()
    if order is not None:
        payload = {"task": task.id, "kind": kind, "title": task.title, "assignee": assignee}
        record(session, [Entry(order.id, "task.added", now, payload=payload)], actor_id=actor.id)
    return task.id


@requires(Permission.TASK_WORK)
def finish_task(session: Session, *, actor: Actor, now: datetime, task_id: int) -> None:
    """Say that a task is done; raises ``NotFound``, or ``Conflict`` (``task_done``) where it is already."""
    numbered = select(Order.number).join(Task, Task.order_id == Order.id).where(Task.id == task_id)
    number = session.scalar(numbered)
    order = None if number is None else lock_order(session, number)
    query = select(Task).where(Task.id == task_id).with_for_update()
    task = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if task is None:
        raise NotFound("There is no such task.", code="unknown_task", rows=[{"id": task_id}])
    if task.done_at is not None:
        raise Conflict("The task is done already.", code="task_done", rows=[{"id": task_id}])
    task.done_at, task.done_by = now, actor.id
    if order is not None:
        payload = {"task": task.id, "kind": task.kind, "title": task.title}
        record(session, [Entry(order.id, "task.finished", now, payload=payload)], actor_id=actor.id)


@requires(Permission.TASK_WORK)
def list_tasks(
    session: Session, *, number: str | None = None, assignee: str | None = None, open_only: bool = True,
    limit: int = 100,
) -> list[TaskView]:  # fmt: skip
    """Tasks of an order or a person or all, the open ones first, by when they are due."""
    person = aliased(User)
    query = (
        select(
            Task.id, Task.kind, Task.title, Order.number, person.login, Task.due_at, Task.done_at, Task.note, Task.rule
        )
        .outerjoin(Order, Order.id == Task.order_id)
        .outerjoin(person, person.id == Task.assignee_id)
        .order_by(Task.done_at.is_not(None), Task.due_at.nulls_last(), Task.id)
        .limit(limit)
    )
    if number is not None:
        query = query.where(Order.number == number)
    if assignee is not None:
        query = query.where(person.login == assignee)
    if open_only:
        query = query.where(Task.done_at.is_(None))
    return [TaskView(*row) for row in session.execute(query)]


def _refuse_malformed(title: str, kind: str, due_minutes: int | None, note: str) -> None:
    rows: list[dict[str, Any]] = []
    if not 1 <= len(title.strip()) <= LONGEST_TITLE or "\0" in title:
        rows.append(_fault("title", title[:60], f"must be text of 1 to {LONGEST_TITLE} characters"))
    if kind not in KINDS:
        rows.append(_fault("kind", kind, f"must be one of {', '.join(KINDS)}"))
    if due_minutes is not None and not 0 < due_minutes <= LONGEST_DUE_MINUTES:
        rows.append(_fault("due_minutes", due_minutes, f"must be from 1 to {LONGEST_DUE_MINUTES}"))
    if len(note) > LONGEST_NOTE or "\0" in note:
        rows.append(_fault("note", note[:60], f"must be text of at most {LONGEST_NOTE} characters"))
    if rows:
        raise Invalid("The task cannot be added so.", code="malformed_task", rows=rows)


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": message}


def _active_user(session: Session, login: str) -> int:
    user_id = session.scalar(select(User.id).where(User.login == login, User.is_active))
    if user_id is None:
        rows = [_fault("assignee", login, "is no active user")]
        raise Invalid(f"There is no active user '{login}'.", code="unknown_assignee", rows=rows)
    return user_id


def _due_at(session: Session, order: Order | None, now: datetime, minutes: int) -> datetime:
    if order is None:
        return now + timedelta(minutes=minutes)
    calendar = load_calendar(session, session.get_one(Channel, order.channel_id).calendar_id)
    return after_business_seconds(now, minutes * 60, calendar)
