"""Tables of people: users, their roles and absences."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, String, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, enum_type, foreign


class Role(StrEnum):
    """What a person may be; a user may have several."""

    MANAGER = "manager"
    LEAD = "lead"
    BUYER = "buyer"
    WAREHOUSE = "warehouse"
    COURIER = "courier"
    EXECUTIVE = "executive"
    ADMIN = "admin"
    CLIENT = "client"


class User(Base):
    """A person or the system itself (login ``system``), to whom every write is attributed."""

    __tablename__ = "users"

    id: Mapped[BigId]
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="en", server_default="en")
    calendar_id: Mapped[int | None] = foreign("work_calendars.id")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = foreign("users.id", primary_key=True)
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)


class Absence(Base):
    """Whole days on which a user is away; absences of one user never overlap."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period"),
        ExcludeConstraint(
            (text("int8range(user_id, user_id, '[]')"), "&&"),
            (text("daterange(first_day, last_day, '[]')"), "&&"),
            name="ex_absences_overlap",
        ),
    )

    id: Mapped[BigId]
    user_id: Mapped[int] = foreign("users.id")
    first_day: Mapped[date]
    last_day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20), default="leave", server_default="leave")
