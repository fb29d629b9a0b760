"""Sending: a message that a person let go waits until it is handed to e-mail, at most once.

Whoever carries messages claims one (``claim_message``), hands it over outside of any transaction, and says what became
of it (``settle_message``). One that was claimed and never settled may have gone out or not: it is not handed over
again unless the carrier knows, but told to people, who decide.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.models import Contact, ContactKind
from oms_core.errors import Conflict, Invalid
from oms_core.tasks.messages import DRAFT, FAILED, QUEUED, SENDING, SENT, lock_message, refuse_outside, tell
from oms_core.tasks.models import Message

MOST_ATTEMPTS = 8
IN_DOUBT = "in_doubt"
"""The error of a message that may have gone out or not."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_LONGEST_ERROR = 500
# Narrower than what e-mail allows: what is left out has never been seen in an address, but would be parted into two.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Fate(StrEnum):
    """What became of a message that was handed over: taken, to be tried again, or given up."""

    TAKEN = "taken"
    AGAIN = "again"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way; ``reference`` names it for ever and is part of its Message-ID."""

    id: int
    reference: str
    recipient: str
    subject: str
    body: str


@requires(Permission.TASK_WORK)
def send_message(session: Session, *, actor: Actor, now: datetime, message_id: int) -> str:
    """Let a draft go, or again one that failed, and return its recipient: the customer's first address of e-mail.

    It is sent within a minute or so where sending is set up. Raises ``Conflict`` (``no_draft``, ``no_email``),
    ``Invalid`` (``bad_address``), ``NotFound``.
    """
    message, order = lock_message(session, message_id)
    refuse_outside(message, {DRAFT, FAILED})
    if message.customer_id is None and order is not None:
        message.customer_id = order.customer_id
    message.recipient = _address_of(session, message.customer_id)
    message.state, message.send_after, message.attempts, message.error = QUEUED, now, 0, ""
    message.sent_by = actor.id
    tell(session, order, message, "message.queued", actor=actor, now=now)
    return message.recipient


def is_reachable(session: Session, *, message_id: int) -> bool:
    """Tell whether the customer of a message has an address that it can be sent to."""
    address = _find_address(session, session.get_one(Message, message_id).customer_id)
    return address is not None and _ADDRESS.fullmatch(address) is not None


@requires(Permission.SYSTEM_RUN)
def claim_message(session: Session, *, actor: Actor, now: datetime) -> Outgoing | None:  # noqa: ARG001 - as the door calls
    """Take the next message that is due; whoever has it must settle it. None: nothing is due."""
    query = select(Message).where(Message.state == QUEUED, Message.send_after <= now)
    query = query.order_by(Message.send_after, Message.id).limit(1).with_for_update(skip_locked=True)
    message = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if message is None:
        return None
    message.state, message.attempts = SENDING, message.attempts + 1
    return _outgoing(message)


@requires(Permission.SYSTEM_RUN)
def is_due(session: Session, *, now: datetime) -> bool:
    """Tell whether any message waits to be sent by now."""
    due = select(Message.id).where(Message.state == QUEUED, Message.send_after <= now).limit(1)
    return session.scalar(due) is not None


@requires(Permission.SYSTEM_RUN)
def list_unsettled(session: Session) -> list[Outgoing]:
    """Messages that were claimed and not settled: whoever claimed them came to grief."""
    query = select(Message).where(Message.state == SENDING).order_by(Message.id)
    return [_outgoing(message) for message in session.scalars(query)]


@requires(Permission.SYSTEM_RUN)
def settle_message(
    session: Session, *, actor: Actor, now: datetime, message_id: int, fate: Fate, error: str = ""
) -> None:
    """Write what became of a claimed message: sent, waiting for its next try, or failed for good, with the reason.

    Tries are a minute apart, then two, four and so on to an hour; ``MOST_ATTEMPTS`` in all. Without an ``error`` it was
    not the carrier's fault: it need not wait.
    """
    message, order = lock_message(session, message_id)
    if fate is Fate.TAKEN:
        refuse_outside(message, {SENDING, FAILED})  # it was thought lost meanwhile: it is not
        message.state, message.sent_at, message.error = SENT, now, ""
        tell(session, order, message, "message.sent", actor=actor, now=now)
        return
    refuse_outside(message, {SENDING})
    message.error = error[:_LONGEST_ERROR]
    if fate is Fate.AGAIN and message.attempts < MOST_ATTEMPTS:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (message.attempts - 1)) if error else timedelta(0)
        message.state, message.send_after = QUEUED, now + pause
        return
    message.state = FAILED
    tell(session, order, message, "message.failed", actor=actor, now=now, told={"error": message.error})


def _address_of(session: Session, customer_id: int | None) -> str:
    address = _find_address(session, customer_id)
    if address is None:
        raise Conflict("The customer has no address of e-mail.", code="no_email", rows=[{"customer_id": customer_id}])
    if not _ADDRESS.fullmatch(address):
        rows = [{"field": "recipient", "value": address, "message": "is not an e-mail address"}]
        raise Invalid("The customer's address of e-mail cannot be written to.", code="bad_address", rows=rows)
    return address


def _find_address(session: Session, customer_id: int | None) -> str | None:
    query = select(Contact.value).where(Contact.customer_id == customer_id, Contact.kind == ContactKind.EMAIL)
    return session.scalar(query.order_by(Contact.id).limit(1))


def _outgoing(message: Message) -> Outgoing:
    reference = f"{message.id}.{message.created_at:%Y%m%d%H%M%S%f}"
    return Outgoing(message.id, reference, message.recipient or "", message.subject, message.body)
