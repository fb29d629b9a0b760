"""What a customer was offered and may still take: each quotation that is open, one click from its order."""

from collections.abc import Sequence

import streamlit as st

from dashboard import display, quotation_reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.quotation_words import COLORS, STATES
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.quotation_views import QuotationRow

QUOTATION = "app_pages/quotation.py"


def show_quotations(customer_id: int) -> None:
    """Show the quotations that wait for an answer, the newest first."""
    rows: Sequence[QuotationRow] = quotation_reads.open_of(customer_id) if may(Permission.ORDER_VIEW) else ()
    if not rows:
        return
    with section(_("Open quotations"), key="customer-quotations"):
        for row in rows:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"offer_{row.number}"):
                label = f"**{row.number}** · {display.money(row.total, row.currency)}"
                st.page_link(QUOTATION, label=label, query_params={"number": row.number}, width="stretch")
                st.badge(_(STATES[row.state]), color=COLORS[row.state])
                day = display.day(row.valid_until)
                st.caption(_("valid until {day}").format(day=day), width="content")
