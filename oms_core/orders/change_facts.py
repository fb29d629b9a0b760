"""What must be known to change a placed order: how it stands, and what is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.errors import NotFound
from oms_core.inventory.allocation import Level
from oms_core.money import LineTotal, RoundingRule
from oms_core.orders.change_document import OrderEdit
from oms_core.orders.change_standing import Line, Standing
from oms_core.orders.delivery_terms import delivery_of
from oms_core.orders.pricing import Offer
from oms_core.workflow.models import Group

# A position that was once a line's is never given to another: the journal speaks of it.
_ORDER = text("""
SELECT o.*, s.group_code, h.prices_include_tax, h.warehouse_id AS home_id, h.price_list_id, h.calendar_id,
       m.code AS delivery_method,
       1 + greatest(
           (SELECT coalesce(max(position), 0) FROM order_lines l WHERE l.order_id = o.id),
           (SELECT coalesce(max((line ->> 'position')::int), 0)
            FROM order_changes c CROSS JOIN LATERAL jsonb_array_elements(c.before -> 'lines') line
            WHERE c.order_id = o.id)) AS next_position
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN channels h ON h.id = o.channel_id
LEFT JOIN delivery_methods m ON m.id = o.delivery_method_id
WHERE o.number = :number
""")
_LINES = text("""
SELECT l.position, p.sku, l.product_id, l.quantity, l.unit_price, l.discount, l.tax_rate, l.unit_cost, l.net, l.tax,
       l.gross, l.quantity_shipped AS shipped, l.quantity_cancelled AS cancelled,
       l.supplier_id IS NOT NULL AS is_direct,
       (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
        WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')) AS held
FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = :order_id ORDER BY l.position
""")
_OFFERS = text("""
SELECT a.sku, p.id, p.tax_rate, p.is_active,
       (SELECT unit_price FROM prices
        WHERE price_list_id = :price_list_id AND product_id = p.id
          AND min_quantity <= greatest(a.quantity, 1) AND valid_from <= :now
        ORDER BY min_quantity DESC, valid_from DESC LIMIT 1),
       (SELECT unit_cost FROM supply_terms WHERE product_id = p.id ORDER BY priority LIMIT 1)
FROM unnest(CAST(:skus AS text[]), CAST(:quantities AS numeric[])) AS a (sku, quantity)
JOIN products p ON p.sku = a.sku
""")
_LEVELS = text("""
SELECT l.location_id, o.warehouse_id, l.product_id, l.on_hand - l.reserved
FROM stock_levels l JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
WHERE l.product_id = ANY (CAST(:product_ids AS bigint[])) ORDER BY l.location_id, l.product_id
""")
_HEADER = ("ship_to", "ship_region", "delivery_method", "shipping", "requested_at", "promised_at", "comment")

_OF_LINE = (
    *("position", "sku", "product_id", "quantity", "unit_price", "discount", "tax_rate", "unit_cost"),
    *("shipped", "cancelled", "held", "is_direct"),
)


def read_standing(session: Session, number: str, edit: OrderEdit, *, now: datetime) -> Standing:
    """Read how an order stands and what its edit asks for; raises ``NotFound``."""
    session.flush()
    found = session.execute(_ORDER, {"number": number}).one_or_none()
    if found is None:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])
    row = found._asdict()
    group, chosen = Group(row["group_code"]), edit.delivery_method
    delivery = None
    if chosen is not None:
        delivery = delivery_of(session, chosen, calendar_id=row["calendar_id"], group=group, now=now)
    return Standing(
        number=number, version=row["version"], group=group, currency=row["currency"],
        rounding_rule=RoundingRule(row["rounding_rule"]), prices_include_tax=row["prices_include_tax"],
        prefer=(row["warehouse_id"], row["home_id"]), lines=_lines(session, row["id"]),
        next_position=row["next_position"], paid=row["paid"], refunded=row["refunded"],
        header={name: row[name] for name in _HEADER}, offers=_offers(session, row, edit, now), delivery=delivery,
    )  # fmt: skip


def read_levels(session: Session, product_ids: Sequence[int]) -> list[Level]:
    """Read what is free of these products, without locking it: to look ahead only."""
    return [Level(*row) for row in session.execute(_LEVELS, {"product_ids": sorted(set(product_ids))})]


def _lines(session: Session, order_id: int) -> list[Line]:
    lines = []
    for row in session.execute(_LINES, {"order_id": order_id}).mappings():
        plain: dict[str, Any] = {name: row[name] for name in _OF_LINE}
        lines.append(Line(**plain, total=LineTotal(row["net"], row["tax"], row["gross"])))
    return lines


def _offers(
    session: Session, row: Mapping[str, Any], edit: OrderEdit, now: datetime
) -> dict[str, tuple[Offer, bool]]:  # fmt: skip
    fresh = {line.sku: line.quantity for line in edit.lines or () if line.position is None and "\0" not in line.sku}
    if not fresh:
        return {}
    asked = {
        "price_list_id": row["price_list_id"], "now": now, "skus": list(fresh),
        "quantities": [quantity if quantity.is_finite() else Decimal(1) for quantity in fresh.values()],
    }  # fmt: skip
    return {
        sku: (Offer(product_id, tax_rate, price, cost), is_active)
        for sku, product_id, tax_rate, is_active, price, cost in session.execute(_OFFERS, asked)
    }
