"""Fulfilment: goods are handed over, wholly or in part, and arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory import movements
from oms_core.inventory.reservations import Held, lock_reserved
from oms_core.inventory.reservations import LineQuantity as Portion
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import Fulfilment, Shipment, ShipmentLine
from oms_core.orders.locking import LineQuantity, lines_of, lock_order, wanted_by_line
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.passage import permitted_into, refuse_unmet
from oms_core.orders.readiness import standings
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, enter_status, refuse_outside, status_of
from oms_core.orders.work import follow_stage, settle_work
from oms_core.workflow.models import Group, Status

__all__ = ["LineQuantity", "Parcel", "Shipped", "deliver_order", "hand_over", "mark_delivered", "ship_order"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Who carries the goods, and by what number they are followed."""

    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The order after the shipment, and the ids of the shipments: one for each place the goods left from."""

    state: OrderState
    shipment_ids: tuple[int, ...]


@requires(Permission.ORDER_SHIP)
def ship_order(
    session: Session, *, actor: Actor, now: datetime, number: str, lines: Sequence[LineQuantity] | None = None,
    carrier: str = "", tracking: str = "", warehouse: str | None = None, version: int | None = None,
) -> Shipped:  # fmt: skip
    """Hand over the given quantities of a packed order, or all that is reserved; from one ``warehouse``, if it is said.

    What stays open leaves the order where it is; when nothing does, it goes into delivery as the transitions table
    lets the actor. Raises ``Conflict`` with the code ``not_packed``, ``nothing_to_ship`` or ``not_reserved`` (rows:
    what is ready) and as ``move_order``, ``Invalid`` naming fields.
    """
    order = lock_order(session, number, version=version)
    refuse_outside(
        status_of(session, order.status), order, (Group.SHIP,), code="not_packed", message="is not ready for a carrier"
    )
    before, all_lines = order.status, lines_of(session, order)
    shipped = shipped_of(all_lines)
    shipment_ids = hand_over(
        session, order, all_lines, wanted=lines, parcel=_parcel(carrier, tracking), warehouse=warehouse, actor=actor,
        now=now,
    )  # fmt: skip
    change = Change(
        "ship", from_status=before, quantity=float(shipped_of(all_lines) - shipped), carrier=carrier, tracking=tracking
    )
    return Shipped(checked(session, order, change, actor=actor, now=now), shipment_ids)


@requires(Permission.ORDER_SHIP)
def deliver_order(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None = None
) -> OrderState:
    """Mark everything handed over as delivered and the order as done.

    Raises ``Conflict`` with the code ``not_in_delivery``, and as ``move_order``.
    """
    order = lock_order(session, number, version=version)
    refuse_outside(
        status_of(session, order.status), order, (Group.DELIVER,), code="not_in_delivery", message="is not on its way"
    )
    before = order.status
    mark_delivered(session, order, _way_on(session, order, Group.DONE, actor=actor), actor=actor, now=now)
    return checked(session, order, Change("deliver", from_status=before), actor=actor, now=now)


def hand_over(
    session: Session, order: Order, lines: Sequence[OrderLine], *, parcel: Parcel, actor: Actor, now: datetime,
    wanted: Sequence[LineQuantity] | None = None, arrives_in: Status | None = None, warehouse: str | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Ship what is wanted of a locked order (None: all that is ready) and return the ids of the shipments.

    With a ``warehouse`` only what is reserved there goes, and nothing that a supplier ships.
    """
    follow_stage(session, order, Group.SHIP, now=now)  # what was reserved meanwhile may lie in another warehouse
    held = lock_reserved(session, [line.id for line in lines])
    offered = lines
    if warehouse is not None:
        held = [row for row in held if row.warehouse == warehouse]
        offered = [line for line in lines if line.supplier_id is None]
    quantities = _quantities(order, offered, held, wanted)
    shipments = _ship_from_stock(session, order, held, quantities, parcel=parcel, actor=actor, now=now)
    shipments += _ship_from_suppliers(session, order, quantities, parcel=parcel, actor=actor, now=now)
    for line, quantity in quantities.items():
        line.quantity_shipped += quantity
    settle_work(session, order)
    record(session, [_shipped(order, shipments, quantities, parcel, now)], actor_id=actor.id)
    if all(line.quantity_open == 0 for line in lines):
        target = arrives_in or _way_on(session, order, Group.DELIVER, actor=actor)
        enter_status(session, order, target, actor=actor, now=now)
    return tuple(shipment.id for shipment in shipments)


def shipped_of(lines: Sequence[OrderLine]) -> Decimal:
    """What was handed over of all lines so far."""
    return sum((line.quantity_shipped for line in lines), Decimal(0))


def mark_delivered(session: Session, order: Order, target: Status, *, actor: Actor, now: datetime) -> None:
    """Close a locked order whose goods have arrived."""
    moment = enter_status(session, order, target, actor=actor, now=now)
    session.execute(
        update(Shipment)
        .where(Shipment.order_id == order.id, Shipment.delivered_at.is_(None))
        .values(delivered_at=moment)
    )
    record(session, [Entry(order.id, "order.delivered", moment)], actor_id=actor.id)


def _way_on(session: Session, order: Order, group: Group, *, actor: Actor) -> Status:
    """Choose the status that the order goes on to; all that the stage asks for is done, what the move needs is not."""
    move = permitted_into(session, order, group, actor=actor)
    refuse_unmet(session, order, move)
    return status_of(session, move.to)


def _quantities(
    order: Order, lines: Sequence[OrderLine], held: Sequence[Held], wanted: Sequence[LineQuantity] | None
) -> dict[OrderLine, Decimal]:
    ready = {line: standing.ready for line, standing in standings(lines, held).items()}
    if wanted is None:
        quantities = {line: quantity for line, quantity in ready.items() if quantity > 0}
        if not quantities:
            raise Conflict(f"Nothing of order {order.number} is reserved to be shipped.", code="nothing_to_ship")
        return quantities
    quantities = wanted_by_line(lines, wanted)
    rows = [
        {"position": line.position, "quantity": str(quantity), "ready": str(ready[line])}
        for line, quantity in quantities.items()
        if quantity > ready[line]
    ]
    if rows:
        told = ", ".join(f"line {row['position']} ({row['ready']} of {row['quantity']})" for row in rows)
        raise Conflict(f"Not that much is reserved: {told}.", code="not_reserved", rows=rows)
    return quantities


def _ship_from_stock(
    session: Session, order: Order, held: Sequence[Held], quantities: Mapping[OrderLine, Decimal],
    *, parcel: Parcel, actor: Actor, now: datetime,
) -> list[Shipment]:  # fmt: skip
    """One shipment for each location, in the order of locations: levels are locked in that order."""
    query = select(Fulfilment.warehouse_id, Fulfilment.id).where(Fulfilment.order_id == order.id)
    work = {row.warehouse_id: row.id for row in session.execute(query)}
    shipments = []
    for (_, warehouse_id), portions in sorted(_portions(held, quantities).items()):
        shipment = Shipment(
            order_id=order.id, fulfilment_id=work[warehouse_id], warehouse_id=warehouse_id,
            carrier=parcel.carrier, tracking=parcel.tracking, shipped_at=now,
        )  # fmt: skip
        _add_shipment(session, shipment, {portion.order_line_id: portion.quantity for portion in portions})
        movements.ship(session, actor=actor, now=now, lines=portions, reference=f"shipment:{shipment.id}")
        shipments.append(shipment)
    return shipments


def _portions(held: Sequence[Held], quantities: Mapping[OrderLine, Decimal]) -> dict[tuple[int, int], list[Portion]]:
    """Decide from which location how much of each line goes, the oldest reservation first."""
    left = {line.id: quantity for line, quantity in quantities.items()}
    taken: dict[tuple[int, int], dict[int, Decimal]] = {}
    for row in held:
        portion = min(row.quantity, left.get(row.order_line_id, Decimal(0)))
        if portion > 0:
            here = taken.setdefault((row.location_id, row.warehouse_id), {})
            here[row.order_line_id] = here.get(row.order_line_id, Decimal(0)) + portion
            left[row.order_line_id] -= portion
    return {
        place: [Portion(line_id, quantity, place[0]) for line_id, quantity in by_line.items()]
        for place, by_line in taken.items()
    }


def _ship_from_suppliers(
    session: Session, order: Order, quantities: Mapping[OrderLine, Decimal],
    *, parcel: Parcel, actor: Actor, now: datetime,
) -> list[Shipment]:  # fmt: skip
    """One shipment for each supplier that ships its lines itself: the goods never touch our stock."""
    direct: dict[int, dict[OrderLine, Decimal]] = {}
    for line, quantity in quantities.items():
        if line.supplier_id is not None:
            direct.setdefault(line.supplier_id, {})[line] = quantity
    shipments = []
    for supplier_id, by_line in sorted(direct.items()):
        shipment = Shipment(
            order_id=order.id, supplier_id=supplier_id, carrier=parcel.carrier, tracking=parcel.tracking, shipped_at=now
        )
        _add_shipment(session, shipment, {line.id: quantity for line, quantity in by_line.items()})
        moves = [
            movements.Move(line.product_id, quantity, movements.SUPPLIERS, movements.CUSTOMERS, line.unit_cost)
            for line, quantity in by_line.items()
        ]
        movements.move(session, actor=actor, now=now, moves=moves, reference=f"shipment:{shipment.id}")
        shipments.append(shipment)
    return shipments


def _add_shipment(session: Session, shipment: Shipment, quantities: Mapping[int, Decimal]) -> None:
    session.add(shipment)
    session.flush()
    session.add_all(
        ShipmentLine(shipment_id=shipment.id, order_line_id=line_id, quantity=quantity)
        for line_id, quantity in quantities.items()
    )


def _shipped(
    order: Order, shipments: Sequence[Shipment], quantities: Mapping[OrderLine, Decimal], parcel: Parcel, now: datetime
) -> Entry:
    payload = {
        "shipments": [shipment.id for shipment in shipments],
        "lines": [{"position": line.position, "quantity": str(quantity)} for line, quantity in quantities.items()],
        "carrier": parcel.carrier,
        "tracking": parcel.tracking,
    }
    return Entry(order.id, "order.shipped", now, payload=payload)


def _parcel(carrier: str, tracking: str) -> Parcel:
    rows = [
        {"field": field, "value": value[:limit], "message": f"must be text of at most {limit} characters"}
        for field, value, limit in (("carrier", carrier, 60), ("tracking", tracking, 100))
        if len(value) > limit or "\0" in value
    ]
    if rows:
        raise Invalid("The shipment cannot be described so.", code="invalid_parcel", rows=rows)
    return Parcel(carrier, tracking)
