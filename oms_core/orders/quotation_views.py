"""What is told of quotations. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class QuotationState(StrEnum):
    """Open until it became an order or was declined, or the last day it is valid is over."""

    OPEN = "open"
    ORDERED = "ordered"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QuotationRow:
    """A quotation in the list; ``valid_until`` is the last day, ``order`` what it became."""

    number: str
    state: QuotationState
    customer_id: int
    customer: str
    channel: str
    currency: str
    total: Decimal
    line_count: int
    valid_until: date
    created_at: datetime
    created_by: str
    order: str | None
    version: int


@dataclass(frozen=True, slots=True)
class QuotationLineView:
    """A line as offered; ``list_price`` is the price list's of now, ``unit_cost`` only for who may see costs."""

    position: int
    sku: str
    name: str
    uom: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    list_price: Decimal | None
    unit_cost: Decimal | None
    available: Decimal

    @property
    def cost(self) -> Decimal | None:
        """What the goods of the line cost; None where it is not known or not to be seen."""
        return None if self.unit_cost is None else self.unit_cost * self.quantity


@dataclass(frozen=True, slots=True)
class QuotationCard:
    """A quotation whole; ``margin`` (net less cost) only where every line's cost is known and may be seen."""

    row: QuotationRow
    order_type: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    shipping: Decimal
    comment: str
    ship_to: Mapping[str, Any] | None
    delivery_method: str | None
    declined_at: datetime | None
    lines: tuple[QuotationLineView, ...]

    @property
    def margin(self) -> Decimal | None:
        """Net less what the goods cost."""
        costs = [line.cost for line in self.lines]
        known = [cost for cost in costs if cost is not None]
        return self.net - sum(known, Decimal(0)) if costs and len(known) == len(costs) else None

    @property
    def is_short(self) -> bool:
        """Whether free stock does not cover it; a product on two lines is wanted by both."""
        wanted: dict[str, Decimal] = {}
        for line in self.lines:
            wanted[line.sku] = wanted.get(line.sku, Decimal(0)) + line.quantity
        return any(wanted[line.sku] > line.available for line in self.lines)
