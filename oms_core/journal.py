"""The journal: append-only events of orders, in the transaction of the change they tell of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class OrderEvent(Base):
    """What happened to an order; sequences are gapless, rows are never changed (a trigger refuses it).

    ``occurred_at`` is when it happened in the world, ``recorded_at`` when we wrote it; the feed is read in the
    order (transaction_id, id) up to the oldest transaction still running, so no late commit is lost.

    Actor and manager are no foreign keys: every event would lock the row of one and the same user, and writers would
    wait for each other there. A trigger on users refuses to remove whom the journal names; users are retired instead.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        Index("ix_order_events_transaction_id", "transaction_id", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    from_status: Mapped[str | None] = mapped_column(String(40))
    to_status: Mapped[str | None] = mapped_column(String(40))
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    actor_id: Mapped[int] = mapped_column(BigInteger)
    manager_id: Mapped[int | None] = mapped_column(BigInteger)
    rule: Mapped[str | None] = mapped_column(String(60))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class MartDirtyDay(Base):
    """A business day of a channel whose mart rows must be rebuilt for another cause than an event."""

    __tablename__ = "mart_dirty_days"
    __table_args__ = (Index("ix_mart_dirty_days_transaction_id", "transaction_id", postgresql_using="brin"),)

    id: Mapped[BigId]
    channel_id: Mapped[int | None] = foreign("channels.id")
    day: Mapped[date]
    cause: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be recorded; ``kind`` is ``subject.verb`` in the past tense (``order.placed``)."""

    order_id: int
    kind: str
    occurred_at: datetime
    from_status: str | None = None
    to_status: str | None = None
    payload: Mapping[str, Any] | None = None


# The UPDATE locks each order and hands out its next numbers, so that sequences stay gapless.
_RECORD = text("""
WITH given AS (
    SELECT * FROM unnest(
        CAST(:orders AS bigint[]), CAST(:kinds AS text[]), CAST(:moments AS timestamptz[]),
        CAST(:froms AS text[]), CAST(:tos AS text[]), CAST(:payloads AS text[])
    ) WITH ORDINALITY AS g (order_id, kind, occurred_at, from_status, to_status, payload, place)
), bumped AS (
    UPDATE orders SET last_sequence = last_sequence + n.entries
    FROM (SELECT order_id, count(*) AS entries FROM given GROUP BY order_id) n
    WHERE orders.id = n.order_id
    RETURNING orders.id, orders.last_sequence - n.entries AS base, orders.manager_id
)
INSERT INTO order_events
    (order_id, sequence, kind, occurred_at, from_status, to_status, actor_id, manager_id, payload)
SELECT g.order_id, b.base + row_number() OVER (PARTITION BY g.order_id ORDER BY g.place), g.kind, g.occurred_at,
       g.from_status, g.to_status, :actor_id, b.manager_id, CAST(g.payload AS jsonb)
FROM given g JOIN bumped b ON b.id = g.order_id
ORDER BY g.place
""")


def record(session: Session, entries: Sequence[Entry], *, actor_id: int) -> None:
    """Append events in the given order, each with its order's next sequence and the manager it has now.

    What the session still holds unwritten is flushed first. Call it with the orders locked.
    """
    if not entries:
        return
    session.flush()
    session.execute(
        _RECORD,
        {
            "orders": [entry.order_id for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "moments": [entry.occurred_at for entry in entries],
            "froms": [entry.from_status for entry in entries],
            "tos": [entry.to_status for entry in entries],
            "payloads": [None if entry.payload is None else json.dumps(entry.payload) for entry in entries],
            "actor_id": actor_id,
        },
    )
