"""What a person makes of a message: taken again, mended and taken, attached, handed to somebody, rejected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.intake.inbound_deciding import (
    LETTER,
    LETTER_TITLE,
    ORDER_TITLE,
    conclude,
    lock_message,
    place_document,
    take_order,
)
from oms_core.intake.inbound_models import InboundMessage, MessageForm, Outcome
from oms_core.intake.inbound_reading import as_text
from oms_core.orders.comments import LONGEST, comment_order
from oms_core.orders.entry_document import EntryDocument
from oms_core.orders.models import Order
from oms_core.tasks.agenda import active_user, add_task
from oms_core.tasks.models import Task

LONGEST_REASON = 500
MOST_AT_ONCE = 500


@requires(Permission.INBOX_WORK)
def take_again(session: Session, *, actor: Actor, now: datetime, message_id: int) -> str:
    """Place the order of a message now that what stood in its way is gone, and return its number.

    Raises what placing is refused with, ``Conflict`` (``message_decided``) where it is an order already, ``Invalid``
    (``not_an_order``) for a letter.
    """
    message = _lock_open(session, message_id)
    refuse_unless(actor, Permission.ORDER_PLACE)
    if message.form is MessageForm.LETTER:
        raise Invalid("A letter is no order by itself.", code="not_an_order", rows=[{"id": message_id}])
    take_order(session, message, actor=actor, now=now)
    return _number_of(session, message)


@requires(Permission.INBOX_WORK)
def take_mended(
    session: Session, *, actor: Actor, now: datetime, message_id: int, document: EntryDocument
) -> str:  # fmt: skip
    """Place what a person made of a message as its order and return the number; raises what placing is refused with."""
    message = _lock_open(session, message_id)
    refuse_unless(actor, Permission.ORDER_PLACE)
    order_id = place_document(session, message, document, actor=actor, now=now)
    conclude(session, message, Outcome.ORDER, order_id=order_id, actor=actor, now=now)
    return _number_of(session, message)


@requires(Permission.INBOX_WORK)
def attach_message(session: Session, *, actor: Actor, now: datetime, message_id: int, number: str) -> None:
    """Say that a message belongs to an order that is there; of a letter the order's journal keeps the words.

    Raises ``NotFound`` for message and order.
    """
    message = _lock_open(session, message_id)
    order_id = session.scalar(select(Order.id).where(Order.number == number.strip()))
    if order_id is None:
        raise NotFound(f"There is no order {number[:40]}.", code="unknown_order", rows=[{"number": number[:40]}])
    if message.form is MessageForm.LETTER:
        said = "\n".join(part for part in (message.sender, message.subject, as_text(message.body.get("text"))) if part)
        comment_order(session, actor=actor, now=now, number=number.strip(), text=said[:LONGEST] or message.external_id)
    conclude(session, message, Outcome.ORDER, order_id=order_id, actor=actor, now=now)


@requires(Permission.INBOX_WORK)
def hand_message(
    session: Session, *, actor: Actor, now: datetime, message_id: int, assignee: str, title: str = ""
) -> int:  # fmt: skip
    """Give a message to somebody as a task and return the task; one that waits for anybody goes to them.

    Raises ``Invalid`` (``unknown_assignee``).
    """
    message = _lock_open(session, message_id)
    user_id = active_user(session, assignee)
    task = None if message.task_id is None else session.get_one(Task, message.task_id, with_for_update=True)
    if task is not None and task.done_at is None:
        task.assignee_id = user_id
        task.title = title.strip()[:200] or task.title
        conclude(
            session, message, Outcome.TASK, code=message.code, reason=message.reason, faults=message.faults,
            actor=actor, now=now,
        )  # fmt: skip
        return task.id
    is_letter = message.form is MessageForm.LETTER
    task_id = add_task(
        session, actor=actor, now=now, title=title.strip()[:200] or (LETTER_TITLE if is_letter else ORDER_TITLE),
        kind="message" if is_letter else "check", assignee=assignee, due_minutes=60,
        note=f"{message.external_id}\n{message.subject}",
    )  # fmt: skip
    conclude(
        session, message, Outcome.TASK, task_id=task_id, code=message.code or LETTER, reason=message.subject,
        actor=actor, now=now,
    )  # fmt: skip
    return task_id


@requires(Permission.INBOX_WORK)
def reject_messages(
    session: Session, *, actor: Actor, now: datetime, message_ids: Sequence[int], reason: str
) -> int:  # fmt: skip
    """Reject messages for one reason, all or none, and return how many; raises ``Invalid``, ``Conflict``."""
    told = reason.strip()
    if not 3 <= len(told) <= LONGEST_REASON or "\0" in told:
        rows = [{"field": "reason", "value": told[:60], "message": f"must be text of 3 to {LONGEST_REASON} characters"}]
        raise Invalid("A rejection says why.", code="reason_needed", rows=rows)
    wanted = sorted(set(message_ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        told = f"From 1 to {MOST_AT_ONCE} messages are rejected at once."
        raise Invalid(told, code="too_many_messages", rows=[{"most": MOST_AT_ONCE}])
    for message_id in wanted:
        message = _lock_open(session, message_id)
        conclude(session, message, Outcome.REJECTED, reason=told, actor=actor, now=now)
    return len(wanted)


def _lock_open(session: Session, message_id: int) -> InboundMessage:
    """Lock a message that is no order yet: a task or a rejection may still become one."""
    message = lock_message(session, message_id)
    if message.outcome is Outcome.ORDER:
        rows = [{"id": message_id, "number": _number_of(session, message)}]
        raise Conflict("This message is an order already.", code="message_decided", rows=rows)
    return message


def _number_of(session: Session, message: InboundMessage) -> str:
    return str(session.scalar(select(Order.number).where(Order.id == message.order_id)))
