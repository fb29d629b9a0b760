"""Returns: goods come back from the customer, into stock, to the supplier or to the scrap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel, Warehouse
from oms_core.errors import Invalid
from oms_core.inventory import movements
from oms_core.inventory.backorders import reserve_backorders
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import Disposition, Return, ReturnLine, Shipment
from oms_core.orders.locking import LineQuantity, lines_of, lock_order_and_waiting, wanted_by_line
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.return_requests import add_lines, refuse_return, requested_return, returned_payload
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
    requested: str | None = None,
) -> Returned:  # fmt: skip
    """Take back goods that were shipped; restocked ones go to lines that wait for them.

    They go into ``warehouse``, else where they were shipped from last, else the order's own. ``requested`` is the
    number of the request that this answers, whatever came back in the end. Raises ``Conflict`` with the code
    ``exceeds_shipped`` (rows: what could come back), ``Invalid`` naming fields.
    """
    order = lock_order_and_waiting(session, number, version=version)
    quantities = wanted_by_line(lines_of(session, order), lines)
    refuse_return(order, quantities, reason)
    restocked = sorted({line.product_id for line in quantities}) if disposition is Disposition.RESTOCK else []
    received = _begun(session, order, requested, reason, actor=actor, now=now)
    _move_goods(
        session, quantities, _destination(session, order, disposition, warehouse), reference=f"return:{received.id}",
        actor=actor, now=now,
    )  # fmt: skip
    change = _change(quantities, reason)
    add_lines(session, received, quantities, disposition)
    for line, quantity in quantities.items():
        line.quantity_returned += quantity
    told = returned_payload(received, quantities, disposition)
    record(session, [Entry(order.id, "return.received", now, payload=told)], actor_id=actor.id)
    reserve_backorders(session, actor=actor, now=now, product_ids=restocked)
    return Returned(checked(session, order, change, actor=actor, now=now), received.number)


def _begun(
    session: Session, order: Order, requested: str | None, reason: str, *, actor: Actor, now: datetime
) -> Return:
    """The return that is received now: the one that was asked for, without what was asked, or a new one."""
    if requested is None:
        begun = Return(order_id=order.id, reason=reason, requested_at=now, received_at=now, actor_id=actor.id)
        session.add(begun)
    else:
        begun = requested_return(session, order, requested)
        session.execute(delete(ReturnLine).where(ReturnLine.return_id == begun.id))
        begun.received_at, begun.reason, begun.actor_id = now, reason, actor.id
    session.flush()
    return begun


def _change(quantities: Mapping[OrderLine, Decimal], reason: str) -> Change:
    """What comes back, as rules are told of it; before it is counted as returned."""
    worth = [
        share_of(line.gross, much, of=line.quantity, before=line.quantity_returned) for line, much in quantities.items()
    ]
    return Change("return", reason=reason, quantity=float(sum(quantities.values())), value=float(sum(worth)))


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
