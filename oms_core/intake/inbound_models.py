"""Tables of what comes in by itself: feeds of channels, the messages they brought, and the counting of each day."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class FeedKind(StrEnum):
    """How a feed is asked: orders as JSON over HTTP, a mailbox by IMAP, a mailbox that is a folder."""

    HTTP = "http"
    IMAP = "imap"
    MAILDIR = "maildir"


class MessageForm(StrEnum):
    """An order that says what it wants in fields, or a letter that a person reads."""

    ORDER = "order"
    LETTER = "letter"


class Outcome(StrEnum):
    """How a message ended."""

    ORDER = "order"
    TASK = "task"
    REJECTED = "rejected"


class ChannelFeed(Base):
    """Where a channel's messages are fetched from, and how far they were.

    ``secret`` names where the secret lies (``env:OMS_FEED_…`` or ``file:NAME``), never what it is. ``watermark`` is up
    to where everything is stored; ``cursor`` and ``reached`` belong to a walk under way: its next page, and what the
    watermark will be at its end. ``pulls`` counts walks begun: who stores under an older number was overtaken.
    """

    __tablename__ = "channel_feeds"
    __table_args__ = (CheckConstraint("every_minutes > 0 AND overlap_minutes >= 0", name="pace"),)

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    channel_id: Mapped[int] = foreign("channels.id", index=True)
    kind: Mapped[FeedKind] = mapped_column(enum_type(FeedKind, "kind"))
    address: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(100), server_default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    every_minutes: Mapped[int] = mapped_column(SmallInteger, server_default=text("5"))
    overlap_minutes: Mapped[int] = mapped_column(SmallInteger, server_default=text("15"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]
    watermark: Mapped[str | None] = mapped_column(Text)
    cursor: Mapped[str | None] = mapped_column(Text)
    reached: Mapped[str | None] = mapped_column(Text)
    pulls: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    due_at: Mapped[Instant]
    polled_at: Mapped[Instant | None]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    failed_since: Mapped[Instant | None]
    failure: Mapped[str] = mapped_column(Text, server_default="")


class InboundMessage(Base):
    """Something that came in, as it came; it ends as an order, a task or rejected with a reason.

    The same message again is the same row. Where the sender says something else under the same name it is another
    ``revision``, with an outcome of its own. Neither content nor row is ever changed or removed.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_id", "revision"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("outcome <> 'order' OR order_id IS NOT NULL", name="order"),
        CheckConstraint("outcome <> 'task' OR task_id IS NOT NULL", name="task"),
        CheckConstraint("outcome <> 'rejected' OR reason <> ''", name="rejected"),
        Index("ix_inbound_messages_undecided", "received_at", "id", postgresql_where=text("outcome IS NULL")),
        Index("ix_inbound_messages_tasks", "task_id", postgresql_where=text("outcome = 'task'")),
        Index("ix_inbound_messages_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_inbound_messages_feed_id", "feed_id"),
        Index("ix_inbound_messages_decided", "outcome", "received_at", "id"),
    )

    id: Mapped[BigId]
    channel_id: Mapped[int] = foreign("channels.id")
    feed_id: Mapped[int | None] = foreign("channel_feeds.id")
    external_id: Mapped[str] = mapped_column(String(100))
    revision: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    form: Mapped[MessageForm] = mapped_column(enum_type(MessageForm, "form"))
    received_at: Mapped[Instant]
    sender: Mapped[str] = mapped_column(String(200), server_default="")
    subject: Mapped[str] = mapped_column(String(200), server_default="")
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    tried_at: Mapped[Instant | None]
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome, "outcome"))
    order_id: Mapped[int | None] = foreign("orders.id")
    task_id: Mapped[int | None] = foreign("tasks.id")
    code: Mapped[str] = mapped_column(String(60), server_default="")
    reason: Mapped[str] = mapped_column(Text, server_default="")
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    decided_at: Mapped[Instant | None]
    actor_id: Mapped[int | None] = foreign("users.id")


class FeedReconciliation(Base):
    """The counting of one business day of a feed: how many orders the channel has, how many of them came in.

    ``missing`` are the references that were not here when the day was first counted, ``still_missing`` those that are
    not here now; ``recovered`` is how many were fetched for it.
    """

    __tablename__ = "feed_reconciliations"
    __table_args__ = (
        UniqueConstraint("feed_id", "day"),
        Index("ix_feed_reconciliations_gaps", "feed_id", postgresql_where=text("still_missing <> '{}'")),
    )

    id: Mapped[BigId]
    feed_id: Mapped[int] = foreign("channel_feeds.id")
    day: Mapped[date]
    theirs: Mapped[int] = mapped_column(Integer)
    ours: Mapped[int] = mapped_column(Integer)
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    still_missing: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    recovered: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    first_checked_at: Mapped[Instant]
    checked_at: Mapped[Instant]
