"""The customer beside their order: how to reach them, what they came to, what they wait for, and the way to more."""

import streamlit as st

from dashboard import customer_reads, display
from dashboard.customer_profile import last_contact_words
from dashboard.customer_receiving import show_waiting_returns
from dashboard.customer_words import RFM_COLORS, rfm_hint, rfm_words
from dashboard.identity import may
from dashboard.layout import section
from dashboard.order_history import address_words
from dashboard.translation import _, ngettext
from oms_core.access.permissions import Permission
from oms_core.customers.views import CustomerBrief
from oms_core.orders.card_views import OrderCard


def show_customer(card: OrderCard) -> None:
    """Show who ordered, how to reach them, where it goes, what they send back, and what else is between them and us."""
    show_waiting_returns(card)
    customer = card.customer
    with section(_("Customer"), key="order-customer"):
        contacts = [f":material/call: {display.plain(phone)}" for phone in customer.phones]
        contacts += [f":material/mail: {display.plain(email)}" for email in customer.emails]
        if address := address_words(card):
            contacts.append(f":material/location_on: {display.plain(address)}")
        if card.comment:
            contacts.append(f":material/chat: {display.plain(card.comment)}")
        st.markdown("  \n".join([f"**{display.plain(customer.name)}**", *contacts]))
        if may(Permission.CUSTOMER_VIEW):
            _show_brief(customer_reads.brief(customer.id))
        st.page_link(
            "app_pages/orders.py",
            label=_("All their orders"),
            icon=":material/history:",
            query_params={"view": "all", "q": customer.name},
        )


def _show_brief(brief: CustomerBrief) -> None:
    with st.container(horizontal=True, gap="xsmall", key="customer-marks"):
        if brief.rfm is not None:
            st.badge(rfm_words(brief.rfm), color=RFM_COLORS[brief.rfm.name], help=rfm_hint(brief.rfm))
        for tag in brief.tags:
            st.badge(display.plain(tag), color="blue")
    told = []
    for figures in brief.figures:
        value = display.money(figures.value, figures.currency)
        told.append(f":material/shopping_bag: {display.orders(figures.orders)} · **{value}**")
        if figures.due > 0:
            due = _("still to pay {money}").format(money=display.money(figures.due, figures.currency))
            told.append(f":material/account_balance_wallet: {due}")
    told.append(f":material/event: {_promises(brief)}")
    told.append(f":material/call: {last_contact_words(brief)}")
    if brief.note:
        told.append(f":material/sticky_note_2: {display.plain(brief.note)}")
    st.markdown("  \n".join(told))
    st.page_link(
        "app_pages/customer.py",
        label=_("Everything about them"),
        icon=":material/person:",
        query_params={"id": str(brief.id)},
    )


def _promises(brief: CustomerBrief) -> str:
    """How many orders they wait for, how many of them are late, and what comes next."""
    waiting = sum(figures.open_orders for figures in brief.figures)
    late = sum(figures.late_orders for figures in brief.figures)
    told = [ngettext("{count} open order", "{count} open orders", waiting).format(count=display.number(waiting))]
    if late:
        words = ngettext("{count} late", "{count} late", late).format(count=display.number(late))
        told.append(f":red[{words}]")
    promised = [figures.next_promise_at for figures in brief.figures if figures.next_promise_at]
    if promised:
        told.append(_("next by {day}").format(day=display.day(min(promised))))
    return " · ".join(told)
