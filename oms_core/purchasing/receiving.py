"""Goods come in against a purchase order: stock rises, and lines that wait for them are served first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Product, Warehouse
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.inventory import backorders, movements
from oms_core.inventory.quantities import is_quantity
from oms_core.purchasing.events import record_event
from oms_core.purchasing.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderState, Receipt, ReceiptLine


@dataclass(frozen=True, slots=True)
class ReceivedQuantity:
    """How much of a purchase order line came in."""

    position: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Received:
    """What the receipt left: the order's number and state."""

    number: str
    state: PurchaseOrderState


@requires(Permission.PURCHASE_RECEIVE)
def receive_purchase_order(
    session: Session, *, actor: Actor, now: datetime, number: str,
    lines: Sequence[ReceivedQuantity] | None = None, reference: str = "",
) -> Received:  # fmt: skip
    """Receive all that is open (or the given quantities) into the order's warehouse.

    Raises NotFound, Conflict when the order expects nothing, Invalid for a quantity that is not above zero or more
    than is open, naming the line.
    """
    order = _lock_order(session, number)
    open_lines = _open_lines(session, order.id)
    quantities = _quantities(open_lines, lines)
    receipt = Receipt(purchase_order_id=order.id, received_at=now, reference=reference, actor_id=actor.id)
    session.add(receipt)
    session.flush()
    for line_id, quantity in quantities.items():
        session.add(ReceiptLine(receipt_id=receipt.id, purchase_order_line_id=line_id, quantity=quantity))
    product_ids = [line.product_id for line in open_lines if line.id in quantities]
    backorders.lock_to_serve(session, product_ids)
    _put_in_stock(session, actor=actor, now=now, order=order, receipt=receipt, quantities=quantities)
    for line in open_lines:
        line.received += quantities.get(line.id, Decimal(0))
    if all(line.received >= line.quantity for line in open_lines):
        order.state = PurchaseOrderState.CLOSED
    told = {"receipt": receipt.id, "lines": len(quantities)}
    record_event(session, order, "purchase_order.received", actor=actor, occurred_at=now, payload=told)
    backorders.reserve_backorders(session, actor=actor, now=now, product_ids=product_ids)
    return Received(order.number, order.state)


def _lock_order(session: Session, number: str) -> PurchaseOrder:
    query = select(PurchaseOrder).where(PurchaseOrder.number == number).with_for_update()
    order = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        rows = [{"field": "number", "value": number}]
        raise NotFound(f"There is no purchase order {number}.", code="unknown_purchase_order", rows=rows)
    if order.state is not PurchaseOrderState.ORDERED:
        raise Conflict(f"Purchase order {number} is {order.state} and expects nothing.", code="nothing_expected")
    return order


def _open_lines(session: Session, order_id: int) -> list[PurchaseOrderLine]:
    query = (
        select(PurchaseOrderLine)
        .where(PurchaseOrderLine.purchase_order_id == order_id, PurchaseOrderLine.received < PurchaseOrderLine.quantity)
        .order_by(PurchaseOrderLine.position)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _quantities(
    open_lines: Sequence[PurchaseOrderLine], asked: Sequence[ReceivedQuantity] | None
) -> dict[int, Decimal]:
    if asked is None:
        return {line.id: line.quantity - line.received for line in open_lines}
    by_position = {line.position: line for line in open_lines}
    sums: dict[int, Decimal] = {}
    faults = []
    for index, row in enumerate(asked):
        line = by_position.get(row.position)
        if line is not None and is_quantity(row.quantity):
            sums[line.id] = sums.get(line.id, Decimal(0)) + row.quantity
            if sums[line.id] <= line.quantity - line.received:
                continue
        field = f"lines[{index}].{'position' if line is None else 'quantity'}"
        faults.append({"field": field, "position": row.position, "value": str(row.quantity)})
    if faults or not asked:
        raise Invalid(
            "A received quantity must be above zero and at most what is open.", code="invalid_receipt", rows=faults
        )
    return sums


def _put_in_stock(
    session: Session, *, actor: Actor, now: datetime, order: PurchaseOrder, receipt: Receipt,
    quantities: Mapping[int, Decimal],
) -> None:  # fmt: skip
    query = (
        select(PurchaseOrderLine.id, Product.sku, PurchaseOrderLine.unit_cost)
        .join(Product, Product.id == PurchaseOrderLine.product_id)
        .where(PurchaseOrderLine.id.in_(quantities))
    )
    requests = [
        movements.ReceiptRequest(sku=sku, quantity=quantities[line_id], unit_cost=unit_cost)
        for line_id, sku, unit_cost in session.execute(query)
    ]
    warehouse = session.get_one(Warehouse, order.warehouse_id)
    movements.receive(
        session, actor=actor, now=now, warehouse=warehouse.code, lines=requests, reference=f"receipt:{receipt.id}"
    )
