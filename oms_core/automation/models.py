"""Tables of automation: its rules and every time one of them ran."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class Mode(StrEnum):
    """What a rule does when its condition holds: nothing, offer its actions, or take them."""

    OFF = "off"
    SUGGEST = "suggest"
    AUTO = "auto"


class Outcome(StrEnum):
    """What became of one run of a rule."""

    APPLIED = "applied"
    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FAILED = "failed"
    STOPPED = "stopped"


class AutomationRule(Base):
    """On ``event``, where ``condition`` (CEL, true) holds, ``actions`` in their order; lower ``priority`` first.

    An action is ``{"kind": "assign" | "tag" | "hold" | "task" | "status" | "priority" | "message", …its parameters}``.
    """

    __tablename__ = "automation_rules"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    name: Mapped[str] = mapped_column(String(200))
    event: Mapped[str] = mapped_column(String(40))
    condition: Mapped[str] = mapped_column(Text, server_default="true")
    builder: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    mode: Mapped[Mode] = mapped_column(enum_type(Mode, "mode"), server_default="off")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("100"))
    order_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    channels: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    active_from: Mapped[Instant | None]
    active_until: Mapped[Instant | None]
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class AutomationRun(Base):
    """A rule's answer to one event of one order: at most one, however often the event is delivered."""

    __tablename__ = "automation_runs"
    __table_args__ = (
        UniqueConstraint("rule_code", "order_id", "event_sequence"),
        Index("ix_automation_runs_order_id", "order_id"),
        Index("ix_automation_runs_rule_code", "rule_code", "id"),
        Index("ix_automation_runs_created_at", "created_at"),
        Index("ix_automation_runs_suggested", "rule_code", "order_id", postgresql_where=text("outcome = 'suggested'")),
    )

    id: Mapped[BigId]
    rule_code: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[int] = mapped_column(Integer)
    order_id: Mapped[int] = foreign("orders.id")
    event_sequence: Mapped[int] = mapped_column(Integer)
    mode: Mapped[Mode] = mapped_column(enum_type(Mode, "mode"))
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, "outcome"))
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Instant]
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None] = foreign("users.id")
