"""Tables of the order desk: kept views, drafts, templates, orders' earlier versions, paces, risks of promises."""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class QueueView(Base):
    """A view of the queue that somebody keeps: ``query`` holds its filters as the address does."""

    __tablename__ = "queue_views"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[BigId]
    owner_id: Mapped[int] = foreign("users.id")
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    created_at: Mapped[Instant]


class OrderDraft(Base):
    """An order that somebody has begun to enter: ``document`` is the form as it was typed, right or wrong."""

    __tablename__ = "order_drafts"
    __table_args__ = (Index("ix_order_drafts_owner_id", "owner_id", "updated_at"),)

    id: Mapped[BigId]
    owner_id: Mapped[int] = foreign("users.id")
    title: Mapped[str] = mapped_column(String(200), server_default="")
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class OrderTemplate(Base):
    """What many orders begin with: type, delivery, terms and lines; without ``owner_id`` it is everybody's."""

    __tablename__ = "order_templates"
    __table_args__ = (Index("uq_order_templates_name", text("coalesce(owner_id, 0)"), "name", unique=True),)

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(String(100))
    owner_id: Mapped[int | None] = foreign("users.id")
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]


class OrderChange(Base):
    """A change of a placed order: ``before`` is the order as it was, ``diff`` what differs; insert-only.

    ``version`` is the order's after the change.
    """

    __tablename__ = "order_changes"
    __table_args__ = (UniqueConstraint("order_id", "version"),)

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    diff: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, server_default="")
    changed_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")


class StagePace(Base):
    """How long orders stay in a status without an event, in business seconds: the 95th percentile of the past."""

    __tablename__ = "stage_paces"

    status: Mapped[str] = mapped_column(String(40), primary_key=True)
    p95_seconds: Mapped[int] = mapped_column(Integer)
    sample: Mapped[int] = mapped_column(Integer)
    measured_at: Mapped[Instant]


class OrderRisk(Base):
    """How likely an open order is to miss its first promise, as last scored; all are scored anew each time.

    ``cause`` is what raises it the most, None where nothing does; ``served`` is the model or the rule that told it.
    """

    __tablename__ = "order_risks"
    __table_args__ = (
        CheckConstraint("probability BETWEEN 0 AND 1", name="share"),
        Index("ix_order_risks_probability", text("probability DESC"), text("order_id DESC")),
    )

    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    milestone: Mapped[str] = mapped_column(String(20))
    probability: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    cause: Mapped[str | None] = mapped_column(String(20))
    served: Mapped[str] = mapped_column(String(40))
    scored_at: Mapped[Instant]
