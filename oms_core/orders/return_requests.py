"""Requests for a return: a customer wants to send goods back; they are counted once they are here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import Disposition, Return, ReturnLine
from oms_core.orders.locking import LineQuantity, lines_of, lock_order, wanted_by_line
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.shares import share_of


@requires(Permission.ORDER_RETURN)
def request_return(
    session: Session, *, actor: Actor, now: datetime, number: str, lines: Sequence[LineQuantity], reason: str,
    version: int | None = None,
) -> str:  # fmt: skip
    """Note that a customer wants to send goods back and return the number of the return; no stock moves yet.

    ``receive_return`` completes it. Raises ``Conflict`` with the code ``exceeds_shipped`` where that much is not with
    them, or ``return_open`` where a request waits already, ``Invalid`` naming fields.
    """
    order = lock_order(session, number, version=version)
    quantities = wanted_by_line(lines_of(session, order), lines)
    refuse_return(order, quantities, reason)
    waiting = select(Return.number).where(Return.order_id == order.id, Return.received_at.is_(None))
    if (open_number := session.scalar(waiting.limit(1))) is not None:
        row = {"number": open_number}
        raise Conflict(f"Return {open_number} of order {number} waits already.", code="return_open", rows=[row])
    wanted = Return(order_id=order.id, reason=reason.strip(), requested_at=now, actor_id=actor.id)
    session.add(wanted)
    session.flush()
    add_lines(session, wanted, quantities, Disposition.RESTOCK)
    told = returned_payload(wanted, quantities, None)
    record(session, [Entry(order.id, "return.requested", now, payload=told)], actor_id=actor.id)
    return wanted.number


def requested_return(session: Session, order: Order, number: str) -> Return:
    """Find the request of a locked order; raises ``Invalid`` (``unknown_return``), also where it was received."""
    query = select(Return).where(Return.order_id == order.id, Return.number == number, Return.received_at.is_(None))
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        rows = [{"field": "requested", "value": number, "message": "is no return of this order"}]
        raise Invalid(f"Order {order.number} waits for no return {number}.", code="unknown_return", rows=rows)
    return found


def add_lines(
    session: Session, back: Return, quantities: Mapping[OrderLine, Decimal], disposition: Disposition
) -> None:
    """Add what comes back, line by line, with its share of the money."""
    for line, quantity in quantities.items():
        net = share_of(line.net, quantity, of=line.quantity, before=line.quantity_returned)
        row = ReturnLine(return_id=back.id, order_line_id=line.id, quantity=quantity, net=net)
        row.disposition = disposition
        session.add(row)


def returned_payload(
    back: Return, quantities: Mapping[OrderLine, Decimal], disposition: Disposition | None
) -> dict[str, Any]:
    """What the journal tells of it."""
    lines = [{"position": line.position, "quantity": str(quantity)} for line, quantity in quantities.items()]
    told = {"return": back.number, "reason": back.reason, "lines": lines}
    return told | ({} if disposition is None else {"disposition": disposition.value})


def refuse_return(order: Order, quantities: Mapping[OrderLine, Decimal], reason: str) -> None:
    """Refuse a return without a reason, or of more than is still with the customer."""
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
