"""Backorders: lines that wait for stock are served first when it comes, the oldest order before the younger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core import journal
from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Busy
from oms_core.inventory import reservations_sql as sql
from oms_core.inventory.allocation import Allocation, Need
from oms_core.inventory.reservations import lock_levels, reserve

_ATTEMPTS = 10
# Said by hand: the door ends transactions itself, and the session's own savepoints would outlive them.
_BEFORE_LOCKS, _LET_GO = text("SAVEPOINT before_locks"), text("ROLLBACK TO SAVEPOINT before_locks")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line that lacks ``missing`` of its product."""

    line_id: int
    order_id: int
    position: int
    product_id: int
    warehouse_id: int | None
    home_id: int | None
    missing: Decimal


def lock_to_serve(session: Session, product_ids: Collection[int], *, also: Collection[int] = ()) -> None:
    """Lock the open orders that wait for these products, then all levels of the products.

    Whoever frees or adds stock and then serves the waiting calls it first, naming the orders it needs ``also``: orders
    are locked by id before levels everywhere, and all that one transaction needs at once, so that two of them never
    hold what the other wants. An order that began to wait while the levels were waited for is locked only if nobody
    has it; else everything is let go and taken again in order. With the levels held, no further order begins to wait.
    """
    session.flush()
    given = {"product_ids": sorted(product_ids), "also": sorted(also)}
    session.execute(_BEFORE_LOCKS)
    for _ in range(_ATTEMPTS):
        locked = set(session.scalars(sql.LOCK_WAITING_ORDERS, given))
        lock_levels(session, product_ids)
        late = set(session.scalars(sql.WAITING_ORDERS, given)) - locked
        if not late or late == set(session.scalars(sql.LOCK_FREE_ORDERS, {"order_ids": sorted(late)})):
            return
        session.execute(_LET_GO)
    raise Busy("Too many orders are being changed for the same products; try again shortly.")


@requires(Permission.STOCK_RECEIVE)
def reserve_backorders(session: Session, *, actor: Actor, now: datetime, product_ids: Collection[int]) -> list[int]:
    """Reserve free stock for the lines that wait for it; returns the ids of the orders that got some.

    Each of them gets one event ``order.reserved`` that says what was reserved and what is still short. The caller
    holds the locks of ``lock_to_serve``.
    """
    session.flush()
    rows = session.execute(sql.WAITING_LINES, {"product_ids": sorted(product_ids)})
    waiting = [_Waiting(*row) for row in rows]
    if not waiting:
        return []
    needs = [Need(w.line_id, w.product_id, w.missing, (w.warehouse_id, w.home_id)) for w in waiting]
    allocation = reserve(session, now=now, needs=needs)
    entries = _tell(session, waiting, allocation, now=now)
    journal.record(session, entries, actor_id=actor.id)
    served = [entry.order_id for entry in entries]
    session.execute(sql.TOUCH_ORDERS, {"order_ids": served})
    return served


def _tell(
    session: Session, waiting: Sequence[_Waiting], allocation: Allocation, *, now: datetime
) -> list[journal.Entry]:
    codes: dict[int, str] = dict(session.execute(sql.WAREHOUSES_OF_LOCATIONS).all())
    by_id = {line.line_id: line for line in waiting}
    reserved: dict[int, list[dict[str, object]]] = {}
    short: dict[int, list[dict[str, object]]] = {}
    for part in allocation.taken:
        line = by_id[part.line]
        told = {"position": line.position, "warehouse": codes[part.location_id], "quantity": str(part.quantity)}
        reserved.setdefault(line.order_id, []).append(told)
    for rest in allocation.short:
        line = by_id[rest.line]
        short.setdefault(line.order_id, []).append({"position": line.position, "quantity": str(rest.quantity)})
    return [
        journal.Entry(order_id, "order.reserved", now, payload={"lines": lines, "backordered": short.get(order_id, [])})
        for order_id, lines in reserved.items()
    ]
