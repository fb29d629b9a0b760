"""Tables of money: payments, their allocation to orders, refunds."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, enum_type, foreign


class PaymentState(StrEnum):
    """Only a received payment counts as paid."""

    PENDING = "pending"
    RECEIVED = "received"
    FAILED = "failed"


class Payment(Base):
    """Money a customer paid; unique by the provider's own reference."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("gross >= 0", name="gross"),
        Index(
            "uq_payments_provider_ref",
            "provider",
            "provider_ref",
            unique=True,
            postgresql_where=text("provider_ref IS NOT NULL"),
        ),
    )

    id: Mapped[BigId]
    provider: Mapped[str] = mapped_column(String(40))
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    method: Mapped[str] = mapped_column(String(40))
    instalments: Mapped[int | None]
    state: Mapped[PaymentState] = mapped_column(enum_type(PaymentState, "state"), server_default="received")
    gross: Mapped[Money]
    received_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")


class PaymentAllocation(Base):
    """How much of a payment goes to an order; ``orders.paid`` is the sum over received payments."""

    __tablename__ = "payment_allocations"
    __table_args__ = (
        CheckConstraint("gross >= 0", name="gross"),
        Index("ix_payment_allocations_order_id", "order_id"),
    )

    payment_id: Mapped[int] = foreign("payments.id", primary_key=True)
    order_id: Mapped[int] = foreign("orders.id", primary_key=True)
    gross: Mapped[Money]


class Refund(Base):
    """Money given back for an order."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("gross > 0", name="gross"), Index("ix_refunds_order_id", "order_id"))

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    return_id: Mapped[int | None] = foreign("returns.id")
    gross: Mapped[Money]
    refunded_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")
