"""The worklist: whose tasks are open, due and done; a page at a time, and counted."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid, NotFound
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.tasks.own_clock import days_of, zone_of
from oms_core.tasks.progress import may_handle

MOST = 500


class Whose(StrEnum):
    """Whose tasks: one's own, one's team's with nobody's, nobody's, or everybody's."""

    MINE = "mine"
    TEAM = "team"
    NOBODY = "nobody"
    ALL = "all"


class Due(StrEnum):
    """When: overdue already, today by one's own clock (overdue included), or later or never."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task; people by login, ``rule`` (``code@version``) asked for it, ``status`` closes it when its order leaves.

    ``may_handle``: the reader may finish it, put it off or hand it over.
    """

    id: int
    kind: str
    title: str
    number: str | None
    customer_id: int | None
    customer: str | None
    assignee: str | None
    assignee_name: str | None
    author: str
    due_at: datetime | None
    first_due_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    status: str | None
    note: str
    rule: str | None
    created_at: datetime
    may_handle: bool = False

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its time has come."""
        return self.done_at is None and self.due_at is not None and self.due_at <= now

    @property
    def is_put_off(self) -> bool:
        """Tell whether it was due earlier at first."""
        return self.first_due_at is not None and self.due_at is not None and self.first_due_at < self.due_at


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of tasks; ``next_cursor`` is None on the last."""

    rows: Sequence[TaskView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many are open: mine, mine whose time has come, mine of today (with those), my team's overdue, nobody's."""

    mine: int
    overdue: int
    today: int
    team_overdue: int
    nobody: int


_COLUMNS = """
SELECT t.id, t.kind, t.title, o.number, t.customer_id, c.name AS customer, u.login AS assignee,
       u.name AS assignee_name, a.login AS author, t.due_at, t.first_due_at, t.done_at, d.login AS done_by, t.status,
       t.note, t.rule, t.created_at
FROM tasks t
LEFT JOIN orders o ON o.id = t.order_id
LEFT JOIN customers c ON c.id = coalesce(t.customer_id, o.customer_id)
LEFT JOIN users u ON u.id = t.assignee_id
LEFT JOIN users d ON d.id = t.done_by
JOIN users a ON a.id = t.created_by
"""
# The reader's own team is that of their row: who is in none has themselves alone.
_OF_TEAM = """(t.assignee_id IS NULL OR t.assignee_id = :me OR t.assignee_id IN (
    SELECT id FROM users WHERE team_id = (SELECT team_id FROM users WHERE id = :me)))"""
_WHOSE = {
    Whose.MINE: "t.assignee_id = :me",
    Whose.TEAM: _OF_TEAM,
    Whose.NOBODY: "t.assignee_id IS NULL",
    Whose.ALL: "true",
}
_DUE = {
    Due.OVERDUE: "t.due_at <= :now",
    Due.TODAY: "t.due_at < :tomorrow",
    Due.LATER: "(t.due_at >= :tomorrow OR t.due_at IS NULL)",
}
_NOT_OTHERS = "(t.assignee_id IS NULL OR t.assignee_id = :me OR t.created_by = :me)"
_OPEN_KEY, _DONE_KEY = "coalesce(t.due_at, 'infinity')", "t.done_at"
_COUNTS = text(f"""
SELECT count(*) FILTER (WHERE t.assignee_id = :me),
       count(*) FILTER (WHERE t.assignee_id = :me AND t.due_at <= :now),
       count(*) FILTER (WHERE t.assignee_id = :me AND t.due_at < :tomorrow),
       count(*) FILTER (WHERE t.due_at <= :now), count(*) FILTER (WHERE t.assignee_id IS NULL)
FROM tasks t WHERE t.done_at IS NULL AND {_OF_TEAM}
""")


@requires(Permission.TASK_WORK)
def list_tasks(
    session: Session, *, actor: Actor, now: datetime, whose: str = Whose.ALL, assignee: str | None = None,
    kind: str | None = None, due: str | None = None, number: str | None = None, customer_id: int | None = None,
    between: tuple[datetime, datetime] | None = None, is_done: bool = False, cursor: str | None = None,
    limit: int = 50,
) -> TaskPage:  # fmt: skip
    """Read one page of open tasks by when they are due, or of those done, the newest first.

    Others' tasks are shown to those alone who give work away, save those of one order. ``between`` takes those due from
    the first instant on, before the second. Raises ``Invalid`` for a cursor of another list, or an unknown choice.
    """
    conditions = ["t.done_at IS NOT NULL" if is_done else "t.done_at IS NULL", _WHOSE[_choice(Whose, "whose", whose)]]
    if number is None and not actor.may(Permission.ORDER_ASSIGN):
        conditions.append(_NOT_OTHERS)
    facts: dict[str, Any] = {"me": actor.id, "now": now}
    asked = {"login": assignee, "kind": kind, "number": number, "customer_id": customer_id}
    named = {"login": "u.login", "kind": "t.kind", "number": "o.number", "customer_id": "t.customer_id"}
    for name, value in asked.items():
        if value is not None:
            conditions.append(f"{named[name]} = :{name}")
            facts[name] = value
    if due is not None:
        conditions.append(_DUE[_choice(Due, "due", due)])
        facts["tomorrow"] = _tomorrow(session, actor, now)
    if between is not None:
        conditions.append("t.due_at >= :first AND t.due_at < :last")
        facts |= {"first": between[0], "last": between[1]}
    key = _DONE_KEY if is_done else _OPEN_KEY
    if cursor is not None:
        conditions.append(f"({key}, t.id) {'<' if is_done else '>'} (CAST(:after_key AS timestamptz), :after_id)")
        facts |= _read_cursor(cursor, is_done=is_done)
    direction = "DESC" if is_done else "ASC"
    size = max(1, min(limit, MOST))
    query = f"{_COLUMNS} WHERE {' AND '.join(conditions)} ORDER BY {key} {direction}, t.id {direction} LIMIT :most"
    rows = session.execute(text(query), facts | {"most": size + 1}).mappings().all()
    page = [_shown(TaskView(**row), actor) for row in rows[:size]]
    return TaskPage(page, _write_cursor(page[-1], is_done=is_done) if len(rows) > len(page) else None)


@requires(Permission.TASK_WORK)
def read_task(session: Session, *, actor: Actor, task_id: int) -> TaskView:
    """Read one task, done or not; raises ``NotFound``, also for another's where the reader gives no work away."""
    conditions = ["t.id = :task_id"] + ([] if actor.may(Permission.ORDER_ASSIGN) else [_NOT_OTHERS])
    query = text(f"{_COLUMNS} WHERE {' AND '.join(conditions)}")
    row = session.execute(query, {"task_id": task_id, "me": actor.id}).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such task.", code="unknown_task", rows=[{"id": task_id}])
    return _shown(TaskView(**row), actor)


@requires(Permission.TASK_WORK)
def count_tasks(session: Session, *, actor: Actor, now: datetime) -> TaskCounts:
    """Count the open tasks of the reader and their team."""
    facts = {"me": actor.id, "now": now, "tomorrow": _tomorrow(session, actor, now)}
    return TaskCounts(*session.execute(_COUNTS, facts).one())


def _tomorrow(session: Session, actor: Actor, now: datetime) -> datetime:
    """When the reader's own day ends."""
    zone = zone_of(session, user_id=actor.id)
    today = now.astimezone(zone).date()
    return days_of(today, today, zone)[1]


def _shown(task: TaskView, actor: Actor) -> TaskView:
    """The task as this reader may see it."""
    plain = {name: getattr(task, name) for name in TaskView.__slots__}
    if task.customer and not sees_personal_data(actor):
        plain["customer"] = HIDDEN
    return TaskView(**plain | {"may_handle": may_handle(actor, task.assignee, task.author)})


def _choice(choices: type[StrEnum], field: str, value: str) -> Any:  # noqa: ANN401 - one of the choices
    if value not in set(choices):
        rows = [{"field": field, "value": value[:60], "message": f"must be one of {', '.join(choices)}"}]
        raise Invalid(f"'{field}' is none of the choices.", code="unknown_choice", rows=rows)
    return choices(value)


def _write_cursor(last: TaskView, *, is_done: bool) -> str:
    moment = last.done_at if is_done else last.due_at
    named = ["done" if is_done else "open", moment.isoformat() if moment else "infinity", last.id]
    return base64.urlsafe_b64encode(json.dumps(named).encode()).decode()


def _read_cursor(cursor: str, *, is_done: bool) -> dict[str, Any]:
    try:
        named, key, task_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        is_moment = key == "infinity" or datetime.fromisoformat(key).tzinfo is not None
        if named == ("done" if is_done else "open") and is_moment and isinstance(task_id, int):
            return {"after_key": key, "after_id": min(task_id, 2**62)}
    except (ValueError, TypeError, AttributeError, binascii.Error):
        pass
    rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
    raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows)
