"""Levelling work: orders given to others as it was proposed, all of them at once or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict
from oms_core.orders.assignment import assign_order


@dataclass(frozen=True, slots=True)
class Handover:
    """An order that goes from who has it to somebody else, both by login."""

    number: str
    giver: str
    taker: str


# By id: whoever takes several orders takes them in this order.
_LOCK = text("""
SELECT o.number, o.closed_at IS NOT NULL AS is_closed, u.login AS owner
FROM orders o LEFT JOIN users u ON u.id = o.manager_id
WHERE o.number = ANY (CAST(:numbers AS text[])) ORDER BY o.id FOR NO KEY UPDATE OF o
""")


@requires(Permission.ORDER_ASSIGN)
def level_work(session: Session, *, actor: Actor, now: datetime, handovers: Sequence[Handover]) -> int:
    """Give every order to its taker and return how many there were.

    Raises ``Conflict`` (``work_changed``, a row for each) and gives none where one was closed or is no longer the
    giver's, and as ``assign_order`` does.
    """
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
    return len(found)
