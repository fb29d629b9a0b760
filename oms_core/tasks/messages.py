"""Messages to customers: drafted from a template, then kept until somebody sends or discards them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, NotFound
from oms_core.journal import Entry, record, standing_cause
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.tasks.models import Message
from oms_core.tasks.templates import write_from

DRAFT, DISCARDED = "draft", "discarded"

_FACTS = text("""
SELECT o.number, c.name AS customer, o.total || ' ' || o.currency AS total,
       greatest(o.total - o.paid + o.refunded, 0) || ' ' || o.currency AS due,
       to_char(o.promised_at AT TIME ZONE h.time_zone, 'YYYY-MM-DD') AS promised_on, u.name AS manager,
       (SELECT s.tracking FROM shipments s
        WHERE s.order_id = o.id AND s.tracking <> '' ORDER BY s.id DESC LIMIT 1) AS tracking
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN channels h ON h.id = o.channel_id
LEFT JOIN users u ON u.id = o.manager_id
WHERE o.id = :order_id
""")


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of an order; ``rule`` (``code@version``) drafted it."""

    id: int
    number: str
    template: str
    subject: str
    body: str
    state: str
    rule: str | None
    created_at: datetime


@requires(Permission.TASK_WORK)
def draft_message(
    session: Session, *, actor: Actor, now: datetime, number: str, template: str, language: str = "en"
) -> int:
    """Draft a message to the order's customer and return its id; nothing is sent.

    Raises ``Invalid`` (``unknown_template``).
    """
    order = lock_order(session, number)
    session.flush()
    facts = session.execute(_FACTS, {"order_id": order.id}).mappings().one()
    written = write_from(template, language, dict(facts))
    cause = standing_cause(session)
    message = Message(
        order_id=order.id, template=template, subject=written.subject[:200], body=written.body, state=DRAFT,
        rule=cause and cause.rule, created_at=now, created_by=actor.id,
    )  # fmt: skip
    session.add(message)
    session.flush()
    payload = {"message": message.id, "template": template, "language": language}
    record(session, [Entry(order.id, "message.drafted", now, payload=payload)], actor_id=actor.id)
    return message.id


@requires(Permission.TASK_WORK)
def discard_message(session: Session, *, actor: Actor, now: datetime, message_id: int) -> None:
    """Discard a draft; raises ``NotFound``, or ``Conflict`` (``no_draft``) when it is none any more."""
    numbered = select(Order.number).join(Message, Message.order_id == Order.id).where(Message.id == message_id)
    number = session.scalar(numbered)
    if number is None:
        raise NotFound("There is no such message.", code="unknown_message", rows=[{"id": message_id}])
    order = lock_order(session, number)
    message = session.get_one(Message, message_id, populate_existing=True, with_for_update=True)
    if message.state != DRAFT:
        raise Conflict("The message is no draft any more.", code="no_draft", rows=[{"state": message.state}])
    message.state = DISCARDED
    payload = {"message": message.id, "template": message.template}
    record(session, [Entry(order.id, "message.discarded", now, payload=payload)], actor_id=actor.id)


@requires(Permission.TASK_WORK)
def list_messages(
    session: Session, *, actor: Actor, number: str | None = None, state: str | None = DRAFT, limit: int = 100
) -> list[MessageView]:
    """Messages, the newest first; what they say is hidden from those who may not see personal data."""
    shown = sees_personal_data(actor)
    query = (
        select(Message, Order.number)
        .join(Order, Order.id == Message.order_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )  # fmt: skip
    if number is not None:
        query = query.where(Order.number == number)
    if state is not None:
        query = query.where(Message.state == state)
    return [
        MessageView(
            kept.id, numbered, kept.template, kept.subject, kept.body if shown else HIDDEN, kept.state, kept.rule,
            kept.created_at,
        )
        for kept, numbered in session.execute(query)
    ]  # fmt: skip
