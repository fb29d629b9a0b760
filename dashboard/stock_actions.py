"""What is done to stock from its page."""

from decimal import Decimal
from uuid import uuid4

import streamlit as st

from dashboard import display
from dashboard.actions import attempt
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods

_KEY = "_receive_key"  # of the drawer that is open: its second click names the same goods


def open_receive(warehouses: dict[str, str]) -> None:
    """Open the drawer in which goods are received, once each time; orders that wait for them are served first."""
    st.session_state[_KEY] = uuid4().hex
    st.dialog(_("Receive goods"), position="right", icon=":material/add_box:")(_receive_form)(warehouses)


def _receive_form(warehouses: dict[str, str]) -> None:
    codes = list(warehouses)
    warehouse = st.selectbox(_("Into"), codes, format_func=warehouses.__getitem__, key="receive_warehouse")
    sku = st.text_input(_("SKU"), key="receive_sku", autocomplete="off")
    quantity = st.number_input(_("Quantity"), min_value=0.0, value=1.0, step=1.0, format="%g", key="receive_quantity")
    cost = st.number_input(_("Unit cost"), min_value=0.0, value=None, step=1.0, format="%.2f", key="receive_cost")
    reference = st.text_input(_("Delivery note"), key="receive_reference", autocomplete="off")
    st.caption(_("Orders that wait for it are served first, the oldest first."))
    is_ready = bool(warehouse and sku and quantity)
    if st.button(_("Receive"), key="receive_done", type="primary", disabled=not is_ready, width="stretch"):
        if _receive(str(warehouse), str(sku).strip(), quantity, cost, reference or ""):
            st.rerun()
        show_notices()


def _receive(warehouse: str, sku: str, quantity: float, cost: float | None, reference: str) -> bool:
    unit_cost = None if cost is None else Decimal(str(cost))
    line = ReceiptRequest(sku=sku, quantity=Decimal(str(quantity)), unit_cost=unit_cost)
    told = _("{quantity} of {sku} received").format(quantity=display.quantity(line.quantity), sku=sku)
    facts = {"warehouse": warehouse, "lines": [line], "reference": reference, "idempotency_key": st.session_state[_KEY]}
    return attempt(receive_goods, told, **facts) is not None
