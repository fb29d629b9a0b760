"""Tables of levelling: what was handed over at once, and the load that was foreseen with it and without it."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class WorkLevelling(Base):
    """A proposal that somebody carried out; ``until`` is the end of the hours that were counted."""

    __tablename__ = "work_levellings"
    __table_args__ = (CheckConstraint("until > decided_at", name="period"),)

    id: Mapped[BigId]
    decided_at: Mapped[Instant] = mapped_column(index=True)
    until: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")


class WorkLevellingMove(Base):
    """One order of a levelling, with the minutes that it was expected to take."""

    __tablename__ = "work_levelling_moves"
    __table_args__ = (
        CheckConstraint("minutes >= 0", name="minutes"),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
    )

    levelling_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("work_levellings.id", ondelete="CASCADE"), primary_key=True
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    giver_id: Mapped[int] = foreign("users.id")
    taker_id: Mapped[int] = foreign("users.id")
    minutes: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class WorkLevellingLoad(Base):
    """What somebody had to do in the minutes they had, before and after, as it was foreseen."""

    __tablename__ = "work_levelling_loads"
    __table_args__ = (
        CheckConstraint("capacity_minutes >= 0 AND minutes_before >= 0 AND minutes_after >= 0", name="minutes"),
    )

    levelling_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("work_levellings.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = foreign("users.id", primary_key=True)
    capacity_minutes: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    minutes_before: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    minutes_after: Mapped[Decimal] = mapped_column(Numeric(14, 3))
