"""Tables of steering: targets of metrics, rules of alerts and what they raised, boards, verdicts on anomalies."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class AlertKind(StrEnum):
    """Against bounds that somebody set, or against the figure's own history."""

    THRESHOLD = "threshold"
    DEVIATION = "deviation"


class MetricTarget(Base):
    """What a metric of a channel should come to from ``first_day`` until before ``after_day``, in the metric's unit.

    ``cut`` and ``part`` narrow it (one manager, one team, one region); both are empty for all of the channel.
    """

    __tablename__ = "metric_targets"
    __table_args__ = (
        UniqueConstraint(
            "channel_id", "metric", "cut", "part", "first_day", "after_day", name="uq_metric_targets_aim"
        ),
        CheckConstraint("after_day > first_day", name="period"),
        CheckConstraint("(cut = '') = (part = '')", name="part_of_a_cut"),
    )  # fmt: skip

    id: Mapped[BigId]
    channel_id: Mapped[int] = foreign("channels.id")
    metric: Mapped[str] = mapped_column(String(40))
    cut: Mapped[str] = mapped_column(String(20), server_default="")
    part: Mapped[str] = mapped_column(String(100), server_default="")
    first_day: Mapped[date]
    after_day: Mapped[date]
    target: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    set_by_id: Mapped[int] = foreign("users.id")
    set_at: Mapped[Instant]


class AlertRule(Base):
    """When a metric of a channel raises an alert, for all of it or for each part of a cut.

    A threshold looks at the last ``days`` finished days and has a bound; a deviation is as many times as unusual as
    ``sensitivity`` says. Without ``roles`` everybody who sees figures is told.
    """

    __tablename__ = "metric_alert_rules"
    __table_args__ = (
        CheckConstraint("kind <> 'threshold' OR lower_bound IS NOT NULL OR upper_bound IS NOT NULL", name="bound"),
        CheckConstraint("sensitivity > 0 AND days BETWEEN 1 AND 28", name="sane"),
    )

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(String(100))
    channel_id: Mapped[int] = foreign("channels.id")
    metric: Mapped[str] = mapped_column(String(40))
    cut: Mapped[str] = mapped_column(String(20), server_default="")
    kind: Mapped[AlertKind] = mapped_column(enum_type(AlertKind, "kind"))
    lower_bound: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    upper_bound: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    days: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    sensitivity: Mapped[Decimal] = mapped_column(Numeric(4, 1), server_default=text("4"))
    roles: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    owner_id: Mapped[int] = foreign("users.id")
    created_at: Mapped[Instant]


class MetricAlert(Base):
    """One notice: a rule found one figure off from ``opened_day`` on; ``day`` is the last finished day it looked at."""

    __tablename__ = "metric_alerts"
    __table_args__ = (
        Index("uq_metric_alerts_open", "rule_id", "part", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[BigId]
    rule_id: Mapped[int] = foreign("metric_alert_rules.id", index=True)
    part: Mapped[str] = mapped_column(String(100), server_default="")
    opened_day: Mapped[date]
    day: Mapped[date]
    value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    expected: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    acknowledged_by_id: Mapped[int | None] = foreign("users.id")
    acknowledged_at: Mapped[Instant | None]
    note: Mapped[str] = mapped_column(Text, server_default="")


class Board(Base):
    """A board that somebody keeps: ``cards`` name metric, cut, lens and chart; shared with nobody, a role or all."""

    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[BigId]
    owner_id: Mapped[int] = foreign("users.id")
    name: Mapped[str] = mapped_column(String(60))
    cards: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shared_with: Mapped[str] = mapped_column(String(20), server_default="")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class BoardStart(Base):
    """The board on which somebody's figures open."""

    __tablename__ = "board_starts"

    user_id: Mapped[int] = foreign("users.id", primary_key=True)
    board_id: Mapped[int] = foreign("boards.id", index=True)


class Anomaly(StrEnum):
    """What cannot be right about an order, or should not be."""

    SILENT = "silent"
    UNSCANNED = "unscanned"
    PAID_UNRESERVED = "paid_unreserved"
    RESERVED_UNPAID = "reserved_unpaid"
    UNINVOICED = "uninvoiced"
    REFUNDED_UNRECEIVED = "refunded_unreceived"
    PRICE_OUTLIER = "price_outlier"
    DUPLICATE = "duplicate"


class AnomalyVerdict(Base):
    """What somebody said of a suspicion: ``is_true`` or a false alarm, with the ``evidence`` they saw."""

    __tablename__ = "anomaly_verdicts"
    __table_args__ = (UniqueConstraint("kind", "order_id"),)

    id: Mapped[BigId]
    kind: Mapped[Anomaly] = mapped_column(enum_type(Anomaly, "kind"))
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id", ondelete="CASCADE"))
    is_true: Mapped[bool]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, server_default="")
    actor_id: Mapped[int] = foreign("users.id")
    decided_at: Mapped[Instant]
