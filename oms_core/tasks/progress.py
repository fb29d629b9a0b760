"""What becomes of a task: done, opened again, handed over, put off. Its order, where it has one, is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.journal import Cause, Entry, Journalled, caused_by, record
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.tasks.agenda import active_user
from oms_core.tasks.models import Task
from oms_core.tasks.own_clock import instant_of, zone_of

_CLOSE_LEFT = text("""
UPDATE tasks SET done_at = :now
FROM unnest(CAST(:orders AS bigint[]), CAST(:statuses AS text[])) AS g (order_id, status)
WHERE tasks.order_id = g.order_id AND tasks.status = g.status AND tasks.done_at IS NULL
RETURNING tasks.id, tasks.order_id, tasks.kind, tasks.title, tasks.status
""")


@requires(Permission.TASK_WORK)
def finish_task(session: Session, *, actor: Actor, now: datetime, task_id: int) -> None:
    """Say that a task is done; raises ``NotFound``, ``Forbidden``, or ``Conflict`` (``task_done``) where it is."""
    task = _lock_own(session, actor, task_id)
    _refuse_done(task)
    task.done_at, task.done_by = now, actor.id
    _tell(session, task, "task.finished", actor=actor, now=now)


@requires(Permission.TASK_WORK)
def reopen_task(session: Session, *, actor: Actor, now: datetime, task_id: int) -> None:
    """Open a task that was done; raises ``NotFound``, ``Forbidden``, or ``Conflict`` (``task_open``) where it is.

    One that ended with a status of its order no longer waits for that status.
    """
    task = _lock_own(session, actor, task_id)
    if task.done_at is None:
        raise Conflict("The task is open already.", code="task_open", rows=[{"id": task_id}])
    task.done_at = task.done_by = None
    if task.order_id is not None and task.status != session.get_one(Order, task.order_id).status:
        task.status = None
    _tell(session, task, "task.reopened", actor=actor, now=now)


@requires(Permission.TASK_WORK)
def hand_task(session: Session, *, actor: Actor, now: datetime, task_id: int, to: str | None) -> None:
    """Give an open task to somebody, or to nobody: then anybody takes it. Who has it already keeps it.

    Whoever may not give work away takes what is nobody's, and puts back what is theirs. Raises ``Invalid``,
    ``Forbidden``, ``NotFound``, ``Conflict`` (``task_done``).
    """
    task = _lock_own(session, actor, task_id)
    _refuse_done(task)
    if to not in {None, actor.login} and not actor.may(Permission.ORDER_ASSIGN):
        raise _not_yours(actor, task_id)
    user_id = None if to is None else active_user(session, to)
    if user_id == task.assignee_id:
        return
    before = None if task.assignee_id is None else session.get_one(User, task.assignee_id).login
    task.assignee_id = user_id
    _tell(session, task, "task.handed", actor=actor, now=now, told={"from": before, "to": to})


@requires(Permission.TASK_WORK)
def snooze_task(session: Session, *, actor: Actor, now: datetime, task_id: int, until: datetime) -> datetime:
    """Put an open task off and return when it is due then; when it was due at first stays known.

    ``until`` without a zone is a time by the actor's own clock. Raises ``Invalid`` (``not_later``) unless it lies
    ahead, ``Conflict`` (``task_done``), ``NotFound``, ``Forbidden``.
    """
    task = _lock_own(session, actor, task_id)
    _refuse_done(task)
    due_at = until if until.tzinfo else instant_of(until, zone_of(session, user_id=actor.id))
    if due_at <= now:
        rows = [{"field": "until", "value": due_at.isoformat(), "message": "must lie ahead"}]
        raise Invalid("A task is put off to a time that lies ahead.", code="not_later", rows=rows)
    before = task.due_at
    task.due_at = due_at
    task.first_due_at = task.first_due_at or before or due_at
    told = {"from": before and before.isoformat(), "to": due_at.isoformat()}
    _tell(session, task, "task.snoozed", actor=actor, now=now, told=told)
    return due_at


def close_left_tasks(session: Session, events: Sequence[Journalled], *, actor: Actor, now: datetime) -> None:
    """Close the tasks that belong to a status which an order left by one of these events."""
    left = {(event.order_id, event.from_status): event for event in events if event.kind == "order.status_changed"}
    if not left:
        return
    session.flush()
    pairs = sorted((order_id, status or "") for order_id, status in left)
    given = {"now": now, "orders": [pair[0] for pair in pairs], "statuses": [pair[1] for pair in pairs]}
    for row in sorted(session.execute(_CLOSE_LEFT, given).all()):
        payload = {"task": row.id, "kind": row.kind, "title": row.title}
        entry = Entry(row.order_id, "task.closed", now, payload=payload)
        moved = left[row.order_id, row.status]
        if moved.chain:  # a rule moved the order: what follows is its doing too, so that no rule runs in circles
            with caused_by(session, Cause(moved.rule or "", moved.chain)):
                record(session, [entry], actor_id=actor.id)
        else:
            record(session, [entry], actor_id=actor.id)


def may_handle(actor: Actor, assignee: str | None, author: str | None) -> bool:
    """Tell whether somebody may handle a task: their own, nobody's, one they asked for; who gives work away, any."""
    return actor.may(Permission.ORDER_ASSIGN) or assignee in {None, actor.login} or author == actor.login


def _lock_own(session: Session, actor: Actor, task_id: int) -> Task:
    """Lock a task as it stands, its order first as everybody does."""
    numbered = select(Order.number).join(Task, Task.order_id == Order.id).where(Task.id == task_id)
    if (number := session.scalar(numbered)) is not None:
        lock_order(session, number)
    query = select(Task).where(Task.id == task_id).with_for_update()
    task = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if task is None:
        raise NotFound("There is no such task.", code="unknown_task", rows=[{"id": task_id}])
    is_own = task.assignee_id in {None, actor.id} or task.created_by == actor.id
    if not is_own and not actor.may(Permission.ORDER_ASSIGN):
        raise _not_yours(actor, task_id)
    return task


def _not_yours(actor: Actor, task_id: int) -> Forbidden:
    return Forbidden(
        f"'{actor.login}' may not give away or handle this task: it is another's.",
        code="not_your_task",
        rows=[{"id": task_id}],
    )


def _refuse_done(task: Task) -> None:
    if task.done_at is not None:
        raise Conflict("The task is done already.", code="task_done", rows=[{"id": task.id}])


def _tell(
    session: Session, task: Task, kind: str, *, actor: Actor, now: datetime, told: Mapping[str, object] | None = None
) -> None:
    if task.order_id is not None:
        payload = {"task": task.id, "kind": task.kind, "title": task.title, **(told or {})}
        record(session, [Entry(task.order_id, kind, now, payload=payload)], actor_id=actor.id)
