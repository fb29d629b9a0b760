"""Tables of digests: who is sent which figures when, and what became of each sending."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class Rhythm(StrEnum):
    """How often a digest is sent."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class DigestPeriod(StrEnum):
    """Which whole days a digest is about, told from the day it is due."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"


class DigestFile(StrEnum):
    """As which files a digest comes."""

    PDF = "pdf"
    XLSX = "xlsx"
    BOTH = "both"


SUPERSEDED = "superseded"
"""Why a sending came to nothing: a newer one came first, or the digest was changed meanwhile."""


class RunState(StrEnum):
    """What became of a sending; who died while ``sending`` may have sent it or not."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class DigestSubscription(Base):
    """What somebody has themselves sent: a board or ``figures`` of a channel, at ``hour`` by their own clock.

    ``day`` is the weekday of a weekly digest (0 is Monday) and the day of the month of a monthly one. What was due
    before ``since`` is nobody's wish any more.
    """

    __tablename__ = "digest_subscriptions"
    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint(
            "CASE rhythm WHEN 'daily' THEN day = 0 WHEN 'weekly' THEN day BETWEEN 0 AND 6"
            " ELSE day BETWEEN 1 AND 28 END",
            name="day_of_rhythm",
        ),
    )

    id: Mapped[BigId]
    owner_id: Mapped[int] = foreign("users.id", index=True)
    name: Mapped[str] = mapped_column(String(60))
    channel_id: Mapped[int] = foreign("channels.id")
    board_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("boards.id", ondelete="SET NULL"), index=True)
    figures: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    period: Mapped[DigestPeriod] = mapped_column(enum_type(DigestPeriod, "period"))
    rhythm: Mapped[Rhythm] = mapped_column(enum_type(Rhythm, "rhythm"))
    day: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    hour: Mapped[int] = mapped_column(SmallInteger)
    file_kind: Mapped[DigestFile] = mapped_column(enum_type(DigestFile, "file_kind"))
    language: Mapped[str] = mapped_column(String(5))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    since: Mapped[Instant]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class DigestRun(Base):
    """One digest due at an instant, sent at most once; ``as_of`` is when the figures it holds were published."""

    __tablename__ = "digest_runs"
    __table_args__ = (
        UniqueConstraint("subscription_id", "due_at"),
        Index("ix_digest_runs_try_at", "try_at", postgresql_where=text("state IN ('waiting', 'sending')")),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    )

    id: Mapped[BigId]
    subscription_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("digest_subscriptions.id", ondelete="CASCADE"))
    due_at: Mapped[Instant]
    state: Mapped[RunState] = mapped_column(enum_type(RunState, "state"))
    try_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    as_of: Mapped[Instant | None]
    error: Mapped[str] = mapped_column(Text, server_default="")
    sent_at: Mapped[Instant | None]
