"""Personal data of customers: shown to those whose work needs it, hidden from everybody else. Pure."""

from dataclasses import replace

from oms_core.access.actors import Actor
from oms_core.customers.privacy import HIDDEN, all_hidden, sees_personal_data
from oms_core.orders.card_views import OrderCard
from oms_core.orders.views import OrderRow

__all__ = ["HIDDEN", "card_for", "row_for", "sees_personal_data"]


def card_for(card: OrderCard, actor: Actor) -> OrderCard:
    """The card as this reader may see it: kind and region of the customer stay, by which orders are counted."""
    if sees_personal_data(actor):
        return card
    customer = replace(
        card.customer,
        name=HIDDEN,
        phones=all_hidden(card.customer.phones),
        emails=all_hidden(card.customer.emails),
    )
    return replace(card, customer=customer, ship_to=None if card.ship_to is None else {"address": HIDDEN})


def row_for(row: OrderRow, actor: Actor) -> OrderRow:
    """The row of the queue as this reader may see it."""
    return row if sees_personal_data(actor) else replace(row, customer=HIDDEN)
