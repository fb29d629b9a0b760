"""Writing a planned change: lines, reservations, the warehouses' work. The order and its stock are locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from oms_core.inventory.allocation import Allocation
from oms_core.inventory.models import Reservation, ReservationState
from oms_core.inventory.reservations import LineQuantity, release, reserve
from oms_core.orders.change_plan import ChangePlan
from oms_core.orders.change_standing import Line, Standing
from oms_core.orders.locking import lines_of
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.placed_delivery import choose_delivery, places_of
from oms_core.orders.work import follow_stage, settle_work

_OF_HEADER = ("ship_to", "ship_region", "shipping", "requested_at", "promised_at", "comment")


@dataclass(slots=True)
class Written:
    """What a change did with stock, as the journal tells it; ``chosen`` is what a delivery method brought."""

    released: list[dict[str, Any]] = field(default_factory=list)
    reserved: list[dict[str, Any]] = field(default_factory=list)
    short: list[dict[str, Any]] = field(default_factory=list)
    freed_product_ids: list[int] = field(default_factory=list)
    chosen: dict[str, Any] | None = None


def write_plan(session: Session, order: Order, standing: Standing, plan: ChangePlan, *, now: datetime) -> Written:
    """Write what a plan without faults says of a locked order."""
    rows = {line.position: line for line in lines_of(session, order)}
    written = _release(session, rows, plan)
    _write_lines(session, order, rows, plan)
    _write_header(order, plan)
    session.flush()
    _reserve(session, order, rows, plan, written, now=now)
    if standing.delivery is not None and plan.header["delivery_method"] == standing.delivery.code:
        written.chosen = choose_delivery(session, order, standing.delivery, group=standing.group, now=now)
    elif plan.header["delivery_method"] is None:
        order.delivery_method_id = None
    if plan.releases or plan.needs:
        follow_stage(session, order, standing.group, now=now)
        settle_work(session, order)
    return written


def _release(session: Session, rows: Mapping[int, OrderLine], plan: ChangePlan) -> Written:
    wanted = [LineQuantity(rows[position].id, quantity) for position, quantity in sorted(plan.releases.items())]
    parts = release(session, lines=wanted) if wanted else []
    positions = {row.id: position for position, row in rows.items()}
    told = [
        {"position": positions[part.order_line_id], "warehouse": part.warehouse, "quantity": str(part.quantity)}
        for part in parts
    ]
    return Written(released=told, freed_product_ids=sorted({part.product_id for part in parts}))


def _write_lines(session: Session, order: Order, rows: dict[int, OrderLine], plan: ChangePlan) -> None:
    removed = [rows.pop(position) for position in sorted(plan.removed)]
    if removed:  # nothing but what was once reserved for them speaks of them: else they could not be removed
        ids = [gone.id for gone in removed]
        session.execute(delete(Reservation).where(Reservation.order_line_id.in_(ids)))
        for gone in removed:
            session.delete(gone)
        session.flush()
    for line in plan.lines:
        row = rows.get(line.position)
        if row is None:
            row = rows[line.position] = OrderLine(
                order_id=order.id, position=line.position, product_id=line.product_id, tax_rate=line.tax_rate,
                unit_cost=line.unit_cost,
            )  # fmt: skip
            session.add(row)
        _write_line(row, line)


def _write_line(row: OrderLine, line: Line) -> None:
    row.quantity, row.unit_price, row.discount = line.quantity, line.unit_price, line.discount
    row.net, row.tax, row.gross = line.total.net, line.total.tax, line.total.gross


def _write_header(order: Order, plan: ChangePlan) -> None:
    for name in _OF_HEADER:
        if getattr(order, name) != plan.header[name]:
            setattr(order, name, plan.header[name])
    if order.first_promised_at is None:
        order.first_promised_at = order.promised_at
    totals = plan.totals
    order.net, order.tax, order.gross, order.total = totals.net, totals.tax, totals.gross, totals.total


def _reserve(
    session: Session, order: Order, rows: Mapping[int, OrderLine], plan: ChangePlan, written: Written, *, now: datetime
) -> None:
    if not plan.needs:
        return
    needs = [replace(need, line=rows[need.line].id) for need in plan.needs]
    allocation = reserve(session, now=now, needs=needs, expires_at=_held_until(session, order, now))
    _tell_reserved(session, rows, allocation, written)


def _held_until(session: Session, order: Order, now: datetime) -> datetime | None:
    """Where the order is only held for a time, what is added is held as long."""
    query = (
        select(func.max(Reservation.expires_at))
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .where(OrderLine.order_id == order.id, Reservation.state == ReservationState.HELD)
    )
    until = session.scalar(query)
    return until if until is not None and until > now else None


def _tell_reserved(session: Session, rows: Mapping[int, OrderLine], allocation: Allocation, written: Written) -> None:
    positions = {row.id: position for position, row in rows.items()}
    codes = places_of(session) if allocation.taken else {}
    written.reserved += [
        {"position": positions[part.line], "warehouse": codes[part.location_id], "quantity": str(part.quantity)}
        for part in allocation.taken
    ]
    written.short += [{"position": positions[rest.line], "quantity": str(rest.quantity)} for rest in allocation.short]
