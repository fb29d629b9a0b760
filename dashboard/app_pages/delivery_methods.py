"""Delivery methods: the ways to the customer, what each charges, who carries it and how long it is on its way."""

import streamlit as st

from dashboard import delivery_methods_form, display, identity, order_change_reads
from dashboard.filters import in_address
from dashboard.layout import page_header
from dashboard.translation import _
from dashboard.words import said
from oms_core.access.permissions import Permission

NEW = "new"

header = page_header(
    _("Delivery methods"),
    hint=_("Choosing one for an order reserves the goods, plans the route, asks for picking and promises a day."),
)
methods = order_change_reads.all_delivery_methods()
if not identity.may(Permission.WORKFLOW_EDIT):
    delivery_methods_form.show_list(methods)
    st.stop()
codes = [method.code for method in methods]
with header:
    names = {NEW: _("A new method")} | {method.code: said(method.name, method.translations) for method in methods}
    chosen = st.selectbox(
        _("Method to change"), [*codes, NEW], format_func=names.__getitem__, label_visibility="collapsed", width=300,
        **in_address("method", [*codes, NEW], codes[0] if codes else NEW),
    )  # fmt: skip
if display.on_phone():
    right, left = st.container(), st.container()
else:
    left, right = st.columns([1.75, 1], gap="medium")
with left:
    delivery_methods_form.show_list(methods)
with right:
    found = next((method for method in methods if method.code == chosen), None)
    delivery_methods_form.show_form(found, codes)
