"""Tables of people: users, teams, roles and what they may do, absences and who stands in."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


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


class Team(Base):
    """People who work together and who leads them."""

    __tablename__ = "teams"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    lead_id: Mapped[int | None] = foreign("users.id")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class User(Base):
    """A person or the system itself (login ``system``), to whom every write is attributed.

    Without ``password_hash`` (argon2id) nobody signs in here by password; a one-time password must be changed at the
    first sign-in. ``oidc_subject`` is the person's name at the identity provider. ``share`` is how much of the work
    that is dealt out they take, in percent of a full share.
    """

    __tablename__ = "users"

    id: Mapped[BigId]
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="en", server_default="en")
    calendar_id: Mapped[int | None] = foreign("work_calendars.id")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    team_id: Mapped[int | None] = foreign("teams.id", use_alter=True)
    email: Mapped[str | None] = mapped_column(String(200))
    customer_id: Mapped[int | None] = foreign("customers.id", use_alter=True)
    share: Mapped[int] = mapped_column(SmallInteger, default=100, server_default=text("100"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_is_one_time: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    oidc_subject: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = foreign("users.id", primary_key=True)
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)


class RolePermission(Base):
    """One thing a role may do (``oms_core.access.permissions.Permission``)."""

    __tablename__ = "role_permissions"

    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(40), primary_key=True)


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


class Delegation(Base):
    """Whole days on which one user decides approvals in another's place."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period"),
        CheckConstraint("delegate_id <> user_id", name="somebody_else"),
    )

    id: Mapped[BigId]
    user_id: Mapped[int] = foreign("users.id")
    delegate_id: Mapped[int] = foreign("users.id")
    first_day: Mapped[date]
    last_day: Mapped[date]
