"""The documents of an order: invoices and credit notes, and what is still to be billed, in one click."""

from collections.abc import Sequence

import streamlit as st

from dashboard import display
from dashboard.actions import attempt
from dashboard.identity import may
from dashboard.layout import section
from dashboard.translation import _, n_
from oms_core.access.permissions import Permission
from oms_core.billing.invoicing import IssuedInvoice, issue_invoices
from oms_core.orders.card_views import OrderCard
from oms_core.orders.document_views import InvoiceState, InvoiceView

_KINDS = {"invoice": n_("Invoice"), "credit_note": n_("Credit note")}


def show_documents(card: OrderCard) -> None:
    """Show what was billed and credited of an order that something was handed over of; nothing before that."""
    if not card.invoices and card.invoice_state is not InvoiceState.DUE:
        return
    with section(_("Documents"), key="order-documents"):
        if card.invoices:
            st.markdown("\n".join(_words(invoice, card) for invoice in card.invoices))
        else:
            st.caption(_("Nothing is invoiced yet."))
        if card.invoice_state is InvoiceState.DUE and may(Permission.INVOICE_ISSUE):
            came_back = any(line.returned for line in card.lines) and card.invoices
            label = _("Credit what came back") if came_back else _("Issue the invoice")
            st.button(
                label, key="issue_invoice", icon=":material/receipt:", on_click=_issue, args=(card.number, card.version)
            )


def _words(invoice: InvoiceView, card: OrderCard) -> str:
    total = display.money(invoice.total, card.currency)
    if invoice.corrects:
        more = _("to invoice {number}").format(number=display.plain(invoice.corrects))
    else:
        more = _("payable by {day}").format(day=display.day(invoice.due_on))
    return (
        f"- {_(_KINDS[invoice.kind])} **{display.plain(invoice.number)}** · {total}"
        f"  \n  :gray[{display.moment(invoice.issued_at)} · {more}]"
    )


def _issue(number: str, version: int) -> None:
    attempt(issue_invoices, _told, number=number, version=version)


def _told(issued: Sequence[IssuedInvoice]) -> str:
    return _("Issued: {numbers}").format(numbers=", ".join(one.number for one in issued))
