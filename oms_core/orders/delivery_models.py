"""Tables of getting goods to the customer and back: fulfilments, shipments, returns."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Sequence, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, enum_type, foreign

return_numbers = Sequence("return_numbers", start=1_001, metadata=Base.metadata)


class FulfilmentState(StrEnum):
    """A fulfilment is open until everything reserved for it is shipped or released."""

    OPEN = "open"
    PACKED = "packed"
    DONE = "done"
    CANCELLED = "cancelled"


class Disposition(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    SCRAP = "scrap"
    SUPPLIER = "supplier"


class DeliveryKind(StrEnum):
    """To the customer's door, or to a place where they fetch it."""

    DOOR = "door"
    PICKUP = "pickup"


class DeliveryMethod(Base):
    """A way to the customer: what it costs, which carrier takes it, and how many whole days it is on its way."""

    __tablename__ = "delivery_methods"
    __table_args__ = (CheckConstraint("charge >= 0 AND transit_days >= 0", name="terms"),)

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[DeliveryKind] = mapped_column(enum_type(DeliveryKind, "kind"), server_default="door")
    carrier: Mapped[str] = mapped_column(String(60), server_default="")
    charge: Mapped[Money] = mapped_column(server_default=text("0"))
    transit_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Fulfilment(Base):
    """Work to do for an order in one warehouse."""

    __tablename__ = "fulfilments"
    __table_args__ = (
        UniqueConstraint("order_id", "warehouse_id"),
        Index("ix_fulfilments_open", "warehouse_id", postgresql_where=text("state IN ('open', 'packed')")),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    warehouse_id: Mapped[int] = foreign("warehouses.id")
    state: Mapped[FulfilmentState] = mapped_column(enum_type(FulfilmentState, "state"), server_default="open")
    created_at: Mapped[Instant]
    due_at: Mapped[Instant | None]
    acknowledged_at: Mapped[Instant | None]


class Shipment(Base):
    """Work done: goods handed to a carrier, by a warehouse of ours or by a supplier directly (no fulfilment)."""

    __tablename__ = "shipments"
    __table_args__ = (
        CheckConstraint("(warehouse_id IS NULL) <> (supplier_id IS NULL)", name="one_origin"),
        Index("ix_shipments_order_id", "order_id"),
        Index("ix_shipments_shipped_at", "shipped_at", postgresql_using="brin"),
        Index("ix_shipments_tracking", text("upper(tracking)"), postgresql_where=text("tracking <> ''")),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    fulfilment_id: Mapped[int | None] = foreign("fulfilments.id")
    warehouse_id: Mapped[int | None] = foreign("warehouses.id")
    supplier_id: Mapped[int | None] = foreign("suppliers.id")
    carrier: Mapped[str] = mapped_column(String(60), server_default="")
    tracking: Mapped[str] = mapped_column(String(100), server_default="")
    cost: Mapped[Money | None]
    shipped_at: Mapped[Instant]
    delivered_at: Mapped[Instant | None]


class ShipmentLine(Base):
    """How much of an order line a shipment carries."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_shipment_lines_order_line_id", "order_line_id"),
    )

    shipment_id: Mapped[int] = foreign("shipments.id", primary_key=True)
    order_line_id: Mapped[int] = foreign("order_lines.id", primary_key=True)
    quantity: Mapped[Quantity]


class ShipmentEvent(Base):
    """What a carrier reported; unique by the carrier's own id."""

    __tablename__ = "shipment_events"
    __table_args__ = (
        Index("ix_shipment_events_order_id", "order_id"),
        Index("ix_shipment_events_shipment_id", "shipment_id", postgresql_where=text("shipment_id IS NOT NULL")),
        UniqueConstraint("carrier", "external_id"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    shipment_id: Mapped[int | None] = foreign("shipments.id")
    carrier: Mapped[str] = mapped_column(String(60), server_default="")
    external_id: Mapped[str | None] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[Instant]


class Return(Base):
    """Goods a customer sends back."""

    __tablename__ = "returns"
    __table_args__ = (Index("ix_returns_order_id", "order_id"),)

    id: Mapped[BigId]
    number: Mapped[str] = mapped_column(
        String(40), unique=True, server_default=text("('R'::text || (nextval('return_numbers'::regclass))::text)")
    )
    order_id: Mapped[int] = foreign("orders.id")
    reason: Mapped[str] = mapped_column(String(60))
    requested_at: Mapped[Instant]
    received_at: Mapped[Instant | None]
    actor_id: Mapped[int] = foreign("users.id")


class ReturnLine(Base):
    """How much of an order line came back, and what became of it."""

    __tablename__ = "return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_return_lines_order_line_id", "order_line_id"),
    )

    return_id: Mapped[int] = foreign("returns.id", primary_key=True)
    order_line_id: Mapped[int] = foreign("order_lines.id", primary_key=True)
    quantity: Mapped[Quantity]
    disposition: Mapped[Disposition] = mapped_column(enum_type(Disposition, "disposition"))
    net: Mapped[Money]
