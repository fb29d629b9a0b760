"""The context of an order about to be written: what its placement knows, and of the customer what rules ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.inventory.allocation import Allocation
from oms_core.money import order_total
from oms_core.orders.placement_facts import PlacementFacts
from oms_core.orders.placement_request import PlacementRequest
from oms_core.orders.placement_rows import promised_at
from oms_core.orders.pricing import PricedLine
from oms_core.orders.rule_context import ALL_FIELDS, customer_facts
from oms_core.orders.rule_context_sql import CUSTOMER, asked_of_customer, customer_statement
from oms_core.orders.rule_facts import context_of_facts
from oms_core.orders.rule_parts import Change, CustomerFacts, Facts, LineFacts, OrderFacts
from oms_core.workflow.rule_set import known_rules

_NAMES = text("""
SELECT p.sku, p.name, coalesce(y.code, '') AS category FROM products p LEFT JOIN categories y ON y.id = p.category_id
WHERE p.sku = ANY (CAST(:skus AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Proposed:
    """An order that is decided and not yet written; ``foreseen`` names what was read of its customer with the rest."""

    request: PlacementRequest
    facts: PlacementFacts
    priced: Sequence[PricedLine]
    allocation: Allocation
    customer_id: int
    foreseen: tuple[str, ...] = ()


def foreseen_of_customer(session: Session, request: PlacementRequest) -> tuple[str, ...] | None:
    """Name what the rules this process knows will ask of a customer named by id; None: nothing can be foreseen."""
    known = known_rules(session)
    if known is None or request.customer.id is None or not (fields := known.fields_of("place")):
        return None
    return asked_of_customer(fields) if _asks_of_customer(fields) else None


def placement_context(
    session: Session, proposed: Proposed, *, change: Change, now: datetime, fields: frozenset[str] = ALL_FIELDS
) -> dict[str, Any]:
    """Put a whole context together; of ``fields`` alone it is sure that they are known."""
    request, facts = proposed.request, proposed.facts
    customer, read = _customer(session, proposed, now=now, fields=fields)
    totals = order_total([line.total for line in proposed.priced], request.shipping)
    order = OrderFacts(
        number=facts.number, type=request.order_type, channel=request.channel, time_zone=facts.time_zone,
        status=facts.first_status, group="new", external_ref=request.external_ref or "",
        currency=facts.currency, manager=request.manager or "", priority=0, comment=request.comment,
        warehouse=request.warehouse or facts.home_warehouse,
        total=float(totals.total), net=float(totals.net), gross=float(totals.gross), tax=float(totals.tax),
        shipping=float(totals.shipping), paid=0.0, refunded=0.0, placed_at=now, requested_at=request.requested_at,
        promised_at=promised_at(request, facts, now), region=request.customer.region or "",
        ship_to=request.ship_to or request.customer.ship_to, duplicates=read.get("duplicates", 0),
        warehouses=len({part.location_id for part in proposed.allocation.taken}),
    )  # fmt: skip
    return context_of_facts(Facts(order, _lines(session, proposed, fields), customer), change, now)


def _customer(
    session: Session, proposed: Proposed, *, now: datetime, fields: frozenset[str]
) -> tuple[CustomerFacts, Mapping[str, Any]]:
    if not _asks_of_customer(fields):
        return CustomerFacts(), {}
    row = proposed.facts.of_customer
    if row and set(asked_of_customer(fields)) <= set(proposed.foreseen):
        read = dict(zip(proposed.foreseen, row[len(CUSTOMER) :], strict=True))
        return customer_facts(row[: len(CUSTOMER)], read), read
    session.flush()
    statement, names = customer_statement(fields)
    goods = sorted((line.product_id, line.quantity) for line in proposed.priced)
    said = [f"{product_id}x{quantity:.3f}" for product_id, quantity in goods]
    (row,) = statement.run(session, (proposed.customer_id, now, proposed.facts.order_id, said))
    read = dict(zip(names, row[len(CUSTOMER) :], strict=True))
    return customer_facts(row[: len(CUSTOMER)], read), read


@lru_cache(maxsize=256)
def _asks_of_customer(fields: frozenset[str]) -> bool:
    return any(path.startswith("customer.") or path == "order.duplicates" for path in fields)


def _lines(session: Session, proposed: Proposed, fields: frozenset[str]) -> list[LineFacts]:
    reserved: dict[int, float] = {}
    for part in proposed.allocation.taken:
        reserved[part.line] = reserved.get(part.line, 0.0) + float(part.quantity)
    named: dict[str, tuple[str, str]] = {}
    if fields & {"line.name", "line.category"}:
        rows = session.execute(_NAMES, {"skus": [line.sku for line in proposed.request.lines]})
        named = {row.sku: (row.name, row.category) for row in rows}
    together = zip(proposed.request.lines, proposed.priced, proposed.facts.offers, strict=True)
    lines = []
    for position, (asked, line, offer) in enumerate(together, 1):
        name, category = named.get(asked.sku, ("", ""))
        listed = None if offer is None or offer.unit_price is None else float(offer.unit_price)
        cost = None if line.unit_cost is None else float(line.unit_cost)
        lines.append(
            LineFacts(
                position, asked.sku, name, category, float(line.quantity), float(line.unit_price), listed,
                float(line.discount), float(line.total.net), float(line.total.gross), cost, float(line.tax_rate),
                is_direct=False, shipped=0.0, cancelled=0.0, returned=0.0, reserved=reserved.get(position, 0.0),
            )
        )  # fmt: skip
    return lines
