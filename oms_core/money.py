"""Money: rounding to the currency's cent, line and order totals. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class RoundingRule(StrEnum):
    """How a line is rounded, once; stored on the channel and copied to each order."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


_MODES = {
    RoundingRule.HALF_UP: ROUND_HALF_UP,
    RoundingRule.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingRule.DOWN: ROUND_DOWN,
}


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line in the order's currency; ``gross = net + tax`` exactly."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class OrderTotal:
    """Sums of rounded lines; ``total = gross + shipping``."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    shipping: Decimal
    total: Decimal


def round_money(value: Decimal, rule: RoundingRule = RoundingRule.HALF_UP) -> Decimal:
    """Round to the cent by ``rule``."""
    return value.quantize(CENT, rounding=_MODES[rule])


def line_total(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal = Decimal(0),
    tax_rate: Decimal = Decimal(0),
    prices_include_tax: bool = True,
    rule: RoundingRule = RoundingRule.HALF_UP,
) -> LineTotal:
    """Total of a line: ``discount`` is money off the whole line, ``tax_rate`` a fraction (0.23 is 23 %).

    The stated side (gross where prices include tax, else net) is rounded once; the tax is rounded once; the
    third is their difference or sum, so that the three always agree.
    """
    stated = round_money(quantity * unit_price - discount, rule)
    if prices_include_tax:
        tax = round_money(stated * tax_rate / (1 + tax_rate), rule)
        return LineTotal(net=stated - tax, tax=tax, gross=stated)
    tax = round_money(stated * tax_rate, rule)
    return LineTotal(net=stated, tax=tax, gross=stated + tax)


def order_total(lines: Iterable[LineTotal], shipping: Decimal = Decimal(0)) -> OrderTotal:
    """Sum rounded lines and add the shipping charge."""
    rows = list(lines)
    gross = sum((row.gross for row in rows), Decimal(0))
    return OrderTotal(
        net=sum((row.net for row in rows), Decimal(0)),
        tax=sum((row.tax for row in rows), Decimal(0)),
        gross=gross,
        shipping=shipping,
        total=gross + shipping,
    )
