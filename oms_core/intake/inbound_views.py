"""What came in as people see it: listed by what became of it, counted, one of them whole."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.privacy import HIDDEN, hidden, sees_personal_data
from oms_core.errors import NotFound
from oms_core.intake.inbound_deciding import read_message_order
from oms_core.intake.inbound_models import InboundMessage, MessageForm, Outcome
from oms_core.intake.inbound_reading import letter_document
from oms_core.orders.entry_document import EntryDocument

MOST = 500
LATE = timedelta(minutes=15)
"""Without an outcome for longer a message counts as one that may be lost."""


class Standing(StrEnum):
    """What became of messages: they wait for anybody, are somebody's, or ended."""

    WAITING = "waiting"
    HANDED = "handed"
    ORDER = "order"
    TASK = "task"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message; people are logins, ``number`` is its order's, ``before`` the order of an earlier revision."""

    id: int
    channel: str
    feed: str | None
    external_id: str
    revision: int
    form: MessageForm
    received_at: datetime
    sender: str
    subject: str
    standing: Standing
    outcome: Outcome | None
    number: str | None
    before: str | None
    task_id: int | None
    assignee: str | None
    code: str
    reason: str
    faults: list[dict[str, Any]]
    attempts: int
    decided_at: datetime | None
    actor: str | None


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """A message with what it says: as it came, and as the form of a new order reads it."""

    view: MessageView
    body: dict[str, Any]
    document: EntryDocument
    status: str


_STANDING = """CASE WHEN m.outcome IS NULL OR (m.outcome = 'task' AND t.done_at IS NULL AND t.assignee_id IS NULL)
    THEN 'waiting' WHEN m.outcome = 'task' AND t.done_at IS NULL THEN 'handed' ELSE m.outcome END"""
_FROM = "FROM inbound_messages m LEFT JOIN tasks t ON t.id = m.task_id"
# The open ones are few and found by their own indexes; of the others the newest are shown.
_WHERE = {
    Standing.WAITING: "(m.outcome IS NULL OR (m.outcome = 'task' AND t.done_at IS NULL AND t.assignee_id IS NULL))",
    Standing.HANDED: "m.outcome = 'task' AND t.done_at IS NULL AND t.assignee_id IS NOT NULL",
    Standing.ORDER: "m.outcome = 'order'",
    Standing.TASK: "m.outcome = 'task' AND t.done_at IS NOT NULL",
    Standing.REJECTED: "m.outcome = 'rejected'",
}
_COLUMNS = f"""
SELECT m.id, c.code AS channel, f.code AS feed, m.external_id, m.revision, m.form, m.received_at, m.sender, m.subject,
       {_STANDING} AS standing, m.outcome, o.number,
       (SELECT b.number FROM orders b WHERE b.channel_id = m.channel_id AND b.external_ref = m.external_id) AS before,
       m.task_id, g.login AS assignee, m.code, m.reason, m.faults, m.attempts, m.decided_at, a.login AS actor
{_FROM}
JOIN channels c ON c.id = m.channel_id
LEFT JOIN channel_feeds f ON f.id = m.feed_id
LEFT JOIN orders o ON o.id = m.order_id
LEFT JOIN users g ON g.id = t.assignee_id
LEFT JOIN users a ON a.id = m.actor_id
"""
_OPEN_TASKS = """(SELECT count(*) FROM inbound_messages m JOIN tasks t ON t.id = m.task_id
        WHERE m.outcome = 'task' AND t.done_at IS NULL AND t.assignee_id IS {assigned})"""
_ENDED = "(SELECT count(*) FROM inbound_messages WHERE outcome = '{outcome}' AND received_at > :since)"
# Each by an index of its own: what ended stays, and is many times what is open.
_COUNT = text(f"""
SELECT (SELECT count(*) FROM inbound_messages WHERE outcome IS NULL) + {_OPEN_TASKS.format(assigned="NULL")} AS waiting,
       {_OPEN_TASKS.format(assigned="NOT NULL")} AS handed, {_ENDED.format(outcome="order")} AS "order",
       (SELECT count(*) FROM inbound_messages m JOIN tasks t ON t.id = m.task_id
        WHERE m.outcome = 'task' AND m.received_at > :since AND t.done_at IS NOT NULL) AS task,
       {_ENDED.format(outcome="rejected")} AS rejected
""")


@requires(Permission.INBOX_WORK)
def count_messages(session: Session, *, now: datetime, days: int = 7) -> dict[Standing, int]:
    """Count what is open, and of what came in in the last days what ended."""
    row = session.execute(_COUNT, {"since": now - timedelta(days=days)}).one()
    return {standing: getattr(row, standing.value) for standing in Standing}


@requires(Permission.INBOX_WORK)
def list_messages(
    session: Session, *, actor: Actor, standing: Standing = Standing.WAITING, channel: str | None = None,
    limit: int = 100,
) -> list[MessageView]:  # fmt: skip
    """List messages of a standing: open ones with what waits longest first, others with the newest first."""
    direction = "ASC" if standing in {Standing.WAITING, Standing.HANDED} else "DESC"
    where = f"WHERE {_WHERE[standing]} AND (CAST(:channel AS text) IS NULL OR c.code = :channel)"
    order = f"ORDER BY m.received_at {direction}, m.id {direction} LIMIT :limit"
    found = session.execute(text(_COLUMNS + where + order), {"channel": channel, "limit": min(max(1, limit), MOST)})
    return [_view(row._asdict(), actor) for row in found]


@requires(Permission.INBOX_WORK)
def read_message(session: Session, *, actor: Actor, message_id: int) -> WholeMessage:
    """Read a message whole; raises ``NotFound``."""
    row = session.execute(text(_COLUMNS + "WHERE m.id = :id"), {"id": message_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no message {message_id}.", code="unknown_message", rows=[{"id": message_id}])
    message = session.get_one(InboundMessage, message_id)
    view = _view(row._asdict(), actor)
    if message.form is MessageForm.LETTER:
        document, status = letter_document(message.sender, message.body, channel=view.channel), ""
    else:
        order, _settings = read_message_order(session, message)
        document, status = order.document, order.status
    if sees_personal_data(actor):
        return WholeMessage(view, message.body, document, status)
    customer = replace(document.customer, name=HIDDEN, phone=HIDDEN, email=HIDDEN, address=HIDDEN)
    return WholeMessage(view, {}, replace(document, customer=customer, comment=HIDDEN), status)


@requires(Permission.INBOX_WORK)
def find_message(session: Session, *, actor: Actor, channel: str, external_id: str) -> MessageView:
    """Find the latest revision of a message by the name its sender gave it; raises ``NotFound``."""
    where = "WHERE c.code = :channel AND m.external_id = :name ORDER BY m.revision DESC LIMIT 1"
    row = session.execute(text(_COLUMNS + where), {"channel": channel, "name": external_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such message.", code="unknown_message", rows=[{"external_id": external_id[:100]}])
    return _view(row._asdict(), actor)


@requires(Permission.SYSTEM_RUN)
def count_overdue(session: Session, *, now: datetime) -> int:
    """Count messages that have had no outcome for longer than they may."""
    late = text("SELECT count(*) FROM inbound_messages WHERE outcome IS NULL AND received_at <= :late")
    return int(session.execute(late, {"late": now - LATE}).scalar_one())


def _view(row: Any, actor: Actor) -> MessageView:  # noqa: ANN401 - a row of the database
    kinds = {"form": MessageForm(row["form"]), "standing": Standing(row["standing"])}
    outcome = row["outcome"] and Outcome(row["outcome"])
    view = MessageView(**dict(row) | kinds | {"outcome": outcome})
    if sees_personal_data(actor):
        return view
    # A letter's subject and the causes of refusals may name people.
    sender, subject, reason = hidden(view.sender) or "", hidden(view.subject) or "", hidden(view.reason) or ""
    return replace(view, sender=sender, subject=subject, reason=reason, faults=[])
