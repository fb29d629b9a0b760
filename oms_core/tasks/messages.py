"""Messages to customers: drafted from a template or by hand, kept until somebody sends or discards them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.journal import Entry, record, standing_cause
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.tasks.models import Message
from oms_core.tasks.templates import CUSTOMERS, LANGUAGES, write_from

DRAFT, QUEUED, SENDING, SENT, FAILED, DISCARDED = "draft", "queued", "sending", "sent", "failed", "discarded"
UNSENT = (DRAFT, QUEUED, SENDING, FAILED)
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000
_FALLBACK = "en"

_FACTS = text("""
SELECT o.number, c.name AS customer, o.total || ' ' || o.currency AS total,
       greatest(o.total - o.paid + o.refunded, 0) || ' ' || o.currency AS due,
       to_char(o.promised_at AT TIME ZONE h.time_zone, 'YYYY-MM-DD') AS promised_on, u.name AS manager,
       (SELECT s.tracking FROM shipments s
        WHERE s.order_id = o.id AND s.tracking <> '' ORDER BY s.id DESC LIMIT 1) AS tracking,
       coalesce(c.language, (SELECT k.locale FROM users k WHERE k.customer_id = c.id ORDER BY k.id LIMIT 1)) AS language
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN channels h ON h.id = o.channel_id
LEFT JOIN users u ON u.id = o.manager_id
WHERE o.id = :order_id
""")


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message; ``rule`` (``code@version``) drafted it, ``error`` says why it could not be sent so far."""

    id: int
    number: str | None
    template: str
    recipient: str | None
    subject: str
    body: str
    state: str
    rule: str | None
    created_at: datetime
    author: str
    attempts: int
    sent_at: datetime | None
    error: str


@requires(Permission.TASK_WORK)
def draft_message(
    session: Session, *, actor: Actor, now: datetime, number: str, template: str, language: str = CUSTOMERS
) -> int:
    """Draft a message to the order's customer and return its id; nothing is sent.

    In the customer's own language, or English where that is not known or none that we write. Raises ``Invalid``
    (``unknown_template``).
    """
    order = lock_order(session, number)
    session.flush()
    facts = dict(session.execute(_FACTS, {"order_id": order.id}).mappings().one())
    own = (facts.pop("language") or "")[:2]
    if language == CUSTOMERS:
        language = own if own in LANGUAGES else _FALLBACK
    written = write_from(template, language, facts)
    told = {"template": template, "language": language}
    subject = one_line(written.subject)[:LONGEST_SUBJECT]
    return _keep(session, order, template, subject, written.body, actor=actor, now=now, told=told)


@requires(Permission.TASK_WORK)
def write_message(
    session: Session, *, actor: Actor, now: datetime, number: str, subject: str, body: str
) -> int:  # fmt: skip
    """Draft a message in one's own words and return its id; raises ``Invalid`` naming fields."""
    _refuse_malformed(subject, body)
    order = lock_order(session, number)
    return _keep(session, order, "", one_line(subject), body.strip(), actor=actor, now=now, told={"template": ""})


@requires(Permission.TASK_WORK)
def edit_message(session: Session, *, actor: Actor, now: datetime, message_id: int, subject: str, body: str) -> None:  # noqa: ARG001 - as the door calls
    """Change what a draft says; raises ``Invalid`` naming fields, ``Conflict`` (``no_draft``), ``NotFound``."""
    _refuse_malformed(subject, body)
    message, _order = lock_message(session, message_id)
    refuse_outside(message, {DRAFT, FAILED})
    message.subject, message.body = one_line(subject), body.strip()


@requires(Permission.TASK_WORK)
def discard_message(session: Session, *, actor: Actor, now: datetime, message_id: int) -> None:
    """Discard what was not sent: a draft, what waits, or what failed.

    Raises ``NotFound``, ``Conflict`` (``no_draft``) where it is none of these any more.
    """
    message, order = lock_message(session, message_id)
    refuse_outside(message, {DRAFT, QUEUED, FAILED})
    message.state = DISCARDED
    tell(session, order, message, "message.discarded", actor=actor, now=now)


def discard_unneeded(session: Session, order: Order, *, template: str, actor: Actor, now: datetime) -> None:
    """Discard what a locked order has drafted by a template, and what waits to be sent: it is no longer true."""
    query = select(Message).where(
        Message.order_id == order.id, Message.template == template, Message.state.in_((DRAFT, QUEUED))
    )
    locked = query.order_by(Message.id).with_for_update().execution_options(populate_existing=True)
    for message in session.scalars(locked).all():
        message.state = DISCARDED
        tell(session, order, message, "message.discarded", actor=actor, now=now)


@requires(Permission.TASK_WORK)
def list_messages(
    session: Session, *, actor: Actor, number: str | None = None, customer_id: int | None = None,
    states: Collection[str] | None = (DRAFT,), limit: int = 100,
) -> list[MessageView]:  # fmt: skip
    """Messages, the newest first; to whom they go and what they say is hidden from who may not see personal data."""
    shown = sees_personal_data(actor)
    query = (
        select(Message, Order.number, User.login)
        .outerjoin(Order, Order.id == Message.order_id)
        .join(User, User.id == Message.created_by)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if number is not None:
        query = query.where(Order.number == number)
    if customer_id is not None:
        query = query.where(Message.customer_id == customer_id)
    if states is not None:
        query = query.where(Message.state.in_(states))
    return [
        MessageView(
            kept.id, numbered, kept.template, kept.recipient if shown or not kept.recipient else HIDDEN, kept.subject,
            kept.body if shown else HIDDEN, kept.state, kept.rule, kept.created_at, author, kept.attempts,
            kept.sent_at, kept.error,
        )
        for kept, numbered, author in session.execute(query)
    ]  # fmt: skip


def lock_message(session: Session, message_id: int) -> tuple[Message, Order | None]:
    """Lock a message as it stands, its order first as everybody does; raises ``NotFound``."""
    numbered = select(Order.number).join(Message, Message.order_id == Order.id).where(Message.id == message_id)
    number = session.scalar(numbered)
    order = None if number is None else lock_order(session, number)
    message = session.get(Message, message_id, populate_existing=True, with_for_update=True)
    if message is None:
        raise NotFound("There is no such message.", code="unknown_message", rows=[{"id": message_id}])
    return message, order


def refuse_outside(message: Message, states: set[str]) -> None:
    """Raise ``Conflict`` (``no_draft``) unless the message is in one of these states."""
    if message.state not in states:
        raise Conflict("The message is no draft any more.", code="no_draft", rows=[{"state": message.state}])


def tell(
    session: Session, order: Order | None, message: Message, kind: str, *, actor: Actor, now: datetime,
    told: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Tell the journal of the message's order, where it has one."""
    if order is not None:
        payload = {"message": message.id, "template": message.template, **(told or {})}
        record(session, [Entry(order.id, kind, now, payload=payload)], actor_id=actor.id)


def one_line(text: str) -> str:
    """Write a text as one line without control characters: as a header of e-mail it can begin no other."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _keep(
    session: Session, order: Order, template: str, subject: str, body: str, *, actor: Actor, now: datetime,
    told: dict[str, Any],
) -> int:  # fmt: skip
    cause = standing_cause(session)
    message = Message(
        order_id=order.id, customer_id=order.customer_id, template=template, subject=subject, body=body, state=DRAFT,
        rule=cause and cause.rule, created_at=now, created_by=actor.id,
    )  # fmt: skip
    session.add(message)
    session.flush()
    tell(session, order, message, "message.drafted", actor=actor, now=now, told=told)
    return message.id


def _refuse_malformed(subject: str, body: str) -> None:
    rows = [
        {"field": field, "value": said[:60], "message": f"must be text of 1 to {longest} characters"}
        for field, said, longest in (("subject", one_line(subject), LONGEST_SUBJECT), ("body", body, LONGEST_BODY))
        if not 1 <= len(said.strip()) <= longest or "\0" in said
    ]
    if rows:
        raise Invalid("The message cannot be kept so.", code="malformed_message", rows=rows)
