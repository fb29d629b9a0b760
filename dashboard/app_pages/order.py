"""The card of an order: everything about it on one page, and its one next step as a button."""

from functools import partial

import streamlit as st

from dashboard import (
    customer_panel,
    display,
    order_actions,
    order_acts,
    order_automation,
    order_card,
    order_change,
    order_documents,
    order_history,
    order_ledger,
    reads,
    task_agenda,
    workflow_words,
)
from dashboard.layout import empty_state, page_header
from dashboard.order_holds import show_holds
from dashboard.order_undo import show_undo
from dashboard.product_cards import show_product_cards
from dashboard.translation import _
from dashboard.whereabouts_words import show_whereabouts
from oms_core.errors import NotFound
from oms_core.orders.card_views import OrderCard

LIST, LIST_QUERY = "app_pages/orders.py", "orders_query"


def show_obstacles(card: OrderCard) -> None:
    """Say what keeps the order where it is, with the cure beside it."""
    show_holds(card)
    if waiting := order_card.waiting_words(card):
        st.warning(waiting, icon=":material/hourglass_top:")


def ask_comment(card: OrderCard) -> None:
    with st.form("comment", clear_on_submit=True, border=True):
        text = st.text_area(_("Comment"), key="comment_text", height=72, placeholder=_("Visible to the team only"))
        if st.form_submit_button(_("Add"), icon=":material/chat:") and text:
            order_actions.comment(card.number, text)
            st.rerun()


def find_card() -> OrderCard | None:
    try:
        return reads.order_card(st.query_params.get("number", ""))
    except NotFound:
        return None


with st.container(key="back"):
    st.page_link(
        LIST, label=_("Orders"), icon=":material/arrow_back:", query_params=st.session_state.get(LIST_QUERY, {})
    )
card = find_card()
if card is None:
    empty_state("search_off", _("There is no such order"), _("It may have been mistyped. Search for it in the list."))
    st.stop()
with page_header(card.number, badges=partial(order_card.show_badges, card)):
    order_acts.show_actions(card, workflow_words.status_names())
st.caption(order_card.facts_line(card))
show_whereabouts(card)
show_undo(card)
order_ledger.show_way(card)
order_automation.show_labels(card)
show_obstacles(card)
order_automation.show_offers(card)
left, right = st.columns([2.3, 1], gap="medium")
with left:
    if order_change.is_changing(card):
        order_change.show_form(card)
    else:
        order_card.show_lines(card)
    show_product_cards(card.lines)
    if display.on_phone():  # what is to be done comes before what was
        task_agenda.show_agenda(card)
    order_history.show_timeline(card)
with right:
    if not display.on_phone():
        task_agenda.show_agenda(card)
    customer_panel.show_customer(card)
    order_history.show_money(card)
    order_history.show_delivery(card)
    order_documents.show_documents(card)
    order_history.show_cancellations(card)
    ask_comment(card)
