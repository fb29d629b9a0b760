"""Tables of stock: locations, levels, moves and reservations."""

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Quantity, UnitCost, enum_type, foreign


class LocationKind(StrEnum):
    """What a location is; levels are kept for ``stock`` and ``transit`` only."""

    STOCK = "stock"
    TRANSIT = "transit"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    LOSS = "loss"
    COUNT = "count"


class MoveState(StrEnum):
    """A planned move may change; a done one never."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class ReservationState(StrEnum):
    """Held (may expire) and committed count as reserved; the others are history."""

    HELD = "held"
    COMMITTED = "committed"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class Location(Base):
    """A place goods can be: in a warehouse, on the way, or outside at a partner."""

    __tablename__ = "locations"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[LocationKind] = mapped_column(enum_type(LocationKind, "kind"))
    warehouse_id: Mapped[int | None] = foreign("warehouses.id")


class StockLevel(Base):
    """What lies at a location and how much of it is promised; the CHECK is the last guard against oversale."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("0 <= reserved AND reserved <= on_hand", name="reserved_within_on_hand"),
        Index("ix_stock_levels_product_id", "product_id"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    location_id: Mapped[int] = foreign("locations.id", primary_key=True)
    product_id: Mapped[int] = foreign("products.id", primary_key=True)
    on_hand: Mapped[Quantity] = mapped_column(server_default=text("0"))
    reserved: Mapped[Quantity] = mapped_column(server_default=text("0"))


class StockMove(Base):
    """Goods going from one location to another; done moves are insert-only (a trigger refuses change).

    ``reference`` names the cause as ``kind:id`` (``shipment:12``, ``receipt:3``, ``return:4``, ``count:5``).
    """

    __tablename__ = "stock_moves"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_location_id <> to_location_id", name="two_places"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_at"),
        Index("ix_stock_moves_product_id_done_at", "product_id", "done_at"),
        Index("ix_stock_moves_done_at", "done_at", postgresql_using="brin"),
        Index("ix_stock_moves_transaction_id", "transaction_id", postgresql_using="brin"),
        Index(
            "uq_stock_moves_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[BigId]
    product_id: Mapped[int] = foreign("products.id")
    quantity: Mapped[Quantity]
    from_location_id: Mapped[int] = foreign("locations.id")
    to_location_id: Mapped[int] = foreign("locations.id")
    state: Mapped[MoveState] = mapped_column(enum_type(MoveState, "state"), server_default="done")
    planned_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]
    reference: Mapped[str] = mapped_column(String(60), server_default="")
    unit_cost: Mapped[UnitCost | None]
    actor_id: Mapped[int] = foreign("users.id")
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))


class Reservation(Base):
    """Stock of one location promised to an order line."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("state <> 'committed' OR expires_at IS NULL", name="committed_never_expires"),
        ForeignKeyConstraint(
            ["location_id", "product_id"],
            ["stock_levels.location_id", "stock_levels.product_id"],
            name="fk_reservations_stock_level",
        ),
        Index("ix_reservations_order_line_id", "order_line_id"),
        Index(
            "ix_reservations_active",
            "location_id",
            "product_id",
            postgresql_where=text("state IN ('held', 'committed')"),
        ),
        Index("ix_reservations_expires_at", "expires_at", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[BigId]
    order_line_id: Mapped[int] = foreign("order_lines.id")
    location_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Quantity]
    state: Mapped[ReservationState] = mapped_column(enum_type(ReservationState, "state"))
    expires_at: Mapped[Instant | None]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
