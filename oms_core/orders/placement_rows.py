"""Writing a placed order: its rows, its reservations and its journal, in one message to the server."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from oms_core import journal
from oms_core.access.actors import Actor
from oms_core.db import Prepared, numbers, run_together
from oms_core.inventory.allocation import Allocation
from oms_core.inventory.models import ReservationState
from oms_core.money import order_total
from oms_core.orders import placement_sql as sql
from oms_core.orders.placement_facts import PlacementFacts
from oms_core.orders.placement_request import PlacementRequest
from oms_core.orders.pricing import PricedLine

_Call = tuple[Prepared, Sequence[Any]]


def write_order(
    session: Session, request: PlacementRequest, facts: PlacementFacts, priced: Sequence[PricedLine],
    allocation: Allocation, *, customer_id: int, actor: Actor, now: datetime,
) -> None:  # fmt: skip
    """Write the order under the ids of ``facts``; whatever is written, is written at once."""
    order_id, manager_id = facts.order_id, facts.manager_id
    fingerprint = request.fingerprint() if request.is_repeatable else None
    row = _order_row(request, facts, priced, customer_id=customer_id, now=now)
    calls: list[_Call] = [(sql.INSERT_ORDER, (*row, fingerprint, request.order_type, facts.first_status))]
    if request.idempotency_key is not None:
        calls.append((sql.REMEMBER_KEY, (actor.id, request.idempotency_key, fingerprint, order_id, now)))
    calls.append((sql.INSERT_LINES, (order_id, numbers(facts.line_ids), *_line_columns(priced))))
    if allocation.taken:
        calls += _reservations(request, facts, allocation, now)
    told = json.dumps(_told(facts, allocation))
    calls.append((sql.TELL, (order_id, now, actor.id, manager_id, told, facts.first_status)))
    calls.append((sql.ENTER, (order_id, manager_id, now, facts.first_status)))
    if manager_id is not None:
        calls.append((sql.ASSIGN, (order_id, manager_id, now)))
    run_together(session, calls)
    journal.remember(
        session,
        [
            journal.Journalled(order_id, 1, "order.placed", None, facts.first_status, None),
            journal.Journalled(order_id, 2, "order.reserved", None, None, None),
        ],
    )


def _order_row(
    request: PlacementRequest, facts: PlacementFacts, priced: Sequence[PricedLine], *, customer_id: int, now: datetime
) -> tuple[Any, ...]:
    totals = order_total([line.total for line in priced], request.shipping)
    ship_to = request.ship_to or request.customer.ship_to
    return (
        *(facts.order_id, facts.number, facts.channel_id, request.external_ref, customer_id, facts.manager_id),
        *(facts.warehouse_id or facts.home_warehouse_id, facts.currency, facts.rounding_rule.value),
        *(now, request.requested_at, promised_at(request, facts, now)),
        *(totals.net, totals.tax, totals.gross, totals.shipping, totals.total),
        *(request.comment, request.customer.region, None if ship_to is None else json.dumps(ship_to)),
    )


def promised_at(request: PlacementRequest, facts: PlacementFacts, now: datetime) -> datetime:
    """The delivery method's promise or the channel's, or later where the customer wants it later."""
    earliest = request.delivery.promised_at if request.delivery else now + timedelta(days=facts.promise_days)
    return earliest if request.requested_at is None else max(earliest, request.requested_at)


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


def _reservations(
    request: PlacementRequest, facts: PlacementFacts, allocation: Allocation, now: datetime
) -> list[_Call]:
    taken = allocation.taken
    expires_at = None if request.hold_minutes is None else now + timedelta(minutes=request.hold_minutes)
    state = ReservationState.COMMITTED if expires_at is None else ReservationState.HELD
    line_ids = numbers(facts.line_ids[part.line - 1] for part in taken)
    locations, products = numbers(part.location_id for part in taken), numbers(part.product_id for part in taken)
    quantities = numbers(part.quantity for part in taken)
    reserved: dict[tuple[int, int], Decimal] = {}  # two lines may draw on one level, which an UPDATE changes once
    for part in taken:
        level = (part.location_id, part.product_id)
        reserved[level] = reserved.get(level, Decimal(0)) + part.quantity
    counted = (numbers(level[0] for level in reserved), numbers(level[1] for level in reserved))
    return [
        (sql.RESERVE, (line_ids, locations, products, quantities, state.value, expires_at, now)),
        (sql.COUNT_RESERVED, (*counted, numbers(reserved.values()))),
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
