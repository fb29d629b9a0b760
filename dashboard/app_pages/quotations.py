"""Quotations: what was offered, to whom, until when, and what became of it."""

import streamlit as st

from dashboard import display, quotation_reads
from dashboard.filters import in_address, search_field
from dashboard.identity import may
from dashboard.layout import empty_state, page_header
from dashboard.navigation import go
from dashboard.quotation_words import COLORS, STATES
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.quotation_views import QuotationRow

CARD, NEW = "app_pages/quotation.py", "app_pages/new_order.py"


def show_cards(rows: list[QuotationRow]) -> None:
    for row in rows:
        card = st.container(border=True, key=f"card_{row.number}", gap="xsmall")
        head = card.container(horizontal=True, vertical_alignment="center")
        name = f"**{row.number}** · {display.plain(row.customer)}"
        head.page_link(CARD, label=name, query_params={"number": row.number}, width="stretch")
        head.markdown(f"**{display.money(row.total, row.currency)}**", width="content")
        foot = card.container(horizontal=True, vertical_alignment="center", gap="xsmall")
        foot.badge(_(STATES[row.state]), color=COLORS[row.state])
        until, by = _("Valid until"), display.plain(row.created_by)
        foot.caption(f"{until} {display.day(row.valid_until)} · {by}", width="content")


def show_rows(rows: list[QuotationRow]) -> None:
    names = {state: _(words) for state, words in STATES.items()}
    table = [
        {
            "number": row.number, "state": [names[row.state]], "customer": row.customer,
            "total": display.money(row.total, row.currency), "lines": row.line_count,
            "valid": display.day(row.valid_until), "order": row.order or "", "by": row.created_by,
        }
        for row in rows
    ]  # fmt: skip
    chosen = st.dataframe(
        table, key="quotations", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
        alt=_("Quotations, the newest first"),
        column_config={
            "number": st.column_config.TextColumn(_("Number"), width="small"),
            "state": st.column_config.MultiselectColumn(
                _("State"), options=list(names.values()), color=[COLORS[state] for state in names], width="small"
            ),
            "customer": st.column_config.TextColumn(_("Customer"), width="medium"),
            "total": st.column_config.TextColumn(_("Total"), width="small", alignment="right"),
            "lines": st.column_config.NumberColumn(_("Lines"), width="small"),
            "valid": st.column_config.TextColumn(_("Valid until"), width="small"),
            "order": st.column_config.TextColumn(_("Order"), width="small"),
            "by": st.column_config.TextColumn(_("Made by"), width="small"),
        },
    )  # fmt: skip
    if picked := chosen["selection"]["rows"]:
        go(CARD, number=rows[picked[0]].number)


with page_header(_("Quotations"), hint=_("A new one is made from the form of a new order.")):
    if may(Permission.ORDER_PLACE) and st.button(
        _("New order"), key="new_order", type="primary", icon=":material/add:"
    ):
        go(NEW)
names = {"": _("Any state")} | {str(state): _(words) for state, words in STATES.items()}
with st.container(horizontal=True, vertical_alignment="center"):
    q = search_field(_("Search quotations"), "q", _("Number or customer"))
    state = st.selectbox(
        _("State"), list(names), format_func=names.__getitem__, label_visibility="collapsed", width=190,
        **in_address("state", list(names), ""),
    )  # fmt: skip
cursors: dict[str, str | None] = st.session_state.setdefault("_quotation_cursors", {})
place = f"{q}|{state}"
rows, following = quotation_reads.page(state or None, q, cursors.get(place))
if rows and display.on_phone():
    show_cards(list(rows))
elif rows:
    show_rows(list(rows))
elif q or state:
    empty_state("search_off", _("No quotation matches"), _("Try fewer letters, or clear the filters."))
else:
    empty_state("request_quote", _("No quotations yet"), _("Enter an order and save it as a quotation."))
with st.container(horizontal=True):
    if cursors.get(place) and st.button(_("From the newest"), key="first_page"):
        cursors.pop(place)
        st.rerun()
    if following and st.button(_("Older"), key="next_page"):
        cursors[place] = following
        st.rerun()
