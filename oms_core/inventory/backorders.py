"""Backorders: lines that wait for stock are served first when it comes, the oldest order before the younger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from oms_core import journal
from oms_core.access.actors import Actor
from oms_core.inventory import reservations_sql as sql
from oms_core.inventory.allocation import Allocation, Need
from oms_core.inventory.reservations import lock_levels, reserve


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


def lock_to_serve(session: Session, product_ids: Collection[int], *, also: Collection[int] = ()) -> list[int]:
    """Lock the open orders that wait for these products, then all levels of the products; return the orders' ids.

    Whoever frees or adds stock and then serves the waiting calls it first, naming the orders it needs ``also``: orders
    are locked by id before levels everywhere, and all that one transaction needs at once, so that two of them never
    hold what the other wants.
    """
    session.flush()
    given = {"product_ids": sorted(product_ids), "also": sorted(also)}
    order_ids = list(session.scalars(sql.LOCK_WAITING_ORDERS, given))
    lock_levels(session, product_ids)
    return order_ids


def reserve_backorders(session: Session, *, actor: Actor, now: datetime, product_ids: Collection[int]) -> list[int]:
    """Reserve free stock for the lines that wait for it; returns the ids of the orders that got some.

    Each of them gets one event ``order.reserved`` that says what was reserved and what is still short.
    """
    order_ids = lock_to_serve(session, product_ids)
    if not order_ids:
        return []
    rows = session.execute(sql.WAITING_LINES, {"product_ids": sorted(product_ids), "order_ids": order_ids})
    waiting = [_Waiting(*row) for row in rows]
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
