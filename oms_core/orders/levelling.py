"""Levelling work: orders given to others as it was proposed, all of them at once or none, and what was foreseen."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict
from oms_core.orders.assignment import assign_order
from oms_core.orders.levelling_models import WorkLevelling


@dataclass(frozen=True, slots=True)
class Handover:
    """An order that goes from who has it to somebody else, both by login."""

    number: str
    giver: str
    taker: str
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class ForeseenLoad:
    """Minutes of work that somebody has for the minutes of their hours, before the levelling and after it."""

    login: str
    capacity_minutes: float
    minutes_before: float
    minutes_after: float


# By id: whoever takes several orders takes them in this order.
_LOCK = text("""
SELECT o.number, o.closed_at IS NOT NULL AS is_closed, u.login AS owner
FROM orders o LEFT JOIN users u ON u.id = o.manager_id
WHERE o.number = ANY (CAST(:numbers AS text[])) ORDER BY o.id FOR NO KEY UPDATE OF o
""")

_KEEP_MOVES = text("""
INSERT INTO work_levelling_moves (levelling_id, order_id, giver_id, taker_id, minutes)
SELECT :levelling, o.id, g.id, t.id, m.minutes
FROM jsonb_to_recordset(CAST(:moves AS jsonb)) AS m (number text, giver text, taker text, minutes numeric)
JOIN orders o ON o.number = m.number JOIN users g ON g.login = m.giver JOIN users t ON t.login = m.taker
""")
_KEEP_LOADS = text("""
INSERT INTO work_levelling_loads (levelling_id, user_id, capacity_minutes, minutes_before, minutes_after)
SELECT :levelling, u.id, l.capacity_minutes, l.minutes_before, l.minutes_after
FROM jsonb_to_recordset(CAST(:loads AS jsonb))
     AS l (login text, capacity_minutes numeric, minutes_before numeric, minutes_after numeric)
JOIN users u ON u.login = l.login
""")


@requires(Permission.ORDER_ASSIGN)
def level_work(
    session: Session, *, actor: Actor, now: datetime, handovers: Sequence[Handover], until: datetime,
    foreseen: Sequence[ForeseenLoad] = (),
) -> int:  # fmt: skip
    """Give every order to its taker and return how many there were.

    What was ``foreseen`` for the hours ``until`` then is kept: what came of it is measured against that later.
    Raises ``Conflict`` (``work_changed``, a row for each) and gives none where one was closed or is no longer the
    giver's, and as ``assign_order`` does.
    """
    if until <= now:
        raise Conflict("The hours counted are over; look at the proposal again.", code="work_changed", rows=[])
    found = {row.number: row for row in session.execute(_LOCK, {"numbers": [one.number for one in handovers]})}
    changed = [
        one for one in handovers
        if one.number not in found or found[one.number].is_closed or found[one.number].owner != one.giver
    ]  # fmt: skip
    if changed:
        rows = [{"number": one.number, "giver": one.giver, "taker": one.taker} for one in changed]
        raise Conflict(
            f"{len(changed)} of these orders were closed or given to others meanwhile; look at the proposal again.",
            code="work_changed", rows=rows,
        )  # fmt: skip
    takers = {one.number: one.taker for one in handovers}
    for number in found:
        assign_order(session, actor=actor, now=now, number=number, manager=takers[number], why="levelled")
    if handovers:
        _keep(session, actor, (now, until), handovers, foreseen)
    return len(found)


def _keep(
    session: Session, actor: Actor, span: tuple[datetime, datetime], handovers: Sequence[Handover],
    foreseen: Sequence[ForeseenLoad],
) -> None:  # fmt: skip
    kept = WorkLevelling(decided_at=span[0], until=span[1], actor_id=actor.id)
    session.add(kept)
    session.flush()
    moves = [{"number": one.number, "giver": one.giver, "taker": one.taker, "minutes": one.minutes}
             for one in handovers]  # fmt: skip
    session.execute(_KEEP_MOVES, {"levelling": kept.id, "moves": json.dumps(moves)})
    session.execute(_KEEP_LOADS, {"levelling": kept.id, "loads": json.dumps([asdict(one) for one in foreseen])})
