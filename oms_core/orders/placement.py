"""Placing an order: what is asked for is priced, reserved as far as stock goes, and written with its journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.customers.registration import CustomerRef, resolve_customer, unknown_customer
from oms_core.errors import Conflict
from oms_core.inventory.allocation import Allocation, Need, allocate
from oms_core.orders.placement_facts import PlacementFacts, read_and_lock
from oms_core.orders.placement_links import charge_of, copied_order, delivery_asked, link_placed
from oms_core.orders.placement_request import (
    Fault,
    LineRequest,
    PlacementRequest,
    fault,
    refuse,
    refuse_malformed,
)
from oms_core.orders.placement_rows import promised_at, write_order
from oms_core.orders.placement_sql import EARLIER
from oms_core.orders.pricing import Offer, PricedLine, price_lines
from oms_core.orders.rule_check import refuse_placement, tell_warnings
from oms_core.orders.rule_placement import Proposed, foreseen_of_customer
from oms_core.workflow.models import DEFAULT_TYPE

__all__ = ["CustomerRef", "LineRequest", "PlacedOrder", "place_order"]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order; ``created`` is False where the same request had placed it before; ``warnings`` are those of rules."""

    id: int
    number: str
    created: bool
    version: int
    warnings: tuple[str, ...] = ()


@requires(Permission.ORDER_PLACE)
def place_order(
    session: Session, *, actor: Actor, now: datetime, channel: str, customer: CustomerRef,
    lines: Sequence[LineRequest], external_ref: str | None = None, idempotency_key: str | None = None,
    warehouse: str | None = None, allow_backorder: bool = True, shipping: Decimal | None = None, comment: str = "",
    ship_to: Mapping[str, Any] | None = None, requested_at: datetime | None = None, manager: str | None = None,
    hold_minutes: int | None = None, order_type: str = DEFAULT_TYPE, delivery_method: str | None = None,
    copied_from: str | None = None,
) -> PlacedOrder:  # fmt: skip
    """Place an order now and reserve what is free for it, in ``warehouse``, the channel's own, then elsewhere.

    What is short is backordered, or refused with ``allow_backorder=False`` (``Conflict``, rows say what is there).
    The same ``external_ref`` in a channel, or the actor's same ``idempotency_key``, gives the order placed before;
    with another body it is a ``Conflict``. ``hold_minutes`` lets the reservation expire. ``Invalid`` names fields, or
    the rules that are broken (``rule_broken``). Who names somebody else as ``manager`` needs what giving an order to
    them needs (``Forbidden``, ``not_allowed``), and both are people who move orders. A ``delivery_method`` brings its
    charge (unless ``shipping`` says another), the route, the pick task and the promise.
    """
    if manager not in {None, actor.login}:
        refuse_unless(actor, Permission.ORDER_ASSIGN)
    delivery = delivery_asked(session, delivery_method, channel=channel, now=now)
    request = PlacementRequest(
        channel=channel, customer=customer, lines=lines, external_ref=external_ref, idempotency_key=idempotency_key,
        warehouse=warehouse, allow_backorder=allow_backorder, shipping=charge_of(delivery, shipping), comment=comment,
        ship_to=ship_to, requested_at=requested_at, manager=manager, hold_minutes=hold_minutes,
        order_type=order_type, delivery=delivery,
    )  # fmt: skip
    refuse_malformed(request)
    foreseen = foreseen_of_customer(session, request)
    facts = read_and_lock(session, request, actor=actor, now=now, of_customer=foreseen)
    if facts.earlier_order_id is not None:
        return _earlier_order(session, request, facts.earlier_order_id, actor=actor)
    offers = _known_offers(request, facts)
    priced = price_lines(lines, offers, prices_include_tax=facts.prices_include_tax, rule=facts.rounding_rule)
    prefer = (facts.warehouse_id, facts.home_warehouse_id)
    needs = [Need(position, line.product_id, line.quantity, prefer) for position, line in enumerate(priced, 1)]
    allocation = allocate(needs, facts.levels)
    if allocation.short and not allow_backorder:
        raise _shortage(request, priced, facts, allocation)
    customer_id = facts.customer_id or resolve_customer(session, customer)
    proposed = Proposed(request, facts, priced, allocation, customer_id, foreseen or ())
    warned = refuse_placement(session, proposed, actor=actor, now=now)
    write_order(session, request, facts, priced, allocation, customer_id=customer_id, actor=actor, now=now)
    link_placed(
        session, facts.order_id, delivery=delivery, promised_at=promised_at(request, facts, now),
        copied_from_id=copied_order(session, copied_from), actor=actor, now=now,
    )  # fmt: skip
    tell_warnings(session, warned, order_id=facts.order_id, number=facts.number, actor=actor, now=now)
    told = tuple(breach.message for breach in warned)
    return PlacedOrder(facts.order_id, facts.number, created=True, version=1, warnings=told)


def _earlier_order(session: Session, request: PlacementRequest, order_id: int, *, actor: Actor) -> PlacedOrder:
    row = session.execute(
        text(EARLIER), {"order_id": order_id, "actor_id": actor.id, "key": request.idempotency_key}
    ).one()
    number, version, by_reference, by_key = row.number, row.version, row[3], row[4]
    known = by_key if by_key is not None else by_reference
    if known is None or bytes(known) != request.fingerprint():
        named = {"external_ref": request.external_ref, "idempotency_key": request.idempotency_key, "number": number}
        raise Conflict(
            f"This reference was used for another request: order {number}.", code="reference_reused", rows=[named]
        )
    return PlacedOrder(order_id, number, created=False, version=version)


def _known_offers(request: PlacementRequest, facts: PlacementFacts) -> list[Offer]:
    """Return an offer for every line; whatever is unknown is refused all at once."""
    faults: list[Fault] = []
    if facts.channel_id is None:
        faults.append(fault("channel", request.channel, "is unknown"))
    if request.customer.id is not None and facts.customer_id is None:
        faults.append(unknown_customer(request.customer.id))
    if request.warehouse is not None and facts.warehouse_id is None:
        faults.append(fault("warehouse", request.warehouse, "is unknown"))
    if request.manager is not None and facts.manager_id is None:
        faults.append(fault("manager", request.manager, "is no active user"))
    if not facts.is_known_type:
        faults.append(fault("order_type", request.order_type, "is no type of order in use"))
    offers = []
    for index, (line, offer) in enumerate(zip(request.lines, facts.offers, strict=True)):
        if offer is None:
            faults.append(fault(f"lines[{index}].sku", line.sku, "is unknown"))
            continue
        offers.append(offer)
        price = line.unit_price if line.unit_price is not None else offer.unit_price
        if index in facts.inactive:
            faults.append(fault(f"lines[{index}].sku", line.sku, "is no longer sold"))
        if price is None and facts.channel_id is not None:
            faults.append(fault(f"lines[{index}].unit_price", None, "is needed, the price list has none"))
        elif price is not None and line.discount > price * line.quantity:
            faults.append(fault(f"lines[{index}].discount", line.discount, "is more than the line is worth"))
    if faults:
        refuse(faults)
    return offers


def _shortage(
    request: PlacementRequest, priced: Sequence[PricedLine], facts: PlacementFacts, allocation: Allocation
) -> Conflict:
    free: dict[int, Decimal] = {}
    for level in facts.levels:
        free[level.product_id] = free.get(level.product_id, Decimal(0)) + level.available
    asked: dict[int, Decimal] = {}
    for line in priced:
        asked[line.product_id] = asked.get(line.product_id, Decimal(0)) + line.quantity
    rows = []
    for short in allocation.short:
        sku = request.lines[short.line - 1].sku
        rows.append(
            {
                "field": f"lines[{short.line - 1}].quantity",
                "sku": sku,
                "requested": str(asked[short.product_id]),
                "available": str(free.get(short.product_id, Decimal(0))),
            }
        )
    told = ", ".join(f"{row['sku']} ({row['available']} of {row['requested']})" for row in rows[:5])
    return Conflict(f"There is not enough stock of {told}.", code="short_of_stock", rows=rows)
