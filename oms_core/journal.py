"""The journal: append-only events of orders, in the transaction of the change they tell of."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class OrderEvent(Base):
    """What happened to an order; sequences are gapless, rows are never changed (a trigger refuses it).

    ``occurred_at`` is when it happened in the world, ``recorded_at`` when we wrote it; the feed is read in the
    order (transaction_id, id) up to the oldest transaction still running, so no late commit is lost.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        Index("ix_order_events_transaction_id", "transaction_id", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    from_status: Mapped[str | None] = mapped_column(String(40))
    to_status: Mapped[str | None] = mapped_column(String(40))
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    actor_id: Mapped[int] = foreign("users.id")
    manager_id: Mapped[int | None] = foreign("users.id")
    rule: Mapped[str | None] = mapped_column(String(60))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class MartDirtyDay(Base):
    """A business day of a channel whose mart rows must be rebuilt for another cause than an event."""

    __tablename__ = "mart_dirty_days"
    __table_args__ = (Index("ix_mart_dirty_days_transaction_id", "transaction_id", postgresql_using="brin"),)

    id: Mapped[BigId]
    channel_id: Mapped[int | None] = foreign("channels.id")
    day: Mapped[date]
    cause: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
