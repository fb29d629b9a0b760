"""Reservations held for a time only: they run out, the stock serves who waits, and the order is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict
from oms_core.inventory.allocation import Need
from oms_core.inventory.backorders import lock_to_serve, reserve_backorders
from oms_core.inventory.reservations import Held, expire, list_due, lock_reserved, reserve
from oms_core.journal import Entry, record
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.readiness import standings
from oms_core.orders.stages import OrderState, refuse_outside, status_of, stored
from oms_core.workflow.models import Group

AT_ONCE = 200
"""How many reservations end in one transaction at most, so that nobody waits long for their levels."""
_RESERVING = (Group.NEW, Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP)
_POSITIONS = text("""
SELECT l.id, l.order_id, l.position FROM order_lines l WHERE l.id = ANY (CAST(:line_ids AS bigint[]))
""")
_TOUCH = text("UPDATE orders SET version = version + 1 WHERE id = ANY (CAST(:order_ids AS bigint[]))")
_PLACES = text("SELECT coalesce(o.warehouse_id, 0), coalesce(c.warehouse_id, 0) FROM orders o"
               " JOIN channels c ON c.id = o.channel_id WHERE o.id = :order_id")  # fmt: skip
_CODES = text("SELECT o.id, w.code FROM locations o JOIN warehouses w ON w.id = o.warehouse_id")


@requires(Permission.SYSTEM_RUN)
def expire_reservations(session: Session, *, actor: Actor, now: datetime, at_once: int = AT_ONCE) -> int:
    """End reservations held past their time, ``at_once`` at most, and return how many ended; call it until that is 0.

    The stock goes to the lines that wait for it, the oldest order first; what ran out does not wait itself, until
    somebody confirms the order or reserves it anew. Each order is told by one event ``reservation.expired``.
    """
    due = list_due(session, now=now, limit=at_once)
    if not due:
        return 0
    product_ids = sorted({one.product_id for one in due})
    lock_to_serve(session, product_ids, also={one.order_id for one in due})
    ended = expire(session, due)
    entries = _told(session, ended, now=now)
    record(session, entries, actor_id=actor.id)
    session.execute(_TOUCH, {"order_ids": [entry.order_id for entry in entries]})
    reserve_backorders(session, actor=actor, now=now, product_ids=product_ids)
    return len(ended)


@requires(Permission.ORDER_CHANGE)
def reserve_anew(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None = None
) -> OrderState:
    """Reserve for good what is free of an order's open lines; raises ``Conflict`` (``nothing_free``) where none is.

    Lines that waited longer were served when the stock became free; this takes what they left.
    """
    order = lock_order(session, number, version=version)
    refuse_outside(
        status_of(session, order.status), order, _RESERVING, code="not_reserving", message="reserves no goods"
    )
    lines = lines_of(session, order)
    held = lock_reserved(session, [line.id for line in lines])
    prefer = tuple(place or None for place in session.execute(_PLACES, {"order_id": order.id}).one())
    needs = [
        Need(line.id, line.product_id, standing.short, prefer)
        for line, standing in standings(lines, held).items()
        if standing.short > 0
    ]
    allocation = reserve(session, now=now, needs=needs)
    if not allocation.taken:
        raise Conflict(f"Nothing of what order {number} lacks is free.", code="nothing_free", rows=[{"number": number}])
    positions = {line.id: line.position for line in lines}
    codes = _codes(session)
    payload = {
        "lines": [
            {"position": positions[part.line], "warehouse": codes[part.location_id], "quantity": str(part.quantity)}
            for part in allocation.taken
        ],
        "backordered": [
            {"position": positions[rest.line], "quantity": str(rest.quantity)} for rest in allocation.short
        ],
    }
    record(session, [Entry(order.id, "order.reserved", now, payload=payload)], actor_id=actor.id)
    return stored(session, order)


def _told(session: Session, ended: Sequence[Held], *, now: datetime) -> list[Entry]:
    rows = session.execute(_POSITIONS, {"line_ids": [held.order_line_id for held in ended]})
    lines = {row.id: (row.order_id, row.position) for row in rows}
    by_order: dict[int, list[Mapping[str, object]]] = {}
    for held in ended:
        order_id, position = lines[held.order_line_id]
        part = {"position": position, "warehouse": held.warehouse, "quantity": str(held.quantity)}
        by_order.setdefault(order_id, []).append(part)
    return [
        Entry(order_id, "reservation.expired", now, payload={"lines": parts})
        for order_id, parts in sorted(by_order.items())
    ]


def _codes(session: Session) -> dict[int, str]:
    return {row.id: row.code for row in session.execute(_CODES)}
