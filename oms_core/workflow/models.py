"""Tables of the workflow: groups, statuses, transitions, cancel reasons, working calendars."""

from datetime import date, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, enum_type, foreign


class Group(StrEnum):
    """Status groups, fixed, in the order of the lifecycle: each names the work outstanding."""

    PREORDER = "preorder"
    NEW = "new"
    CONFIRM = "confirm"
    SUPPLY = "supply"
    PICK = "pick"
    SHIP = "ship"
    DELIVER = "deliver"
    DONE = "done"
    CANCELLED = "cancelled"


CLOSED_GROUPS = (Group.DONE, Group.CANCELLED)
CANCELLABLE_GROUPS = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP)


DEFAULT_TYPE = "sale"
"""The type of an order that names none, and of every imported one."""


class Fault(StrEnum):
    """Whose fault a cancellation is."""

    CUSTOMER = "customer"
    STOCK = "stock"
    US = "us"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    PAYMENT = "payment"
    FRAUD = "fraud"
    UNKNOWN = "unknown"


class StatusGroup(Base):
    """A fixed group; KPIs bind to it, never to a status."""

    __tablename__ = "status_groups"

    code: Mapped[Group] = mapped_column(enum_type(Group, "group"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)


class Status(Base):
    """A status an order may be in; ``limit_minutes`` are business minutes it should stay at most.

    ``translations`` holds ``{language: {"name": …, "client_name": …}}``. Nothing enters a retired status any more.
    """

    __tablename__ = "statuses"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    client_name: Mapped[str] = mapped_column(String(100))
    group: Mapped[Group] = mapped_column(
        "group_code", ForeignKey("status_groups.code"), type_=enum_type(Group, "group")
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    is_terminal: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    limit_minutes: Mapped[int | None]
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    is_retired: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class OrderType(Base):
    """A kind of order with a path of its own through the statuses."""

    __tablename__ = "order_types"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(SmallInteger)
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class Transition(Base):
    """A permitted move; ``label`` is the verb on the button, the lowest ``position`` the one next step.

    Only ``roles`` may make it, on orders of ``order_types`` (null: all), when the order has what it ``needs`` (codes of
    ``workflow.needs``). ``translations`` holds ``{language: {"label": …}}``.
    """

    __tablename__ = "transitions"
    __table_args__ = (UniqueConstraint("from_status", "to_status"),)

    id: Mapped[BigId]
    from_status: Mapped[str] = mapped_column(ForeignKey("statuses.code"))
    to_status: Mapped[str] = mapped_column(ForeignKey("statuses.code"))
    label: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(SmallInteger)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default=text("'{}'"))
    order_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    needs: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default=text("'{}'"))
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class CancelReason(Base):
    """Why an order or a line was cancelled; renamed by its label, never its code.

    Offered to orders in the status ``groups`` (null: all). ``translations`` holds ``{language: {"label": …}}``.
    """

    __tablename__ = "cancel_reasons"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))
    fault: Mapped[Fault] = mapped_column(enum_type(Fault, "fault"))
    is_preventable: Mapped[bool]
    position: Mapped[int] = mapped_column(SmallInteger)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    groups: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class WorkCalendar(Base):
    """Working hours by which business time is counted, in its own zone."""

    __tablename__ = "work_calendars"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(60))


class CalendarRule(Base):
    """Hours open on a weekday (0 is Monday); several rows make a day with a break."""

    __tablename__ = "calendar_rules"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("closes_at > opens_at", name="hours"),
    )

    calendar_id: Mapped[int] = foreign("work_calendars.id", primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens_at: Mapped[time] = mapped_column(primary_key=True)
    closes_at: Mapped[time]


class CalendarException(Base):
    """A day that differs: closed (no hours) or with hours of its own."""

    __tablename__ = "calendar_exceptions"
    __table_args__ = (
        CheckConstraint("(opens_at IS NULL) = (closes_at IS NULL)", name="both_or_none"),
        CheckConstraint("closes_at > opens_at", name="hours"),
    )

    calendar_id: Mapped[int] = foreign("work_calendars.id", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opens_at: Mapped[time | None]
    closes_at: Mapped[time | None]
    note: Mapped[str] = mapped_column(String(100), default="", server_default="")
