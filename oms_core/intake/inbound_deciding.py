"""Deciding what came in: each message by itself becomes an order, or a task for a person with the cause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.intake.feed_settings import FeedSettings, settings_of
from oms_core.intake.inbound_models import ChannelFeed, InboundMessage, MessageForm, Outcome
from oms_core.intake.inbound_reading import InboundOrder, read_inbound
from oms_core.orders.entry_document import EntryDocument, placement_of
from oms_core.orders.placement import place_order
from oms_core.tasks.agenda import LONGEST_TITLE, add_task
from oms_core.tasks.models import Task

MOST_ATTEMPTS = 5
LETTER_TITLE, ORDER_TITLE = "Answer a letter", "Take in an order that was refused"
"""What the tasks are called; pages say it in the reader's language."""
LETTER, UNREADABLE, OTHER_STATUS, OTHER_CURRENCY = "letter", "unreadable", "status_not_taken", "inbound_currency"
_DUE_MINUTES = 60
_LONGEST_REASON = 1_000


@requires(Permission.SYSTEM_RUN)
def list_undecided(session: Session, *, limit: int = 500) -> list[int]:
    """List messages without an outcome, those tried least first: one that kills whoever tries it blocks none."""
    waiting = select(InboundMessage.id).where(InboundMessage.outcome.is_(None))
    return list(session.scalars(waiting.order_by(InboundMessage.attempts, InboundMessage.id).limit(limit)))


@requires(Permission.SYSTEM_RUN)
def claim_message(session: Session, *, actor: Actor, now: datetime, message_id: int) -> bool:
    """Count an attempt before it is made, so that one that kills us is known; False: there is nothing to decide.

    What was tried too often becomes a task: a person looks at it.
    """
    message = lock_message(session, message_id)
    if message.outcome is not None:
        return False
    if message.attempts >= MOST_ATTEMPTS:
        told = "It was tried several times and could not be read."
        _leave_to_people(session, message, UNREADABLE, told, (), actor=actor, now=now)
        return False
    message.attempts, message.tried_at = message.attempts + 1, now
    return True


@requires(Permission.SYSTEM_RUN)
def decide_message(session: Session, *, actor: Actor, now: datetime, message_id: int) -> Outcome:
    """Give a message its outcome: an order is placed, a letter becomes a task. What has an outcome keeps it.

    Raises what placing is refused with; then nothing is decided, and ``refuse_message`` says why.
    """
    message = lock_message(session, message_id)
    if message.outcome is not None:
        return message.outcome
    if message.form is MessageForm.LETTER:
        _leave_to_people(session, message, LETTER, message.subject, (), actor=actor, now=now)
        return Outcome.TASK
    take_order(session, message, actor=actor, now=now)
    return Outcome.ORDER


@requires(Permission.SYSTEM_RUN)
def refuse_message(
    session: Session, *, actor: Actor, now: datetime, message_id: int, code: str, reason: str,
    faults: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """Make a task of a message that was refused, with the cause; what has an outcome meanwhile keeps it."""
    message = lock_message(session, message_id)
    if message.outcome is None:
        _leave_to_people(session, message, code, reason, faults, actor=actor, now=now)


def lock_message(session: Session, message_id: int) -> InboundMessage:
    """Lock a message; raises ``NotFound``."""
    wanted = select(InboundMessage).where(InboundMessage.id == message_id).with_for_update()
    message = session.scalar(wanted.execution_options(populate_existing=True))
    if message is None:
        raise NotFound(f"There is no message {message_id}.", code="unknown_message", rows=[{"id": message_id}])
    return message


def read_message_order(session: Session, message: InboundMessage) -> tuple[InboundOrder, FeedSettings]:
    """Read the order of a message by its feed's settings as they are now."""
    feed = None if message.feed_id is None else session.get_one(ChannelFeed, message.feed_id)
    settings = FeedSettings() if feed is None else settings_of(feed.settings)
    channel = session.get_one(Channel, message.channel_id)
    return read_inbound(message.body, settings, channel=channel.code), settings


def take_order(session: Session, message: InboundMessage, *, actor: Actor, now: datetime) -> None:
    """Place the order that a message describes, under its reference; raises what placing is refused with."""
    order, settings = read_message_order(session, message)
    _refuse_foreign(session, message, order, settings)
    known = _same_order_before(session, message, order, settings)
    if known is None:
        known = place_document(session, message, order.document, actor=actor, now=now)
    conclude(session, message, Outcome.ORDER, order_id=known, actor=actor, now=now)


def place_document(
    session: Session, message: InboundMessage, document: EntryDocument, *, actor: Actor, now: datetime
) -> int:
    """Place what a form says as the order of a message and return its id; the same message never makes two."""
    is_order = message.form is MessageForm.ORDER
    placed = place_order(
        session, actor=actor, now=now, external_ref=message.external_id if is_order else None,
        idempotency_key=f"inbound:{message.id}", **placement_of(document),
    )  # fmt: skip
    return placed.id


def conclude(
    session: Session, message: InboundMessage, outcome: Outcome, *, actor: Actor, now: datetime,
    order_id: int | None = None, task_id: int | None = None, code: str = "", reason: str = "",
    faults: Sequence[Mapping[str, Any]] = (),
) -> None:  # fmt: skip
    """Write the outcome; a task that waited for another one is done with it."""
    earlier = message.task_id
    message.outcome, message.order_id = outcome, order_id
    message.task_id = task_id or earlier
    message.code, message.reason = code[:60], reason[:_LONGEST_REASON]
    message.faults = [dict(row) for row in faults]
    message.decided_at, message.actor_id = now, actor.id
    if earlier is not None and outcome is not Outcome.TASK:
        task = session.get_one(Task, earlier, with_for_update=True, populate_existing=True)
        if task.done_at is None:
            task.done_at, task.done_by = now, actor.id
    session.flush()


def _leave_to_people(
    session: Session, message: InboundMessage, code: str, reason: str, faults: Sequence[Mapping[str, Any]], *,
    actor: Actor, now: datetime,
) -> None:  # fmt: skip
    is_letter = message.form is MessageForm.LETTER
    channel = session.get_one(Channel, message.channel_id)
    note = "\n".join(part for part in (f"{channel.name} · {message.external_id}", message.subject, reason) if part)
    task_id = add_task(
        session, actor=actor, now=now, title=(LETTER_TITLE if is_letter else ORDER_TITLE)[:LONGEST_TITLE],
        kind="message" if is_letter else "check", due_minutes=_DUE_MINUTES, note=note[:2_000],
    )  # fmt: skip
    conclude(
        session, message, Outcome.TASK, task_id=task_id, code=code, reason=reason, faults=faults, actor=actor, now=now
    )


def _refuse_foreign(session: Session, message: InboundMessage, order: InboundOrder, settings: FeedSettings) -> None:
    """Stop an order in a status that is not taken in, or of another money than the channel's."""
    if settings.take and order.status not in settings.take:
        told = f"The channel says '{order.status}' of this order, which is not taken in by itself."
        raise Conflict(told, code=OTHER_STATUS, rows=[{"told": order.status[:60]}])
    ours = session.get_one(Channel, message.channel_id).currency
    if order.currency and order.currency.upper() != ours:
        told = f"The order is in {order.currency}, the channel sells in {ours}."
        raise Invalid(told, code=OTHER_CURRENCY, rows=[{"theirs": order.currency[:10], "ours": ours}])


def _same_order_before(
    session: Session, message: InboundMessage, order: InboundOrder, settings: FeedSettings
) -> int | None:
    """The order of an earlier revision that asked for the same: only its status went on at the channel."""
    earlier = session.scalars(
        select(InboundMessage)
        .where(
            InboundMessage.channel_id == message.channel_id, InboundMessage.external_id == message.external_id,
            InboundMessage.revision < message.revision, InboundMessage.outcome == Outcome.ORDER,
        )
        .order_by(InboundMessage.revision.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    if earlier is None:
        return None
    before = read_inbound(earlier.body, settings, channel=order.document.channel)
    return earlier.order_id if replace(before, status=order.status) == order else None
