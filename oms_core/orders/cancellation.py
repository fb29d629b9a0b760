"""Cancellation: what is not handed over yet is taken back, always with a reason, and its stock is freed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory.backorders import reserve_backorders
from oms_core.inventory.reservations import LineQuantity as Portion
from oms_core.inventory.reservations import lock_reserved, release
from oms_core.journal import Entry, record
from oms_core.orders.holds import close_all_holds
from oms_core.orders.locking import LineQuantity, lines_of, lock_order_and_waiting, wanted_by_line
from oms_core.orders.models import Cancellation, Order, OrderLine
from oms_core.orders.readiness import standings
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.shares import share_of
from oms_core.orders.stages import (
    OrderState,
    enter_status,
    refuse_outside,
    status_in_group,
    status_of,
)
from oms_core.orders.work import settle_work
from oms_core.workflow.models import CANCELLABLE_GROUPS, CancelReason, Group, Status

__all__ = ["Cancelled", "LineQuantity", "cancel_order"]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order after the cancellation and what it took back, by line position (empty for an order without lines)."""

    state: OrderState
    quantities: Mapping[int, Decimal]


@requires(Permission.ORDER_CANCEL)
def cancel_order(
    session: Session, *, actor: Actor, now: datetime, number: str, reason: str,
    lines: Sequence[LineQuantity] | None = None, note: str = "", version: int | None = None,
) -> Cancelled:  # fmt: skip
    """Cancel what is open of the order, or the given quantities of its lines.

    With nothing open left the order is cancelled, or in delivery where something of it was shipped. The stock freed
    goes to the lines that wait for it. Raises ``Invalid`` for a reason that is unknown, no longer in use or not meant
    for the order's stage, ``Conflict`` with the code ``not_cancellable`` or ``exceeds_open`` (rows: what is open).
    """
    order = lock_order_and_waiting(session, number, version=version)
    status = status_of(session, order.status)
    refuse_outside(status, order, CANCELLABLE_GROUPS, code="not_cancellable", message="cannot be cancelled any more")
    _refuse_reason(session, reason, status)
    all_lines = lines_of(session, order)
    quantities = _quantities(order, all_lines, lines)
    product_ids = sorted({line.product_id for line in quantities if line.supplier_id is None})
    _release(session, all_lines, quantities)
    rows = _write_rows(session, order, status, quantities, reason=reason, note=note, actor=actor, now=now)
    record(session, [_line_cancelled(order, line, row) for line, row in rows.items() if line], actor_id=actor.id)
    if all(line.quantity_open == 0 for line in all_lines):
        _close(session, order, all_lines, reason=reason, note=note, actor=actor, now=now)
    settle_work(session, order)
    reserve_backorders(session, actor=actor, now=now, product_ids=product_ids)
    change = Change(
        "cancel", from_status=status.code, reason=reason, text=note, quantity=float(sum(quantities.values())),
        value=float(sum(row.gross for row in rows.values())),
    )  # fmt: skip
    state = checked(session, order, change, actor=actor, now=now)
    return Cancelled(state, {line.position: quantity for line, quantity in quantities.items()})


def _refuse_reason(session: Session, code: str, status: Status) -> None:
    reason = session.get(CancelReason, code)
    if reason is None or not reason.is_active:
        message = "is unknown" if reason is None else "is no longer in use"
        told = f"The cancel reason '{code}' {message}." if code else "A cancellation needs a reason."
        name = "reason_required" if not code else "unknown_reason" if reason is None else "inactive_reason"
        raise Invalid(told, code=name, rows=[{"field": "reason", "value": code, "message": message}])
    if reason.groups is not None and status.group.value not in reason.groups:
        row = {"field": "reason", "value": code, "groups": reason.groups}
        told = f"The cancel reason '{code}' is not meant for an order in '{status.name}'."
        raise Invalid(told, code="reason_not_for_group", rows=[row])


def _quantities(
    order: Order, lines: Sequence[OrderLine], wanted: Sequence[LineQuantity] | None
) -> dict[OrderLine, Decimal]:
    if wanted is None:
        quantities = {line: line.quantity_open for line in lines if line.quantity_open > 0}
        if lines and not quantities:
            raise Conflict(f"Order {order.number} has nothing open to cancel.", code="exceeds_open")
        return quantities
    quantities = wanted_by_line(lines, wanted)
    rows = [
        {"position": line.position, "quantity": str(quantity), "open": str(line.quantity_open)}
        for line, quantity in quantities.items()
        if quantity > line.quantity_open
    ]
    if rows:
        told = ", ".join(f"line {row['position']} ({row['open']} of {row['quantity']})" for row in rows)
        raise Conflict(f"Not that much is open: {told}.", code="exceeds_open", rows=rows)
    return quantities


def _release(session: Session, lines: Sequence[OrderLine], quantities: Mapping[OrderLine, Decimal]) -> None:
    """Free what the remaining open quantity no longer needs: what waits for stock is given up first."""
    held = lock_reserved(session, [line.id for line in lines])
    portions = [
        Portion(line.id, excess)
        for line, standing in standings(quantities, held).items()
        if (excess := standing.reserved - (standing.open - quantities[line])) > 0
    ]
    if portions:
        release(session, lines=portions)


def _write_rows(
    session: Session, order: Order, status: Status, quantities: Mapping[OrderLine, Decimal],
    *, reason: str, note: str, actor: Actor, now: datetime,
) -> dict[OrderLine | None, Cancellation]:  # fmt: skip
    rows: dict[OrderLine | None, Cancellation] = {}
    for line, quantity in quantities.items() if quantities else [(None, None)]:
        row = Cancellation(
            order_id=order.id, reason=reason, previous_status=status.code, previous_group=status.group,
            cancelled_at=now, actor_id=actor.id, note=note, net=Decimal(0), gross=Decimal(0),
        )  # fmt: skip
        if line is not None and quantity is not None:
            before = line.quantity_cancelled
            row.order_line_id, row.quantity = line.id, quantity
            row.net = share_of(line.net, quantity, of=line.quantity, before=before)
            row.gross = share_of(line.gross, quantity, of=line.quantity, before=before)
            if line.unit_cost is not None:
                cost = line.unit_cost * line.quantity
                row.margin = row.net - share_of(cost, quantity, of=line.quantity, before=before)
            line.quantity_cancelled += quantity
        rows[line] = row
    session.add_all(rows.values())
    return rows


def _line_cancelled(order: Order, line: OrderLine, row: Cancellation) -> Entry:
    payload = {"position": line.position, "quantity": str(row.quantity), "reason": row.reason, "note": row.note}
    return Entry(order.id, "line.cancelled", row.cancelled_at, payload=payload)


def _close(
    session: Session, order: Order, lines: Sequence[OrderLine], *, reason: str, note: str, actor: Actor, now: datetime
) -> None:
    """Leave the order where it belongs when nothing of it is open any more."""
    if any(line.quantity_shipped > 0 for line in lines):
        enter_status(session, order, status_in_group(session, Group.DELIVER), actor=actor, now=now)
        return
    close_all_holds(session, order, actor=actor, now=now)
    entry = Entry(order.id, "order.cancelled", now, payload={"reason": reason, "note": note})
    record(session, [entry], actor_id=actor.id)
    enter_status(session, order, status_in_group(session, Group.CANCELLED), actor=actor, now=now)
