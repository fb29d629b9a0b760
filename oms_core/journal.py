"""The journal: append-only events of orders, in the transaction of the change they tell of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
        Index(
            "ix_order_events_comment_words",
            text("to_tsvector('simple', payload ->> 'text')"),
            postgresql_using="gin",
            postgresql_where=text("kind = 'order.commented'"),
        ),
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
    """An event to be recorded; ``kind`` is ``subject.verb`` in the past tense (``order.placed``).

    ``rule`` (``code@version``) is the automation rule that acted; unnamed it is that of ``caused_by``, if any.
    """

    order_id: int
    kind: str
    occurred_at: datetime
    from_status: str | None = None
    to_status: str | None = None
    payload: Mapping[str, Any] | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Journalled:
    """An event as this transaction recorded it; ``chain`` names the rules whose acts led to it, the first cause first.

    A chain holds codes without versions: a rule changed meanwhile is the same rule.
    """

    order_id: int
    sequence: int
    kind: str
    from_status: str | None
    to_status: str | None
    rule: str | None
    chain: tuple[str, ...] = ()
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What events are recorded under: the rule that acts, ``code@version``, and its chain, itself last."""

    rule: str
    chain: tuple[str, ...]


_JOURNALLED, _CAUSE = "journalled", "journal_cause"  # where a session keeps them

# The UPDATE locks each order and hands out its next numbers, so that sequences stay gapless.
_RECORD = text("""
WITH given AS (
    SELECT * FROM unnest(
        CAST(:orders AS bigint[]), CAST(:kinds AS text[]), CAST(:moments AS timestamptz[]),
        CAST(:froms AS text[]), CAST(:tos AS text[]), CAST(:payloads AS text[]), CAST(:rules AS text[])
    ) WITH ORDINALITY AS g (order_id, kind, occurred_at, from_status, to_status, payload, rule, place)
), bumped AS (
    UPDATE orders SET last_sequence = last_sequence + n.entries
    FROM (SELECT order_id, count(*) AS entries FROM given GROUP BY order_id) n
    WHERE orders.id = n.order_id
    RETURNING orders.id, orders.last_sequence - n.entries AS base, orders.manager_id
)
INSERT INTO order_events
    (order_id, sequence, kind, occurred_at, from_status, to_status, actor_id, manager_id, rule, payload)
SELECT g.order_id, b.base + row_number() OVER (PARTITION BY g.order_id ORDER BY g.place), g.kind, g.occurred_at,
       g.from_status, g.to_status, :actor_id, b.manager_id, g.rule, CAST(g.payload AS jsonb)
FROM given g JOIN bumped b ON b.id = g.order_id
ORDER BY g.place
RETURNING order_id, sequence
""")


def record(session: Session, entries: Sequence[Entry], *, actor_id: int) -> None:
    """Append events in the given order, each with its order's next sequence and the manager it has now.

    What the session still holds unwritten is flushed first. Call it with the orders locked.
    """
    if not entries:
        return
    session.flush()
    cause: Cause | None = session.info.get(_CAUSE)
    rules = [entry.rule or (cause.rule if cause else None) for entry in entries]
    rows = session.execute(
        _RECORD,
        {
            "orders": [entry.order_id for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "moments": [entry.occurred_at for entry in entries],
            "froms": [entry.from_status for entry in entries],
            "tos": [entry.to_status for entry in entries],
            "payloads": [None if entry.payload is None else json.dumps(entry.payload) for entry in entries],
            "rules": rules,
            "actor_id": actor_id,
        },
    )
    sequences: dict[int, list[int]] = {}
    for order_id, sequence in sorted(rows.all(), reverse=True):
        sequences.setdefault(order_id, []).append(sequence)
    remember(
        session,
        [
            Journalled(
                entry.order_id, sequences[entry.order_id].pop(), entry.kind, entry.from_status, entry.to_status, rule,
                payload=entry.payload,
            )
            for entry, rule in zip(entries, rules, strict=True)
        ],
    )  # fmt: skip


def remember(session: Session, events: Sequence[Journalled]) -> None:
    """Keep what this transaction journalled, for automation to answer before the commit, under the standing cause."""
    cause: Cause | None = session.info.get(_CAUSE)
    kept: list[Journalled] = session.info.setdefault(_JOURNALLED, [])
    kept += events if cause is None else [replace(event, chain=cause.chain) for event in events]


def journalled(session: Session) -> list[Journalled]:
    """Everything that this transaction journalled so far, in order; the list itself, which grows."""
    kept: list[Journalled] = session.info.setdefault(_JOURNALLED, [])
    return kept


@contextmanager
def caused_by(session: Session, cause: Cause) -> Iterator[None]:
    """Record what is journalled inside as caused by a rule."""
    before = session.info.get(_CAUSE)
    session.info[_CAUSE] = cause
    try:
        yield
    finally:
        session.info[_CAUSE] = before


def standing_cause(session: Session) -> Cause | None:
    """The rule under which this session acts now, if any."""
    cause: Cause | None = session.info.get(_CAUSE)
    return cause
