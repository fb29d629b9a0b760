"""A placed order as it stands before a change: its lines, its terms, what is known of what is asked for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.money import CENT, LineTotal, OrderTotal, RoundingRule, order_total
from oms_core.orders.change_document import Document
from oms_core.orders.delivery_offer import Delivery
from oms_core.orders.pricing import Offer
from oms_core.workflow.models import Group

MILLI = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a placed order, as it is or as it would be; ``held`` is what is reserved for it now."""

    position: int
    sku: str
    product_id: int
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    unit_cost: Decimal | None
    total: LineTotal
    shipped: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    is_direct: bool = False

    @property
    def settled(self) -> Decimal:
        """What is handed over or cancelled already: less than this no line can become."""
        return self.shipped + self.cancelled

    @property
    def open(self) -> Decimal:
        """What is neither handed over nor cancelled."""
        return self.quantity - self.settled


@dataclass(frozen=True, slots=True)
class Standing:
    """A placed order as it stands: all that a change of it is decided by."""

    number: str
    version: int
    group: Group
    currency: str
    rounding_rule: RoundingRule
    prices_include_tax: bool
    prefer: tuple[int | None, ...]
    lines: Sequence[Line]
    next_position: int
    paid: Decimal
    refunded: Decimal
    header: Mapping[str, Any]
    offers: Mapping[str, tuple[Offer, bool]] = field(default_factory=dict)
    delivery: Delivery | None = None

    @property
    def totals(self) -> OrderTotal:
        """What the order costs now."""
        return order_total([line.total for line in self.lines], self.header["shipping"])


def document_of(lines: Sequence[Line], header: Mapping[str, Any], totals: OrderTotal) -> Document:
    """The order as a document: money and quantities as plain text, moments in ISO."""
    return {
        "lines": [_line_document(line) for line in lines],
        **{name: _plain(value) for name, value in header.items()},
        **{name: _plain(getattr(totals, name)) for name in ("net", "tax", "gross", "total")},
    }


def _line_document(line: Line) -> dict[str, Any]:
    terms = {name: _plain(getattr(line, name)) for name in ("unit_price", "discount")}
    money = {name: _plain(getattr(line.total, name)) for name in ("net", "tax", "gross")}
    return {"position": line.position, "sku": line.sku, "quantity": _plain(line.quantity, MILLI), **terms, **money}


def _plain(value: Any, places: Decimal = CENT) -> Any:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, Decimal):
        return str(value.quantize(places))
    return value.isoformat() if isinstance(value, datetime) else value
