"""The card of a product, opened from a line: where it lies, what comes when, what it costs."""

from collections.abc import Sequence

import streamlit as st

from dashboard import customer_reads, display
from dashboard.identity import may
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import LineView


def show_product_cards(lines: Sequence[LineView]) -> None:
    """Offer the card of each line's product; it is read when it is opened."""
    skus = list(dict.fromkeys(line.sku for line in lines if line.supplier is None))
    if not skus or not may(Permission.STOCK_VIEW):
        return
    names = {line.sku: f"{line.sku} · {line.name}" for line in lines}
    sku = st.menu_button(
        _("Stock and prices"), skus, format_func=names.__getitem__, key="product_card", icon=":material/inventory_2:",
        type="tertiary",
    )  # fmt: skip
    if sku:
        open_card(sku, names[sku])


def open_card(sku: str, title: str = "") -> None:
    """Open the card of one product."""
    st.dialog(title or sku, icon=":material/inventory_2:", width="medium")(_show_card)(sku)


def _show_card(sku: str) -> None:
    card = customer_reads.product_card(sku)
    _head(_("In stock"))
    if not card.places:
        st.caption(_("It lies nowhere."))
    else:
        st.table(
            {
                _("Warehouse"): [place.warehouse for place in card.places],
                _("On hand"): [display.quantity(place.on_hand) for place in card.places],
                _("Reserved"): [display.quantity(place.reserved) for place in card.places],
                _("Free to sell"): [display.quantity(place.available) for place in card.places],
            },
            hide_index=True,
        )
    _head(_("On its way"))
    if not card.coming:
        st.caption(_("Nothing is on order."))
    else:
        st.table(
            {
                _("Expected"): [display.day(one.expected_on) for one in card.coming],
                _("Quantity"): [display.quantity(one.quantity) for one in card.coming],
                _("Warehouse"): [one.warehouse for one in card.coming],
                _("Purchase order"): [one.number for one in card.coming],
            },
            hide_index=True,
        )
    _head(_("Prices"))
    st.table(
        {
            _("Price list"): [price.price_list for price in card.prices],
            _("From quantity"): [display.quantity(price.min_quantity) for price in card.prices],
            _("Price"): [display.money(price.unit_price, price.currency) for price in card.prices],
        },
        hide_index=True,
    )


def _head(words: str) -> None:
    st.markdown(f"**{words}**")
