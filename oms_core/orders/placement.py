"""Placing an order: what is asked for is priced, reserved as far as stock goes, and written with its journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.customers.registration import CustomerRef, resolve_customer, unknown_customer
from oms_core.db import numbers
from oms_core.errors import Conflict
from oms_core.inventory.allocation import Allocation, Need, allocate
from oms_core.inventory.models import ReservationState
from oms_core.money import order_total
from oms_core.orders.placement_facts import PlacementFacts, read_and_lock
from oms_core.orders.placement_request import Fault, LineRequest, PlacementRequest, fault, refuse, refuse_malformed
from oms_core.orders.placement_sql import ASSIGN, EARLIER, REMEMBER_KEY, WRITE
from oms_core.orders.pricing import Offer, PricedLine, price_lines
from oms_core.workflow.models import Group

__all__ = ["CustomerRef", "LineRequest", "PlacedOrder", "place_order"]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order; ``created`` is False where the same request had placed it before."""

    id: int
    number: str
    created: bool
    version: int


def place_order(
    session: Session, *, actor: Actor, now: datetime, channel: str, customer: CustomerRef,
    lines: Sequence[LineRequest], external_ref: str | None = None, idempotency_key: str | None = None,
    warehouse: str | None = None, allow_backorder: bool = True, shipping: Decimal = Decimal(0), comment: str = "",
    ship_to: Mapping[str, Any] | None = None, requested_at: datetime | None = None, manager: str | None = None,
    hold_minutes: int | None = None,
) -> PlacedOrder:  # fmt: skip
    """Place an order now and reserve what is free for it, in ``warehouse``, the channel's own, then elsewhere.

    What is short is backordered, or refused with ``allow_backorder=False`` (``Conflict``, rows say what is there).
    The same ``external_ref`` in a channel, or the actor's same ``idempotency_key``, gives the order placed before;
    with another body it is a ``Conflict``. ``hold_minutes`` lets the reservation expire. ``Invalid`` names fields.
    """
    request = PlacementRequest(
        channel=channel, customer=customer, lines=lines, external_ref=external_ref, idempotency_key=idempotency_key,
        warehouse=warehouse, allow_backorder=allow_backorder, shipping=shipping, comment=comment, ship_to=ship_to,
        requested_at=requested_at, manager=manager, hold_minutes=hold_minutes,
    )  # fmt: skip
    refuse_malformed(request)
    facts = read_and_lock(session, request, actor=actor, now=now)
    if facts.earlier_order_id is not None:
        return _earlier_order(session, request, facts.earlier_order_id, actor=actor)
    offers = _known_offers(request, facts)
    priced = price_lines(lines, offers, prices_include_tax=facts.prices_include_tax, rule=facts.rounding_rule)
    prefer = (facts.warehouse_id, facts.home_warehouse_id)
    needs = [Need(position, line.product_id, line.quantity, prefer) for position, line in enumerate(priced, 1)]
    allocation = allocate(needs, facts.levels)
    if allocation.short and not allow_backorder:
        raise _shortage(request, priced, facts, allocation)
    return _write(session, request, facts, priced, allocation, actor=actor, now=now)


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


def _write(
    session: Session, request: PlacementRequest, facts: PlacementFacts, priced: Sequence[PricedLine],
    allocation: Allocation, *, actor: Actor, now: datetime,
) -> PlacedOrder:  # fmt: skip
    customer_id = facts.customer_id or resolve_customer(session, request.customer)
    totals = order_total([line.total for line in priced], request.shipping)
    ship_to = request.ship_to or request.customer.ship_to
    expires_at = None if request.hold_minutes is None else now + timedelta(minutes=request.hold_minutes)
    state = ReservationState.COMMITTED if expires_at is None else ReservationState.HELD
    fingerprint = request.fingerprint() if request.is_repeatable else None
    [(order_id, number)] = WRITE.run(
        session,
        (
            *(facts.channel_id, request.external_ref, customer_id, Group.NEW.value, facts.manager_id),
            *(facts.warehouse_id or facts.home_warehouse_id, facts.currency, facts.rounding_rule.value),
            *(now, request.requested_at, _promised_at(request, facts, now)),
            *(totals.net, totals.tax, totals.gross, request.shipping),
            *(request.comment, request.customer.region, None if ship_to is None else json.dumps(ship_to), fingerprint),
            *_line_columns(priced),
            *(numbers(part.line for part in allocation.taken), numbers(part.location_id for part in allocation.taken)),
            *(numbers(part.product_id for part in allocation.taken), numbers(p.quantity for p in allocation.taken)),
            *(state.value, expires_at, actor.id, json.dumps(_told(facts, allocation))),
        ),
    )
    if facts.manager_id is not None:
        ASSIGN.run(session, (order_id, facts.manager_id, now))
    if request.idempotency_key is not None:
        REMEMBER_KEY.run(session, (actor.id, request.idempotency_key, fingerprint, order_id, now))
    return PlacedOrder(order_id, number, created=True, version=1)


def _promised_at(request: PlacementRequest, facts: PlacementFacts, now: datetime) -> datetime:
    """The channel's promise, or later where the customer wants it later."""
    promised_at = now + timedelta(days=facts.promise_days)
    return promised_at if request.requested_at is None else max(promised_at, request.requested_at)


def _line_columns(priced: Sequence[PricedLine]) -> list[str]:
    return [
        numbers(line.product_id for line in priced),
        numbers(line.quantity for line in priced),
        numbers(line.unit_price for line in priced),
        numbers(line.discount for line in priced),
        numbers(line.tax_rate for line in priced),
        numbers(line.total.net for line in priced),
        numbers(line.total.tax for line in priced),
        numbers(line.total.gross for line in priced),
        numbers(line.unit_cost for line in priced),
    ]


def _told(facts: PlacementFacts, allocation: Allocation) -> dict[str, list[dict[str, object]]]:
    """What the journal says of the reservation."""
    return {
        "lines": [
            {"position": part.line, "warehouse": facts.codes[part.location_id], "quantity": str(part.quantity)}
            for part in allocation.taken
        ],
        "backordered": [{"position": rest.line, "quantity": str(rest.quantity)} for rest in allocation.short],
    }
