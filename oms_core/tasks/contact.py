"""Contact: attempts to reach a customer, or theirs to reach us, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.models import Customer
from oms_core.errors import Invalid, NotFound
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.tasks.agenda import LONGEST_NOTE, add_task
from oms_core.tasks.messages import discard_unneeded
from oms_core.tasks.models import ContactAttempt
from oms_core.tasks.progress import finish_task

CALL_BACK = "Call back"
_CALL_BACK_MINUTES = 60  # of working hours, where nobody said when
UNREACHABLE = "unreachable"  # the template of what is written to whom we could not reach


class ContactKind(StrEnum):
    """By what way."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    VISIT = "visit"


class ContactOutcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    CALL_BACK = "call_back"
    REFUSED = "refused"


class Direction(StrEnum):
    """Who tried to reach whom: we them, or they us."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Contacted:
    """An attempt as it was kept: ``misses`` in a row without an answer, the task that it made.

    ``waited_seconds``: how long an answer was waited for since the first of them; None where nothing was waited for.
    """

    id: int
    misses: int
    waited_seconds: int | None
    task_id: int | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """An attempt as people see it."""

    id: int
    customer_id: int
    number: str | None
    kind: str
    direction: str
    outcome: str
    note: str
    occurred_at: datetime
    actor: str


_STREAK = text("""
SELECT count(*) AS misses, min(a.occurred_at) AS since
FROM contact_attempts a
WHERE a.customer_id = :customer_id AND a.order_id IS NOT DISTINCT FROM :order_id AND a.outcome = 'no_answer'
  AND a.id > coalesce((
      SELECT max(b.id) FROM contact_attempts b
      WHERE b.customer_id = :customer_id AND b.order_id IS NOT DISTINCT FROM :order_id AND b.outcome <> 'no_answer'
  ), 0)
""")
_LIST = """
SELECT a.id, a.customer_id, o.number, a.kind, a.direction, a.outcome, a.note, a.occurred_at, u.login AS actor
FROM contact_attempts a JOIN users u ON u.id = a.actor_id LEFT JOIN orders o ON o.id = a.order_id
WHERE {of} AND a.id < :before ORDER BY a.id DESC LIMIT :most
"""


@requires(Permission.TASK_WORK)
def record_contact(
    session: Session, *, actor: Actor, now: datetime, kind: str, outcome: str, number: str | None = None,
    customer_id: int | None = None, direction: str = Direction.OUT, note: str = "", task_id: int | None = None,
    call_back_at: datetime | None = None,
) -> Contacted:  # fmt: skip
    """Keep an attempt about an order, or with a customer (one of both), that may do a task of the agenda.

    Asked to call back makes a task, due at ``call_back_at`` (by the actor's own clock where it names no zone) or in an
    hour of work. Who was reached needs no draft any more that says we could not reach them. Raises ``Invalid``,
    ``NotFound``, and what finishing the task is refused with.
    """
    _refuse_malformed(
        kind=kind, outcome=outcome, direction=direction, note=note, is_of_one=(number is None) != (customer_id is None),
        call_back_at=call_back_at,
    )  # fmt: skip
    order = None if number is None else lock_order(session, number)
    customer = order.customer_id if order is not None else _lock_customer(session, customer_id)
    if task_id is not None:
        finish_task(session, actor=actor, now=now, task_id=task_id)
    streak = session.execute(_STREAK, {"customer_id": customer, "order_id": order and order.id}).one()
    is_miss = outcome == ContactOutcome.NO_ANSWER
    misses = streak.misses + 1 if is_miss else 0
    waited = None if is_miss or not streak.misses else int((now - streak.since).total_seconds())
    attempt = ContactAttempt(
        customer_id=customer, order_id=order and order.id, task_id=task_id, kind=kind, direction=direction,
        outcome=outcome, note=note.strip(), occurred_at=now, actor_id=actor.id,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    if order is not None:
        payload = {"attempt": attempt.id, "way": kind, "direction": direction, "outcome": outcome, "misses": misses}
        payload |= {"note": attempt.note, "waited_seconds": waited}
        record(session, [Entry(order.id, "contact.attempted", now, payload=payload)], actor_id=actor.id)
        if outcome == ContactOutcome.REACHED or direction == Direction.IN:
            discard_unneeded(session, order, template=UNREACHABLE, actor=actor, now=now)
    made = None
    if outcome == ContactOutcome.CALL_BACK:
        of: dict[str, Any] = {"number": number} if number is not None else {"customer_id": customer}
        made = add_task(
            session, actor=actor, now=now, title=CALL_BACK, kind="call", assignee=actor.login, due_at=call_back_at,
            due_minutes=_CALL_BACK_MINUTES if call_back_at is None else None, note=attempt.note, **of,
        )  # fmt: skip
    return Contacted(attempt.id, misses, waited, made)


@requires(Permission.TASK_WORK)
def list_contacts(
    session: Session, *, actor: Actor, number: str | None = None, customer_id: int | None = None,
    before: int | None = None, limit: int = 50,
) -> list[ContactView]:  # fmt: skip
    """Attempts about an order, or with a customer, the newest first; ``before`` is the id to go on from."""
    of = "o.number = :number" if number is not None else "a.customer_id = :customer_id"
    facts = {"number": number, "customer_id": customer_id, "before": before or 2**62, "most": min(limit, 200)}
    rows = session.execute(text(_LIST.format(of=of)), facts).mappings().all()
    shown = sees_personal_data(actor)
    return [ContactView(**{**row, "note": row["note"] if shown or not row["note"] else HIDDEN}) for row in rows]


def _refuse_malformed(
    *, kind: str, outcome: str, direction: str, note: str, is_of_one: bool, call_back_at: datetime | None
) -> None:
    rows = [
        _fault(field, value[:60], f"must be one of {', '.join(choices)}")
        for field, value, choices in (
            ("kind", kind, ContactKind), ("outcome", outcome, ContactOutcome), ("direction", direction, Direction),
        )
        if value not in set(choices)
    ]  # fmt: skip
    if len(note) > LONGEST_NOTE or "\0" in note:
        rows.append(_fault("note", note[:60], f"must be text of at most {LONGEST_NOTE} characters"))
    if not is_of_one:
        rows.append(_fault("customer_id", None, "either it or an order must be named"))
    if call_back_at is not None and outcome != ContactOutcome.CALL_BACK:
        rows.append(_fault("call_back_at", call_back_at.isoformat(), "is for those who asked to be called back"))
    if rows:
        raise Invalid("The contact cannot be kept so.", code="malformed_contact", rows=rows)


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": message}


def _lock_customer(session: Session, customer_id: int | None) -> int:
    """Lock a customer: of two attempts at once each counts the other."""
    query = select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True)
    found = session.scalar(query)
    if found is None:
        rows = [{"field": "customer_id", "value": customer_id}]
        raise NotFound(f"There is no customer {customer_id}.", code="unknown_customer", rows=rows)
    return found
