"""Tables of orders: the order, its lines, holds and cancellations."""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, Rate, UnitCost, enum_type, foreign
from oms_core.money import RoundingRule
from oms_core.workflow.models import Group

order_numbers = Sequence("order_numbers", start=100_001, metadata=Base.metadata)


class Order(Base):
    """An order; ``gross`` sums its lines as ordered, ``total`` adds shipping; cancellations are rows of their own.

    ``paid`` and ``refunded`` are kept by billing, ``version`` grows with every write, ``last_sequence`` is the
    sequence of the newest event. ``request_hash`` tells a repeated request from another one under one reference.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total = gross + shipping AND gross = net + tax", name="totals"),
        CheckConstraint("paid >= 0 AND refunded >= 0 AND refunded <= paid", name="money"),
        Index(
            "uq_orders_channel_external_ref",
            "channel_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref IS NOT NULL"),
        ),
        Index("ix_orders_status", "status", "placed_at", "id"),
        Index("ix_orders_placed_at", "placed_at", "id"),
        # With all that a customer's orders are summed by: the profile of a regular reads this alone.
        Index(
            "ix_orders_customer_id",
            "customer_id",
            "placed_at",
            "id",
            postgresql_include=["currency", "status", "closed_at", "promised_at", "total", "paid", "refunded"],
        ),
        Index("ix_orders_channel_id", "channel_id", "placed_at", "id"),
        Index("ix_orders_manager_id", "manager_id", "placed_at", "id", postgresql_where=text("manager_id IS NOT NULL")),
        # What is due: open orders by promise, those without one last.
        Index(
            "ix_orders_due",
            text("coalesce(promised_at, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_orders_value", "total", "id", postgresql_where=text("closed_at IS NULL")),
        Index(
            "ix_orders_comment_words",
            text("to_tsvector('simple', comment)"),
            postgresql_using="gin",
            postgresql_where=text("comment <> ''"),
        ),
        Index(
            "ix_orders_import_batch_id",
            "import_batch_id",
            postgresql_where=text("import_batch_id IS NOT NULL"),
        ),
        Index("ix_orders_duplicate_of_id", "duplicate_of_id", postgresql_where=text("duplicate_of_id IS NOT NULL")),
        Index("ix_orders_copied_from_id", "copied_from_id", postgresql_where=text("copied_from_id IS NOT NULL")),
    )

    id: Mapped[BigId]
    number: Mapped[str] = mapped_column(
        String(40), unique=True, server_default=text("(nextval('order_numbers'::regclass))::text")
    )
    type: Mapped[str] = mapped_column(String(20), server_default="sale")
    channel_id: Mapped[int] = foreign("channels.id")
    external_ref: Mapped[str | None] = mapped_column(String(100))
    external_status: Mapped[str | None] = mapped_column(String(60))
    customer_id: Mapped[int] = foreign("customers.id")
    status: Mapped[str] = mapped_column(String(40), ForeignKey("statuses.code"))
    manager_id: Mapped[int | None] = foreign("users.id")
    warehouse_id: Mapped[int | None] = foreign("warehouses.id")
    currency: Mapped[str] = mapped_column(String(3))
    rounding_rule: Mapped[RoundingRule] = mapped_column(
        enum_type(RoundingRule, "rounding_rule"), server_default="half_up"
    )
    placed_at: Mapped[Instant]
    requested_at: Mapped[Instant | None]
    first_promised_at: Mapped[Instant | None]
    promised_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    last_sequence: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    net: Mapped[Money] = mapped_column(server_default=text("0"))
    tax: Mapped[Money] = mapped_column(server_default=text("0"))
    gross: Mapped[Money] = mapped_column(server_default=text("0"))
    shipping: Mapped[Money] = mapped_column(server_default=text("0"))
    total: Mapped[Money] = mapped_column(server_default=text("0"))
    paid: Mapped[Money] = mapped_column(server_default=text("0"))
    refunded: Mapped[Money] = mapped_column(server_default=text("0"))
    comment: Mapped[str] = mapped_column(Text, server_default="")
    ship_region: Mapped[str | None] = mapped_column(String(60))
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_test: Mapped[bool] = mapped_column(server_default=text("false"))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    duplicate_of_id: Mapped[int | None] = foreign("orders.id")
    copied_from_id: Mapped[int | None] = foreign("orders.id")
    delivery_method_id: Mapped[int | None] = foreign("delivery_methods.id")
    import_batch_id: Mapped[int | None] = foreign("import_batches.id")


class OrderLine(Base):
    """A product ordered; its quantities are kept by the use cases, the CHECK is the last guard.

    ``discount`` is money off the whole line. ``supplier_id`` is set where that supplier ships it to the customer.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0 AND discount >= 0 AND gross = net + tax", name="money"),
        CheckConstraint(
            "quantity_shipped >= 0 AND quantity_cancelled >= 0 AND quantity_shipped + quantity_cancelled <= quantity",
            name="within_quantity",
        ),
        CheckConstraint(
            "0 <= quantity_returned AND quantity_returned <= quantity_shipped", name="returned_within_shipped"
        ),
        Index("ix_order_lines_product_id", "product_id", "order_id"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    position: Mapped[int] = mapped_column(SmallInteger)
    product_id: Mapped[int] = foreign("products.id")
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    discount: Mapped[Money] = mapped_column(server_default=text("0"))
    tax_rate: Mapped[Rate] = mapped_column(server_default=text("0"))
    net: Mapped[Money]
    tax: Mapped[Money]
    gross: Mapped[Money]
    unit_cost: Mapped[UnitCost | None]
    supplier_id: Mapped[int | None] = foreign("suppliers.id")
    quantity_shipped: Mapped[Quantity] = mapped_column(server_default=text("0"))
    quantity_cancelled: Mapped[Quantity] = mapped_column(server_default=text("0"))
    quantity_returned: Mapped[Quantity] = mapped_column(server_default=text("0"))

    @property
    def quantity_open(self) -> Decimal:
        """What is neither handed over nor cancelled."""
        return self.quantity - self.quantity_shipped - self.quantity_cancelled


class OrderHold(Base):
    """Something that blocks the start of work; an overlay, the status beneath survives.

    ``details`` are the figures behind the cause of a hold that opened by itself, and closes by itself; null for others.
    """

    __tablename__ = "order_holds"
    __table_args__ = (
        Index(
            "uq_order_holds_open",
            "order_id",
            "kind",
            "reference",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_order_holds_order_id", "order_id"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    kind: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(60), server_default="")
    cause: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]


class OrderTag(Base):
    """A word stuck on an order, by a person or a rule."""

    __tablename__ = "order_tags"
    __table_args__ = (Index("ix_order_tags_tag", "tag"),)

    order_id: Mapped[int] = foreign("orders.id", primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")


class Cancellation(Base):
    """What was cancelled and why: a row per line, or one without a line for an order that has none."""

    __tablename__ = "cancellations"
    __table_args__ = (
        CheckConstraint("(order_line_id IS NULL) = (quantity IS NULL)", name="line_and_quantity"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_cancellations_order_id", "order_id"),
        Index("ix_cancellations_order_line_id", "order_line_id"),
        Index("ix_cancellations_cancelled_at", "cancelled_at", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    order_line_id: Mapped[int | None] = foreign("order_lines.id")
    quantity: Mapped[Quantity | None]
    reason: Mapped[str] = mapped_column(ForeignKey("cancel_reasons.code"))
    derived_cause: Mapped[str | None] = mapped_column(String(40))
    previous_status: Mapped[str] = mapped_column(String(40))
    previous_group: Mapped[Group] = mapped_column(enum_type(Group, "group"))
    net: Mapped[Money] = mapped_column(server_default=text("0"))
    gross: Mapped[Money] = mapped_column(server_default=text("0"))
    margin: Mapped[Money | None]
    cancelled_at: Mapped[Instant]
    time_estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    actor_id: Mapped[int] = foreign("users.id")
    note: Mapped[str] = mapped_column(Text, server_default="")


class IdempotencyKey(Base):
    """A client's key for one placement; the same key with another body is refused."""

    __tablename__ = "idempotency_keys"

    actor_id: Mapped[int] = foreign("users.id", primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    order_id: Mapped[int] = foreign("orders.id", index=True)
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
