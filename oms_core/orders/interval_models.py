"""Tables of time: where an order was and who held it, as chains without gap or overlap."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, Instant, enum_type, foreign
from oms_core.workflow.models import Group


class StatusInterval(Base):
    """A stay in a status; visits of an order form a chain without gap or overlap, the open one has no end.

    A terminal status has no row: entering it closes the chain at the order's ``closed_at``.
    """

    __tablename__ = "status_intervals"
    __table_args__ = (
        UniqueConstraint("order_id", "visit", "left_at", name="uq_status_intervals_end"),
        ForeignKeyConstraint(
            ["order_id", "previous_visit", "entered_at"],
            ["status_intervals.order_id", "status_intervals.visit", "status_intervals.left_at"],
            name="fk_status_intervals_chain",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("visit >= 1", name="visit"),
        CheckConstraint("left_at >= entered_at", name="period"),
        CheckConstraint(
            "(left_at IS NULL) = (wall_seconds IS NULL) AND (left_at IS NULL) = (business_seconds IS NULL)",
            name="closed",
        ),
        Index("uq_status_intervals_open", "order_id", unique=True, postgresql_where=text("left_at IS NULL")),
        Index("ix_status_intervals_waiting", "entered_at", "order_id", postgresql_where=text("left_at IS NULL")),
    )

    order_id: Mapped[int] = foreign("orders.id", primary_key=True)
    visit: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    previous_visit: Mapped[int | None] = mapped_column(SmallInteger, Computed("nullif(visit - 1, 0)", persisted=True))
    status: Mapped[str] = mapped_column(String(40), ForeignKey("statuses.code"))
    group: Mapped[Group] = mapped_column("group_code", enum_type(Group, "group"))
    manager_id: Mapped[int | None] = foreign("users.id")
    entered_at: Mapped[Instant]
    left_at: Mapped[Instant | None]
    wall_seconds: Mapped[int | None] = mapped_column(BigInteger)
    business_seconds: Mapped[int | None] = mapped_column(BigInteger)


class AssignmentInterval(Base):
    """Who held the order when; a chain as well, beginning when somebody first held it."""

    __tablename__ = "assignment_intervals"
    __table_args__ = (
        UniqueConstraint("order_id", "visit", "left_at", name="uq_assignment_intervals_end"),
        ForeignKeyConstraint(
            ["order_id", "previous_visit", "assigned_at"],
            ["assignment_intervals.order_id", "assignment_intervals.visit", "assignment_intervals.left_at"],
            name="fk_assignment_intervals_chain",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("visit >= 1", name="visit"),
        CheckConstraint("left_at >= assigned_at", name="period"),
        Index("uq_assignment_intervals_open", "order_id", unique=True, postgresql_where=text("left_at IS NULL")),
        Index("ix_assignment_intervals_user_id", "user_id", "assigned_at"),
    )

    order_id: Mapped[int] = foreign("orders.id", primary_key=True)
    visit: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    previous_visit: Mapped[int | None] = mapped_column(SmallInteger, Computed("nullif(visit - 1, 0)", persisted=True))
    user_id: Mapped[int | None] = foreign("users.id")
    assigned_at: Mapped[Instant]
    left_at: Mapped[Instant | None]
