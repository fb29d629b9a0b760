"""What the pages read to change an order."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.reads import ask
from oms_core.orders.change_document import OrderEdit
from oms_core.orders.change_log import ChangeView, list_changes
from oms_core.orders.changing import ChangePreview, preview_change
from oms_core.orders.delivery_methods import DeliveryMethodView, list_delivery_methods

_RARELY_CHANGED = 60


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def delivery_methods() -> list[DeliveryMethodView]:
    """The ways to the customer that are in use."""
    return ask(list_delivery_methods)


def all_delivery_methods() -> list[DeliveryMethodView]:
    """Every way to the customer, in use or not."""
    return ask(list_delivery_methods, with_retired=True)


def forget_delivery_methods() -> None:
    """Read them anew: one was just saved."""
    delivery_methods.clear()


def preview(number: str, change: OrderEdit, note: str = "") -> ChangePreview:
    """What a change would do to the order as it is now, and what rules would say of it."""
    return ask(preview_change, now=datetime.now(UTC), number=number, change=change, note=note)


def changes(number: str) -> list[ChangeView]:
    """The changes of an order, the newest first."""
    return ask(list_changes, number=number)
