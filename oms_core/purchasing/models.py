"""Tables of buying: replenishment policies, runs and proposals; purchase orders and receipts."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, UnitCost, enum_type, foreign

purchase_order_numbers = Sequence("purchase_order_numbers", start=1_001, metadata=Base.metadata)


class PurchaseOrderState(StrEnum):
    """A draft is not on order yet; a closed one expects nothing more."""

    DRAFT = "draft"
    ORDERED = "ordered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What a buyer made of a proposal."""

    UNDECIDED = "undecided"
    APPROVED = "approved"
    REJECTED = "rejected"


class PurchaseOrder(Base):
    """An order to a supplier for one warehouse."""

    __tablename__ = "purchase_orders"
    __table_args__ = (Index("ix_purchase_orders_supplier_id", "supplier_id", "ordered_at"),)

    id: Mapped[BigId]
    number: Mapped[str] = mapped_column(
        String(40),
        unique=True,
        server_default=text("('PO'::text || (nextval('purchase_order_numbers'::regclass))::text)"),
    )
    supplier_id: Mapped[int] = foreign("suppliers.id")
    warehouse_id: Mapped[int] = foreign("warehouses.id")
    state: Mapped[PurchaseOrderState] = mapped_column(enum_type(PurchaseOrderState, "state"))
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[Instant]
    ordered_at: Mapped[Instant | None]
    actor_id: Mapped[int] = foreign("users.id")


class PurchaseOrderLine(Base):
    """A product bought; open is quantity − received while the order is ordered."""

    __tablename__ = "purchase_order_lines"
    __table_args__ = (
        UniqueConstraint("purchase_order_id", "position"),
        CheckConstraint("quantity > 0 AND received >= 0", name="quantities"),
        Index("ix_purchase_order_lines_product_id", "product_id"),
    )

    id: Mapped[BigId]
    purchase_order_id: Mapped[int] = foreign("purchase_orders.id")
    position: Mapped[int] = mapped_column(SmallInteger)
    product_id: Mapped[int] = foreign("products.id")
    quantity: Mapped[Quantity]
    received: Mapped[Quantity] = mapped_column(server_default=text("0"))
    unit_cost: Mapped[UnitCost | None]
    expected_on: Mapped[date | None]
    first_expected_on: Mapped[date | None]


class PurchaseOrderEvent(Base):
    """What happened to a purchase order; append-only."""

    __tablename__ = "purchase_order_events"
    __table_args__ = (
        UniqueConstraint("purchase_order_id", "sequence"),
        Index("ix_purchase_order_events_transaction_id", "transaction_id", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    purchase_order_id: Mapped[int] = foreign("purchase_orders.id")
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    actor_id: Mapped[int] = foreign("users.id")
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Receipt(Base):
    """Goods that came in against a purchase order."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_purchase_order_id", "purchase_order_id"),)

    id: Mapped[BigId]
    purchase_order_id: Mapped[int] = foreign("purchase_orders.id")
    received_at: Mapped[Instant]
    reference: Mapped[str] = mapped_column(String(100), server_default="")
    actor_id: Mapped[int] = foreign("users.id")


class ReceiptLine(Base):
    """How much of a purchase order line a receipt brought."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_receipt_lines_purchase_order_line_id", "purchase_order_line_id"),
    )

    receipt_id: Mapped[int] = foreign("receipts.id", primary_key=True)
    purchase_order_line_id: Mapped[int] = foreign("purchase_order_lines.id", primary_key=True)
    quantity: Mapped[Quantity]


class ReplenishmentPolicy(Base):
    """How a warehouse wants to be stocked; the row without a warehouse is the default.

    The default's ``budget`` is what one plan may spend; none: whatever is needed.
    """

    __tablename__ = "replenishment_policies"
    __table_args__ = (
        CheckConstraint("cycle_service_level > 0 AND cycle_service_level < 1", name="cycle_service_level"),
        CheckConstraint("review_period_days > 0", name="review_period_days"),
        CheckConstraint("budget >= 0", name="budget"),
        UniqueConstraint("warehouse_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[BigId]
    warehouse_id: Mapped[int | None] = foreign("warehouses.id")
    cycle_service_level: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    review_period_days: Mapped[int] = mapped_column(SmallInteger)
    maximum_cover_days: Mapped[int | None] = mapped_column(SmallInteger)
    budget: Mapped[Money | None]


class ReplenishmentRun(Base):
    """One computation of proposals: as of when, over which inputs; ``transfers`` are to be made before buying."""

    __tablename__ = "replenishment_runs"

    id: Mapped[BigId]
    as_of: Mapped[Instant]
    inputs_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    actor_id: Mapped[int] = foreign("users.id")
    transfers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))


class ReplenishmentProposal(Base):
    """What to buy and why; undecided ones are replaced by the next run, decided ones kept.

    ``explanation`` holds the terms, which sum exactly to ``raw_quantity`` and with rounding to ``quantity``.
    """

    __tablename__ = "replenishment_proposals"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("(decision = 'undecided') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_replenishment_proposals_undecided",
            "product_id",
            "warehouse_id",
            unique=True,
            postgresql_where=text("decision = 'undecided'"),
        ),
        Index("ix_replenishment_proposals_run_id", "run_id"),
    )

    id: Mapped[BigId]
    run_id: Mapped[int] = foreign("replenishment_runs.id")
    product_id: Mapped[int] = foreign("products.id")
    warehouse_id: Mapped[int] = foreign("warehouses.id")
    supplier_id: Mapped[int] = foreign("suppliers.id")
    raw_quantity: Mapped[Quantity]
    quantity: Mapped[Quantity]
    unit_cost: Mapped[UnitCost | None]
    margin_at_risk: Mapped[Money | None]
    order_by: Mapped[date]
    expected_on: Mapped[date]
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "decision"), server_default="undecided")
    decided_at: Mapped[Instant | None]
    decided_by_id: Mapped[int | None] = foreign("users.id")
    override_quantity: Mapped[Quantity | None]
    why: Mapped[str] = mapped_column(Text, server_default="")
    purchase_order_line_id: Mapped[int | None] = foreign("purchase_order_lines.id")
