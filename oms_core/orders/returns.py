"""Returns: goods come back from the customer, into stock, to the supplier or to the scrap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel, Warehouse
from oms_core.errors import Conflict, Invalid
from oms_core.inventory import movements
from oms_core.inventory.backorders import reserve_backorders
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import Disposition, Return, ReturnLine, Shipment
from oms_core.orders.locking import LineQuantity, lines_of, lock_order_and_waiting, wanted_by_line
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.shares import share_of
from oms_core.orders.stages import OrderState


@dataclass(frozen=True, slots=True)
class Returned:
    """The order after the return, and the return's own number."""

    state: OrderState
    number: str


@requires(Permission.ORDER_RETURN)
def receive_return(
    session: Session, *, actor: Actor, now: datetime, number: str, lines: Sequence[LineQuantity], reason: str,
    disposition: Disposition = Disposition.RESTOCK, warehouse: str | None = None, version: int | None = None,
) -> Returned:  # fmt: skip
    """Take back goods that were shipped; restocked ones go to lines that wait for them.

    They go into ``warehouse``, else where they were shipped from last, else the order's own. Raises ``Conflict``
    with the code ``exceeds_shipped`` (rows: what could come back), ``Invalid`` naming fields.
    """
    order = lock_order_and_waiting(session, number, version=version)
    quantities = wanted_by_line(lines_of(session, order), lines)
    _refuse(order, quantities, reason)
    restocked = sorted({line.product_id for line in quantities}) if disposition is Disposition.RESTOCK else []
    received = Return(order_id=order.id, reason=reason, requested_at=now, received_at=now, actor_id=actor.id)
    session.add(received)
    session.flush()
    _move_goods(
        session, quantities, _destination(session, order, disposition, warehouse), reference=f"return:{received.id}",
        actor=actor, now=now,
    )  # fmt: skip
    change = _change(quantities, reason)
    for line, quantity in quantities.items():
        net = share_of(line.net, quantity, of=line.quantity, before=line.quantity_returned)
        row = ReturnLine(return_id=received.id, order_line_id=line.id, quantity=quantity, net=net)
        row.disposition = disposition
        session.add(row)
        line.quantity_returned += quantity
    payload = {
        "return": received.number,
        "reason": reason,
        "disposition": disposition.value,
        "lines": [{"position": line.position, "quantity": str(quantity)} for line, quantity in quantities.items()],
    }
    record(session, [Entry(order.id, "return.received", now, payload=payload)], actor_id=actor.id)
    reserve_backorders(session, actor=actor, now=now, product_ids=restocked)
    return Returned(checked(session, order, change, actor=actor, now=now), received.number)


def _change(quantities: Mapping[OrderLine, Decimal], reason: str) -> Change:
    """What comes back, as rules are told of it; before it is counted as returned."""
    worth = [
        share_of(line.gross, much, of=line.quantity, before=line.quantity_returned) for line, much in quantities.items()
    ]
    return Change("return", reason=reason, quantity=float(sum(quantities.values())), value=float(sum(worth)))


def _refuse(order: Order, quantities: Mapping[OrderLine, Decimal], reason: str) -> None:
    if not 1 <= len(reason.strip()) <= 60 or "\0" in reason:
        row = {"field": "reason", "value": reason[:60], "message": "must be text of 1 to 60 characters"}
        raise Invalid("A return needs a reason.", code="reason_required", rows=[row])
    rows = [
        {"position": line.position, "quantity": str(quantity), "returnable": str(_returnable(line))}
        for line, quantity in quantities.items()
        if quantity > _returnable(line)
    ]
    if rows:
        told = ", ".join(f"line {row['position']} ({row['returnable']} of {row['quantity']})" for row in rows)
        raise Conflict(
            f"Not that much of order {order.number} can come back: {told}.", code="exceeds_shipped", rows=rows
        )


def _returnable(line: OrderLine) -> Decimal:
    return line.quantity_shipped - line.quantity_returned


def _destination(session: Session, order: Order, disposition: Disposition, warehouse: str | None) -> str:
    if disposition is Disposition.SCRAP:
        return movements.LOSS
    if disposition is Disposition.SUPPLIER:
        return movements.SUPPLIERS
    if warehouse is not None:
        if session.scalar(select(Warehouse.id).where(Warehouse.code == warehouse, ~Warehouse.is_virtual)) is None:
            rows = [{"field": "warehouse", "value": warehouse, "message": "is unknown"}]
            raise Invalid(f"There is no warehouse '{warehouse}'.", code="unknown_warehouse", rows=rows)
        return warehouse
    return _home_warehouse(session, order)


def _home_warehouse(session: Session, order: Order) -> str:
    shipped_from = (
        select(Shipment.warehouse_id)
        .where(Shipment.order_id == order.id, Shipment.warehouse_id.is_not(None))
        .order_by(Shipment.id.desc())
        .limit(1)
    )
    own = session.scalar(shipped_from) or order.warehouse_id
    warehouse_id = own or session.get_one(Channel, order.channel_id).warehouse_id
    if warehouse_id is None:
        rows = [{"field": "warehouse", "value": None, "message": "is needed: the order came from none of ours"}]
        raise Invalid("Say which warehouse takes the goods.", code="unknown_warehouse", rows=rows)
    return session.get_one(Warehouse, warehouse_id).code


def _move_goods(
    session: Session, quantities: Mapping[OrderLine, Decimal], destination: str,
    *, reference: str, actor: Actor, now: datetime,
) -> None:  # fmt: skip
    moves = [
        movements.Move(line.product_id, quantity, movements.CUSTOMERS, destination, line.unit_cost)
        for line, quantity in quantities.items()
    ]
    movements.move(session, actor=actor, now=now, moves=moves, reference=reference)
