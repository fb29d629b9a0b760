"""Tables of the rules: validation, holds, approvals, the versions of all that is configured, alerts."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class Severity(StrEnum):
    """What a broken validation rule does: refuse the change, or warn and let it pass."""

    REFUSE = "refuse"
    WARN = "warn"


class ConfigRevision(Base):
    """A counter that grows with every change of one kind of configuration: compiled copies are kept by it."""

    __tablename__ = "config_revisions"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class ConfigVersion(Base):
    """One saved version of a piece of configuration, whole, so that it can be shown, compared and restored.

    ``kind`` is workflow, reasons, validation, automation, hold, approval or permissions; ``code`` names the piece.
    """

    __tablename__ = "config_versions"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, server_default="")
    actor_id: Mapped[int] = foreign("users.id")
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class ValidationRule(Base):
    """What must hold of an order when it is changed: a CEL expression that is true where all is well.

    ``changes`` are the kinds of change it watches (``place``, ``move``, ``cancel`` …; null: all), ``to_statuses``
    narrows moves; ``order_types`` and ``channels`` (codes) narrow the orders. ``builder`` is the condition as people
    built it, null where somebody wrote CEL. ``field`` names what is at fault.
    """

    __tablename__ = "validation_rules"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    name: Mapped[str] = mapped_column(String(200))
    severity: Mapped[Severity] = mapped_column(enum_type(Severity, "severity"))
    changes: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    to_statuses: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    order_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    channels: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    expression: Mapped[str] = mapped_column(Text)
    builder: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    message: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(60))
    active_from: Mapped[Instant | None]
    active_until: Mapped[Instant | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class HoldPolicy(Base):
    """When orders are held by themselves: one row per kind (stock, delay, prepayment, validation)."""

    __tablename__ = "hold_policies"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    channels: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    order_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class ApprovalPolicy(Base):
    """Above which limit somebody must approve: ``subject`` is discount, margin, order_value or refund.

    ``levels`` is a list of ``{"role": …, "up_to": decimal or null}`` from the lowest; ``time_limit_minutes`` are
    business minutes after which the next level is asked.
    """

    __tablename__ = "approval_policies"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(20))
    limit: Mapped[Decimal] = mapped_column("limit_value")
    channels: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    order_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    levels: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    time_limit_minutes: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class Alert(Base):
    """Something somebody should look at: opened once for each kind and reference until it is closed."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "kind", "reference", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_alerts_open_order_id", "order_id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    order_id: Mapped[int | None] = foreign("orders.id")
    opened_at: Mapped[Instant]
    acknowledged_at: Mapped[Instant | None]
    acknowledged_by: Mapped[int | None] = foreign("users.id")
    closed_at: Mapped[Instant | None]


class RuleHit(Base):
    """A change that a validation rule refused or warned of: kept although the refused change was not.

    ``number`` is the order's, null where its placement was refused. Rows are only added.
    """

    __tablename__ = "rule_hits"
    __table_args__ = (Index("ix_rule_hits_rule_code", "rule_code", "occurred_at"),)

    id: Mapped[BigId]
    rule_code: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[int] = mapped_column(Integer)
    severity: Mapped[Severity] = mapped_column(enum_type(Severity, "severity"))
    number: Mapped[str | None] = mapped_column(String(40))
    actor_id: Mapped[int] = foreign("users.id")
    occurred_at: Mapped[Instant]
