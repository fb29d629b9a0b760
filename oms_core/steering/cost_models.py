"""Table of what an hour of work costs the shop."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class HourlyCost(Base):
    """What an hour of a team costs from a day on, until the next such day; without a team: of all other people.

    A new cost begins on a day of its own, so what past orders cost to handle stays as it was.
    """

    __tablename__ = "hourly_costs"
    __table_args__ = (
        UniqueConstraint("team_id", "first_day", name="uq_hourly_costs_team_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("cost > 0", name="cost"),
    )

    id: Mapped[BigId]
    team_id: Mapped[int | None] = foreign("teams.id")
    first_day: Mapped[date]
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(String(3))
    set_by_id: Mapped[int] = foreign("users.id")
    set_at: Mapped[Instant]
