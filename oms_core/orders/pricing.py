"""Pricing the lines of an order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms_core.money import LineTotal, RoundingRule, line_total
from oms_core.orders.placement_request import LineRequest


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue says of one asked line; ``unit_price`` is None where the channel's list has none."""

    product_id: int
    tax_rate: Decimal
    unit_price: Decimal | None
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line as it is written."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    unit_cost: Decimal | None
    total: LineTotal


def price_lines(
    lines: Sequence[LineRequest], offers: Sequence[Offer], *, prices_include_tax: bool, rule: RoundingRule
) -> list[PricedLine]:
    """Price each line by its own unit price, else by its offer's; one of the two must be there."""
    return [
        _price(line, offer, prices_include_tax=prices_include_tax, rule=rule)
        for line, offer in zip(lines, offers, strict=True)
    ]


def _price(line: LineRequest, offer: Offer, *, prices_include_tax: bool, rule: RoundingRule) -> PricedLine:
    unit_price = line.unit_price if line.unit_price is not None else offer.unit_price
    if unit_price is None:
        raise ValueError(f"{line.sku} has no price")
    total = line_total(
        quantity=line.quantity, unit_price=unit_price, discount=line.discount, tax_rate=offer.tax_rate,
        prices_include_tax=prices_include_tax, rule=rule,
    )  # fmt: skip
    return PricedLine(
        offer.product_id, line.quantity, unit_price, line.discount, offer.tax_rate, offer.unit_cost, total
    )
