"""The audit: who changed which row of what people keep, written by triggers; nobody changes or removes it."""

from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant


class AuditEntry(Base):
    """One change of one row: ``before`` and ``after`` hold the columns that differ, secrets left out.

    ``actor_id`` comes from the door's setting; null where somebody wrote past it. ``row_key`` is the primary key as
    JSON text.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_row", "table_name", "row_key"),
        Index("ix_audit_log_recorded_at", "recorded_at", "id"),
    )

    id: Mapped[BigId]
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    table_name: Mapped[str] = mapped_column(String(63))
    row_key: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(6))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
