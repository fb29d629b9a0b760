"""Tables of approvals: what waits for somebody's word, and what they said."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class ApprovalState(StrEnum):
    """Where a request for approval stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApprovalRequest(Base):
    """A value of an order above a policy's limit, waiting at ``level`` (an index into the policy's levels)."""

    __tablename__ = "approval_requests"
    __table_args__ = (
        CheckConstraint("decided_by <> requested_by", name="not_ones_own"),
        Index(
            "uq_approval_requests_open", "order_id", "policy_code", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_approval_requests_order_id", "order_id"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    policy_code: Mapped[str] = mapped_column(String(60))
    policy_version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(String(20))
    measured: Mapped[Decimal]
    limit: Mapped[Decimal] = mapped_column("limit_value")
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    state: Mapped[ApprovalState] = mapped_column(enum_type(ApprovalState, "state"), server_default="open")
    requested_by: Mapped[int] = foreign("users.id")
    requested_at: Mapped[Instant]
    due_at: Mapped[Instant | None]
    decided_by: Mapped[int | None] = foreign("users.id")
    decided_at: Mapped[Instant | None]
    note: Mapped[str] = mapped_column(Text, server_default="")
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class ApprovalStep(Base):
    """What happened to a request at one level: asked, escalated, approved, refused; by whom, in whose place."""

    __tablename__ = "approval_steps"

    request_id: Mapped[int] = foreign("approval_requests.id", primary_key=True)
    sequence: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    action: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int] = foreign("users.id")
    in_place_of_id: Mapped[int | None] = foreign("users.id")
    occurred_at: Mapped[Instant]
    note: Mapped[str] = mapped_column(Text, server_default="")
