"""What must be known to decide about a placement, read and locked at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.db import numbers
from oms_core.inventory.allocation import Level
from oms_core.money import RoundingRule
from oms_core.orders.placement_request import PlacementRequest
from oms_core.orders.placement_sql import READ, read_with_customer
from oms_core.orders.pricing import Offer


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """What the database says about a request; ``offers`` has a place for every line, None where the SKU is unknown.

    ``inactive`` are indexes of lines, ``codes`` the location codes by id, ``first_status`` is where a new order
    begins, ``is_known_type`` whether its type is in use. The ids and the number are drawn for the
    order to be; where it comes to nothing they stay unused.
    ``home_warehouse`` is the code of the channel's own, ``rules_stamp`` tells which rules are in force,
    ``of_customer`` what was read for them of the customer (empty: nothing).
    """

    channel_id: int | None
    currency: str
    rounding_rule: RoundingRule
    prices_include_tax: bool
    promise_days: int
    home_warehouse_id: int | None
    customer_id: int | None
    warehouse_id: int | None
    manager_id: int | None
    earlier_order_id: int | None
    offers: list[Offer | None]
    inactive: set[int]
    levels: list[Level]
    codes: dict[int, str]
    order_id: int
    number: str
    line_ids: list[int]
    is_known_type: bool
    first_status: str
    time_zone: str
    home_warehouse: str
    rules_stamp: str
    of_customer: tuple[Any, ...]


def read_and_lock(
    session: Session, request: PlacementRequest, *, actor: Actor, now: datetime, of_customer: tuple[str, ...] | None
) -> PlacementFacts:
    """Read all that bears on the request in one round trip, and lock the stock levels of its products.

    ``of_customer`` names what rules will ask of the customer, where that is known beforehand.
    """
    session.flush()
    statement = READ if of_customer is None else read_with_customer(of_customer)
    rows = statement.run(
        session,
        (
            *(request.channel, request.external_ref, actor.id, request.idempotency_key, request.customer.id),
            *(request.warehouse, request.manager, [line.sku for line in request.lines]),
            *(numbers(line.quantity for line in request.lines), now, request.order_type),
        ),
    )
    offers: list[Offer | None] = [None] * len(request.lines)
    line_ids = [0] * len(request.lines)
    inactive: set[int] = set()
    levels: dict[tuple[int, int], Level] = {}
    codes: dict[int, str] = {}
    for row in rows:
        index, product_id, is_active, tax_rate, unit_price, unit_cost, line_id = row[11:18]
        location_id, warehouse_id, code, free = row[18:22]
        line_ids[index] = line_id
        if product_id is not None:
            offers[index] = Offer(product_id, tax_rate, unit_price, unit_cost)
            if not is_active:
                inactive.add(index)
        if location_id is not None:
            levels[location_id, product_id] = Level(location_id, warehouse_id, product_id, free)
            codes[location_id] = code
    channel_id, currency, rule, include_tax, promise_days, home_id = rows[0][:6]
    customer_id, warehouse_id, manager_id, same_ref_id, same_key_id = rows[0][6:11]
    order_id, number, type_is_active, first_status = rows[0][22:26]
    time_zone, home_warehouse, stamp = rows[0][26:29]
    return PlacementFacts(
        channel_id, currency, RoundingRule(rule or RoundingRule.HALF_UP), bool(include_tax), promise_days or 0,
        home_id, customer_id, warehouse_id, manager_id, same_key_id or same_ref_id, offers, inactive,
        list(levels.values()), codes, order_id, number, line_ids, bool(type_is_active), first_status,
        time_zone or "", home_warehouse or "", stamp or "", rows[0][29:],
    )  # fmt: skip
