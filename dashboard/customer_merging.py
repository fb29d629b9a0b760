"""The dialog in which somebody who was not found to be a double is merged into a customer."""

import streamlit as st

from dashboard import customer_actions, customer_reads, display
from dashboard.translation import _
from oms_core.customers.views import CustomerBrief, CustomerRow

MOST = 8


def open_merge(brief: CustomerBrief) -> None:
    """Ask who is this customer, too."""
    title = _("Merge another customer into this one")
    st.dialog(title, icon=":material/merge:", width="medium")(_merge_form)(brief)


def _merge_form(brief: CustomerBrief) -> None:
    hint = _("Name, phone or its last digits, e-mail, tag")
    q = st.text_input(_("Search customers"), key="merge_q", type="search", live="250ms", placeholder=hint) or ""
    st.caption(_("Everything of theirs becomes this customer's. It can be undone."))
    if not q.strip():
        return
    found = [row for row in customer_reads.customer_page(None, q=q).rows if row.id != brief.id][:MOST]
    if not found:
        st.caption(_("No customer matches"))
    for row in found:
        with st.container(horizontal=True, vertical_alignment="center", key=f"merge_with_{row.id}"):
            st.markdown(_words(row), width="stretch")
            if st.button(_("Merge"), key=f"merge_in_{row.id}", icon=":material/merge:"):
                _edit, version = customer_reads.edit(row.id)
                customer_actions.merge(brief.id, row.id, brief.version, version)
                st.rerun()


def _words(row: CustomerRow) -> str:
    by = " · ".join(part for part in (row.phone, row.email, display.orders(row.orders)) if part)
    return f"{display.plain(row.name)} :gray[№{row.id} · {display.plain(by)}]"
