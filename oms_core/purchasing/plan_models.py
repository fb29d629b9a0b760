"""Tables of the plan: what service is wanted of which products, suppliers' terms of ordering, what is put off."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, enum_type, foreign


class ServiceMeasure(StrEnum):
    """What a target speaks of.

    The chance of no stockout per cycle; the share of demand served from the shelf; or the critical ratio p / (p + h) of
    the cost p of a unit missed and the cost h of keeping one for a review period.
    """

    CYCLE = "cycle_service_level"
    FILL = "fill_rate"
    RATIO = "critical_ratio"


class ReplenishmentTarget(Base):
    """The service wanted of a class of products; classes without a row follow the warehouse's policy.

    ``abc`` is by revenue (A earns most), ``xyz`` by how steady the demand is (X steadiest).
    """

    __tablename__ = "replenishment_targets"
    __table_args__ = (
        CheckConstraint("abc IN ('A', 'B', 'C') AND xyz IN ('X', 'Y', 'Z')", name="classes"),
        CheckConstraint("level > 0 AND level < 1", name="level"),
    )

    abc: Mapped[str] = mapped_column(String(1), primary_key=True)
    xyz: Mapped[str] = mapped_column(String(1), primary_key=True)
    measure: Mapped[ServiceMeasure] = mapped_column(enum_type(ServiceMeasure, "measure"))
    level: Mapped[Decimal] = mapped_column(Numeric(5, 4))


class SupplierOrderTerm(Base):
    """What one order to a supplier must be worth at least."""

    __tablename__ = "supplier_order_terms"
    __table_args__ = (CheckConstraint("minimum_order_value > 0", name="minimum_order_value"),)

    supplier_id: Mapped[int] = mapped_column(
        ForeignKey("suppliers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    minimum_order_value: Mapped[Money]


class SupplierClosure(Base):
    """Days, both included, on which a supplier neither packs nor ships."""

    __tablename__ = "supplier_closures"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        Index("ix_supplier_closures_supplier_id", "supplier_id"),
    )

    id: Mapped[BigId]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]


class ReplenishmentSnooze(Base):
    """A suggestion that is not to be seen until a day, whatever later runs find."""

    __tablename__ = "replenishment_snoozes"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    set_by_id: Mapped[int] = foreign("users.id")
    set_at: Mapped[Instant]


class ReplenishmentAttempt(Base):
    """A nightly run as it goes: how far it came, and why it failed if it did."""

    __tablename__ = "replenishment_attempts"
    __table_args__ = (CheckConstraint("share >= 0 AND share <= 1", name="share"),)

    id: Mapped[BigId]
    started_at: Mapped[Instant]
    stage: Mapped[str] = mapped_column(String(60), server_default=text("''"))
    share: Mapped[Decimal] = mapped_column(Numeric(4, 3), server_default=text("0"))
    finished_at: Mapped[Instant | None]
    failure: Mapped[str | None] = mapped_column(Text)
