"""Tasks that the journal itself asks for: goods to be picked once the delivery is chosen, goods to be called back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.journal import Entry, Journalled, record
from oms_core.orders.models import Order
from oms_core.tasks.models import Task
from oms_core.workflow.models import Group, Status

PICK, RECALL = "pack", "check"
PICK_TITLE, RECALL_TITLE = "Pick and pack", "Recall the goods"
"""What the tasks are called; pages say it in the reader's language."""
_OPEN = text("SELECT id FROM tasks WHERE order_id = :order_id AND kind = :kind AND title = :title AND done_at IS NULL")
_DROP = text("""
UPDATE tasks SET done_at = :now
WHERE order_id = ANY (CAST(:order_ids AS bigint[])) AND kind = 'pack' AND title = :title AND done_at IS NULL
RETURNING id, order_id
""")


def open_asked_work(session: Session, events: Sequence[Journalled], *, actor: Actor, now: datetime) -> None:
    """Add the tasks that these events ask for, and end those of orders that were cancelled meanwhile.

    A task that is open already is only due anew: choosing another method asks for no second picking.
    """
    for event in events:
        if event.kind in _ASKED:
            _ask(session, event, _ASKED[event.kind](session, event.payload or {}), actor=actor, now=now)
    cancelled = [event.order_id for event in events if event.kind == "order.cancelled"]
    if cancelled:
        given = {"now": now, "order_ids": cancelled, "title": PICK_TITLE}
        entries = [
            Entry(row.order_id, "task.closed", now, payload={"task": row.id, "kind": PICK, "title": PICK_TITLE})
            for row in session.execute(_DROP, given)
        ]
        record(session, entries, actor_id=actor.id)


def _picking(session: Session, payload: Mapping[str, Any]) -> dict[str, Any]:
    used = select(Status.code).where(Status.group == Group.PICK, ~Status.is_retired)
    status = session.scalar(used.order_by(Status.position, Status.code).limit(1))
    due_at = datetime.fromisoformat(payload["handover_at"])
    return {"kind": PICK, "title": PICK_TITLE, "status": status, "due_at": due_at, "note": payload["method"]}


def _recalling(_session: Session, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": RECALL, "title": RECALL_TITLE, "note": payload.get("text", "")}


_ASKED: Mapping[str, Callable[[Session, Mapping[str, Any]], dict[str, Any]]] = {
    "delivery.chosen": _picking,
    "recall.asked": _recalling,
}


def _ask(session: Session, event: Journalled, wanted: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    order = session.get_one(Order, event.order_id)
    known = session.scalar(_OPEN, {"order_id": order.id, "kind": wanted["kind"], "title": wanted["title"]})
    if known is not None:
        task = session.get_one(Task, known)
        task.due_at, task.note = wanted.get("due_at", task.due_at), wanted["note"]
        return
    task = Task(
        order_id=order.id, customer_id=order.customer_id, created_at=now, created_by=actor.id,
        first_due_at=wanted.get("due_at"), **wanted,
    )  # fmt: skip
    session.add(task)
    session.flush()
    payload = {"task": task.id, "kind": task.kind, "title": task.title, "assignee": None}
    record(session, [Entry(order.id, "task.added", now, payload=payload)], actor_id=actor.id)
