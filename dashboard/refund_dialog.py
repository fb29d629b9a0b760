"""The dialog of a refund: record it, or ask for the approval that it needs beyond a limit."""

from decimal import Decimal

import streamlit as st

from dashboard import approval_actions
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.orders.card_views import OrderCard


def open_refund(card: OrderCard) -> None:
    """Ask how much goes back."""
    st.dialog(_("Refund"), icon=":material/undo:")(_refund_form)(card)


def _refund_form(card: OrderCard) -> None:
    left = card.totals.paid - card.totals.refunded
    sum_asked = st.number_input(
        _("Sum in {currency}").format(currency=card.currency), 0.0, float(left), float(left), format="%.2f",
        key="refund_sum",
    )  # fmt: skip
    gross = Decimal(str(sum_asked)).quantize(Decimal("0.01"))
    note = st.text_input(_("Why"), key="refund_note", autocomplete="off", help=_("Told to who approves it."))
    record, ask = st.columns(2)
    if record.button(_("Record"), key="refund_done", type="primary", disabled=not gross, width="stretch"):
        if approval_actions.refund(card.number, gross, card.version):
            st.rerun()
        show_notices()
    if ask.button(_("Ask for approval"), key="refund_ask", disabled=not gross, width="stretch"):
        if approval_actions.ask_for_refund(card.number, gross, note or ""):
            st.rerun()
        show_notices()
