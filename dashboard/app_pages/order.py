"""The card of an order: everything about it on one page, and its one next step as a button."""

from functools import partial

import streamlit as st

from dashboard import (
    customer_panel,
    order_actions,
    order_automation,
    order_card,
    order_change,
    order_change_acts,
    order_dialogs,
    order_history,
    reads,
    task_agenda,
    workflow_words,
)
from dashboard.identity import may
from dashboard.layout import empty_state, page_header
from dashboard.order_holds import show_holds
from dashboard.order_undo import show_undo
from dashboard.product_cards import show_product_cards
from dashboard.refund_dialog import open_refund
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.access.permissions import Permission
from oms_core.errors import NotFound
from oms_core.orders.card_views import OrderCard
from oms_core.workflow.lifecycle import Next
from oms_core.workflow.models import CLOSED_GROUPS, Group

LIST, LIST_QUERY = "app_pages/orders.py", "orders_query"
BEFORE_WORK = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.SUPPLY)


def offered_acts(card: OrderCard, moves: list[Next]) -> dict[str, str]:
    """What else may be done, by code: the other moves first, what cannot be undone last."""
    acts = {f"move:{move.to}": said(move.label, move.translations, "label") for move in moves[1:] if not move.needs}
    acts |= order_change_acts.offered(card)
    if card.status_group is Group.SHIP:
        acts["ship"] = _("Ship a part…")
    if card.totals.due > 0 and card.status_group is not Group.CANCELLED:
        acts["pay"] = _("Record a payment…")
    if card.totals.paid > card.totals.refunded and may(Permission.PAYMENT_REFUND):
        acts["refund"] = _("Refund…")
    if card.status_group in BEFORE_WORK and may(Permission.ORDER_HOLD):
        acts["hold"] = _("Put on hold…")
    if any("reason" in move.needs for move in card.next):
        acts["cancel"] = _("Cancel…")
    return acts


def act(card: OrderCard, code: str) -> None:
    dialogs = {
        "ship": order_dialogs.open_ship_part,
        "pay": order_dialogs.open_payment,
        "hold": order_dialogs.open_hold,
        "refund": open_refund,
        "cancel": order_dialogs.open_cancel,
        **order_change_acts.DIALOGS,
    }
    if code in dialogs:
        dialogs[code](card)
    else:
        to = code.removeprefix("move:")
        order_actions.advance(card.number, to, card.version, status_names[to])
        st.rerun()


def show_actions(card: OrderCard) -> None:
    """Owner, everything else, and the one next step, which alone is primary."""
    moves = [move for move in card.next if "reason" not in move.needs]
    if card.status_group not in CLOSED_GROUPS:
        people = {person.login: person_name(person.name) for person in reads.managers() if person.login != card.manager}
        login = st.menu_button(
            _("Give to"), list(people), format_func=people.__getitem__, key="assign", icon=":material/person_add:"
        )
        if login:
            order_actions.assign(card.number, login, card.version)
            st.rerun()
    acts = offered_acts(card, moves)
    if acts:
        code = st.menu_button(_("More"), list(acts), format_func=acts.__getitem__, key="more")
        if code:
            act(card, code)
    if moves and moves[0].needs and card.status_group is Group.SHIP:
        if st.button(acts["ship"], key="next_step", type="primary", shortcut="Mod+Enter"):
            order_dialogs.open_ship_part(card)
    elif moves:
        step = moves[0]
        st.button(
            said(step.label, step.translations, "label"),
            key="next_step",
            type="primary",
            shortcut="Mod+Enter",
            disabled=bool(step.needs),
            on_click=order_actions.advance,
            args=(card.number, step.to, card.version, status_names[step.to]),
        )


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
status_names = workflow_words.status_names()
with page_header(card.number, badges=partial(order_card.show_badges, card)):
    show_actions(card)
st.caption(order_card.facts_line(card))
show_undo(card)
order_card.show_way(card)
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
    order_history.show_timeline(card)
with right:
    task_agenda.show_agenda(card)
    customer_panel.show_customer(card)
    order_history.show_money(card)
    order_history.show_delivery(card)
    order_history.show_cancellations(card)
    ask_comment(card)
