"""What is done to quotations; each function is a button's callback or the end of a dialog."""

from collections.abc import Mapping
from typing import Any

from dashboard.actions import attempt
from dashboard.display import day
from dashboard.translation import _
from oms_core.orders.placement import PlacedOrder
from oms_core.orders.quotations import change_quotation, decline_quotation, order_quotation, reprice_quotation


def order(number: str, version: int, *, allow_backorder: bool = False) -> PlacedOrder | None:
    """Make a quotation an order; None when it was refused."""
    told = lambda placed: _("Order {number} placed").format(number=placed.number)  # noqa: E731
    return attempt(order_quotation, told, number=number, version=version, allow_backorder=allow_backorder)


def reprice(number: str, version: int) -> None:
    """Offer it anew at today's prices."""
    told = lambda made: _("Quotation {number} priced anew, valid until {day}").format(  # noqa: E731
        number=made.number, day=day(made.valid_until)
    )
    attempt(reprice_quotation, told, number=number, version=version)


def change(number: str, version: int, facts: Mapping[str, Any]) -> bool:
    """Change what it offers, as its form says; False when refused."""
    told = lambda made: _("Quotation {number} changed").format(number=made.number)  # noqa: E731
    return attempt(change_quotation, told, number=number, version=version, **facts) is not None


def decline(number: str, version: int) -> None:
    """Note that the customer does not want it."""
    attempt(
        decline_quotation, _("Quotation {number} declined").format(number=number), number=number, version=version
    )  # fmt: skip
