"""Stock: what lies where, what of it is promised, and what is on its way."""

import streamlit as st

from dashboard import display, reads, stock_actions
from dashboard.export_lists import stock_listing
from dashboard.exporting import offer_export
from dashboard.filters import in_address, search_field
from dashboard.layout import empty_state, page_header
from dashboard.stock_table import show_cards, show_grid
from dashboard.translation import _

warehouses = {item.code: _(item.name) for item in reads.warehouses()}
actions = page_header(_("Stock"))
with actions:
    if st.button(_("Receive goods"), key="receive", type="primary", icon=":material/add_box:", shortcut="n"):
        stock_actions.open_receive(warehouses)

with st.container(horizontal=True, vertical_alignment="center", key="stock-filters"):
    q = search_field(_("Search stock"), "stock_q", _("SKU or product name"))
    places = {"": _("All warehouses"), **warehouses}
    warehouse = st.selectbox(
        _("Warehouse"),
        list(places),
        format_func=places.__getitem__,
        label_visibility="collapsed",
        width=200,
        **in_address("warehouse", list(places), ""),
    )

rows = reads.stock(q, warehouse or None)
if not rows and not q and not warehouse:
    empty_state("inventory_2", _("No stock yet"), _("Receive goods, import a stock list, or let the shop simulate."))
elif not rows:
    empty_state("search_off", _("Nothing matches"), _("Try fewer letters or another warehouse."))
elif display.on_phone():
    show_cards(rows)
else:
    show_grid(rows)
if rows and not display.on_phone():
    with actions:
        offer_export(stock_listing(q, warehouse))
if len(rows) == reads.STOCK_ROWS:
    st.caption(_("The first {count} rows; search to narrow them down.").format(count=display.number(len(rows))))
