"""What the rules would say of a planned change: judged as the order would stand, before anything of it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.inventory.allocation import Allocation
from oms_core.orders.change_plan import ChangePlan
from oms_core.orders.change_standing import Line, Standing
from oms_core.orders.models import Order
from oms_core.orders.rule_context_sql import CUSTOMER, asked_of_order, customer_statement
from oms_core.orders.rule_parts import Facts, LineFacts, OrderFacts
from oms_core.orders.stages import status_in_group
from oms_core.workflow.models import Group

_PRODUCTS = text("""
SELECT a.position, p.name, coalesce(y.code, '') AS category,
       (SELECT r.unit_price::float8 FROM prices r JOIN channels h ON h.price_list_id = r.price_list_id
        WHERE h.id = :channel_id AND r.product_id = p.id AND r.min_quantity <= greatest(a.quantity, 1)
          AND r.valid_from <= :placed_at
        ORDER BY r.min_quantity DESC, r.valid_from DESC LIMIT 1) AS list_price
FROM unnest(CAST(:positions AS int[]), CAST(:product_ids AS bigint[]), CAST(:quantities AS numeric[]))
     AS a (position, product_id, quantity)
JOIN products p ON p.id = a.product_id LEFT JOIN categories y ON y.id = p.category_id
""")
_PLACES = text("""
SELECT DISTINCT l.position, z.id, z.warehouse_id
FROM order_lines l
JOIN reservations r ON r.order_line_id = l.id AND r.state IN ('held', 'committed')
JOIN locations z ON z.id = r.location_id
WHERE l.order_id = :order_id
UNION ALL
SELECT NULL, id, warehouse_id FROM locations WHERE id = ANY (CAST(:location_ids AS bigint[]))
""")
_DUPLICATES = frozenset({"order.duplicates"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that is planned: how the order stands, what would become of it, and from where it would be served."""

    standing: Standing
    plan: ChangePlan
    allocation: Allocation


def facts_after(session: Session, order: Order, facts: Facts, planned: Planned, *, fields: frozenset[str]) -> Facts:
    """The facts that rules would be told once a plan without faults is written; of ``fields`` alone it is sure.

    Exact but for one thing: of a line that gives back a part of what several warehouses keep for it, each of these
    still counts.
    """
    would_be = _order(session, facts.order, planned)
    lines = facts.lines
    if "lines" in asked_of_order(fields):
        lines = _lines(session, order, facts.lines, planned)
    if fields & _DUPLICATES and planned.plan.lines != planned.standing.lines:
        would_be.duplicates = _duplicates(session, order, planned.plan)
    if "stock.warehouses" in fields:
        would_be.warehouses = _warehouses(session, order, planned)
    return replace(facts, order=would_be, lines=lines)


def _order(session: Session, before: OrderFacts, planned: Planned) -> OrderFacts:
    header, totals = planned.plan.header, planned.plan.totals
    after = replace(
        before, total=float(totals.total), net=float(totals.net), gross=float(totals.gross), tax=float(totals.tax),
        shipping=float(totals.shipping), comment=header["comment"], requested_at=header["requested_at"],
        promised_at=header["promised_at"], ship_to=header["ship_to"], region=header["ship_region"] or "",
    )  # fmt: skip
    if planned.plan.leaves_nothing_open:
        after.status, after.group = status_in_group(session, Group.DELIVER).code, Group.DELIVER.value
    return after


def _lines(session: Session, order: Order, before: Sequence[LineFacts], planned: Planned) -> list[LineFacts]:
    plan = planned.plan
    told = _told(session, order, plan.lines)
    known = {line.position: line for line in before}
    taken: dict[int, float] = {}
    for part in planned.allocation.taken:
        taken[part.line] = taken.get(part.line, 0.0) + float(part.quantity)
    lines = []
    for line in plan.lines:
        name, category, list_price = told[line.position]
        kept = float(line.held - plan.releases.get(line.position, 0))
        lines.append(
            LineFacts(
                line.position, line.sku, name, category, float(line.quantity), float(line.unit_price), list_price,
                float(line.discount), float(line.total.net), float(line.total.gross),
                None if line.unit_cost is None else float(line.unit_cost), float(line.tax_rate), line.is_direct,
                float(line.shipped), float(line.cancelled),
                known[line.position].returned if line.position in known else 0.0,
                kept + taken.get(line.position, 0.0),
            )
        )  # fmt: skip
    return lines


def _told(session: Session, order: Order, lines: Sequence[Line]) -> Mapping[int, tuple[str, str, float | None]]:
    asked: dict[str, Any] = {
        "channel_id": order.channel_id, "placed_at": order.placed_at, "positions": [line.position for line in lines],
        "product_ids": [line.product_id for line in lines], "quantities": [line.quantity for line in lines],
    }  # fmt: skip
    return {row.position: (row.name, row.category, row.list_price) for row in session.execute(_PRODUCTS, asked)}


def _duplicates(session: Session, order: Order, plan: ChangePlan) -> int:
    """How many earlier orders of the customer have the goods that this one would have."""
    statement, names = customer_statement(_DUPLICATES)
    goods = sorted((line.product_id, line.quantity) for line in plan.lines)
    said = [f"{product_id}x{quantity:.3f}" for product_id, quantity in goods]
    (row,) = statement.run(session, (order.customer_id, order.placed_at, order.id, said))
    counted: int = dict(zip(names, row[len(CUSTOMER) :], strict=True))["duplicates"]
    return counted


def _warehouses(session: Session, order: Order, planned: Planned) -> int:
    held = {line.position: line.held for line in planned.standing.lines}
    emptied = {position for position, quantity in planned.plan.releases.items() if quantity == held[position]}
    location_ids = sorted({part.location_id for part in planned.allocation.taken})
    rows = session.execute(_PLACES, {"order_id": order.id, "location_ids": location_ids})
    return len({row.warehouse_id for row in rows if row.position not in emptied})
