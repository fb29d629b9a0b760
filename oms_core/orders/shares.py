"""Shares of a line's money. Pure."""

from decimal import Decimal

from oms_core.money import round_money


def share_of(money: Decimal, quantity: Decimal, *, of: Decimal, before: Decimal = Decimal(0)) -> Decimal:
    """Return what ``quantity`` out of ``of`` is worth, after ``before`` was taken already.

    Rounded so that the shares of all parts, taken one after the other, sum exactly to ``money``.
    """
    return round_money(money * (before + quantity) / of) - round_money(money * before / of)
