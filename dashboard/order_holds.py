"""The holds of an order on its card: why it waits, since when, what resolves it, and the button that does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from dashboard import approval_actions, display, order_actions, order_dialogs
from dashboard.hold_words import REMEDIES, cause_words, kind_name
from dashboard.identity import may
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import HoldView, OrderCard
from oms_core.orders.hold_rules import Remedy

_PURCHASES, _STOCK, _APPROVALS = "app_pages/replenishment.py", "app_pages/stock.py", "app_pages/approvals.py"


def show_holds(card: OrderCard) -> None:
    """Show each open hold with its cause and its cure."""
    for place, hold in enumerate(card.holds):
        row = st.container(horizontal=True, vertical_alignment="center", key=f"hold_{place}")
        since = _("since {moment}").format(moment=display.moment(hold.opened_at))
        words = f"**{kind_name(hold.kind)}** · {cause_words(hold)}  \n:gray[{since} · {_(REMEDIES[hold.remedy])}]"
        row.warning(words, icon=":material/pause_circle:")
        with row:
            _CURES[hold.remedy](card, hold, f"cure_{place}")


def _offer_goods(card: OrderCard, _hold: HoldView, key: str) -> None:
    """Reserve where something is free again, else show where goods come from."""
    is_free = any(line.backordered > 0 and any(place.available > 0 for place in line.stock) for line in card.lines)
    if is_free and may(Permission.ORDER_CHANGE):
        st.button(
            _("Reserve what is free"), key=key, icon=":material/inventory_2:",
            on_click=approval_actions.reserve, args=(card.number, card.version),
        )  # fmt: skip
    elif may(Permission.PURCHASE_VIEW):
        st.page_link(_PURCHASES, label=_("See purchase orders"), icon=":material/shopping_cart:")
    elif may(Permission.STOCK_VIEW):
        skus = [line.sku for line in card.lines if line.backordered > 0]
        st.page_link(_STOCK, label=_("See the stock"), icon=":material/inventory_2:", query_params={"q": skus[0]})


def _offer_promise(card: OrderCard, _hold: HoldView, key: str) -> None:
    if may(Permission.ORDER_CHANGE) and st.button(_("Agree on a later day"), key=key, icon=":material/event:"):
        st.dialog(_("Agree on a later day"), icon=":material/event:")(_promise_form)(card)


def _offer_payment(card: OrderCard, _hold: HoldView, key: str) -> None:
    if may(Permission.PAYMENT_RECEIVE) and st.button(_("Register payment"), key=key, icon=":material/payments:"):
        order_dialogs.open_payment(card)


def _offer_request(_card: OrderCard, hold: HoldView, _key: str) -> None:
    if may(Permission.ORDER_PLACE) or may(Permission.ORDER_APPROVE):
        address = {"request": str(hold.request_id)} if hold.request_id else {}
        st.page_link(_APPROVALS, label=_("See the request"), icon=":material/approval:", query_params=address)


def _offer_asking_again(_card: OrderCard, hold: HoldView, key: str) -> None:
    if hold.request_id is None or not may(Permission.ORDER_CHANGE):
        return
    if st.button(_("Ask again"), key=key, icon=":material/approval:"):
        st.dialog(_("Ask for approval again"), icon=":material/approval:")(_ask_again_form)(hold.request_id)


def _offer_closing(card: OrderCard, hold: HoldView, key: str) -> None:
    if may(Permission.ORDER_HOLD):
        st.button(
            _("Close") if hold.remedy is Remedy.CORRECTION else _("Lift the hold"), key=key,
            icon=":material/play_circle:", on_click=order_actions.lift_hold,
            args=(card.number, hold.kind, hold.reference, card.version),
        )  # fmt: skip


_CURES: dict[Remedy, Callable[[OrderCard, HoldView, str], None]] = {
    Remedy.GOODS: _offer_goods,
    Remedy.PROMISE: _offer_promise,
    Remedy.PAYMENT: _offer_payment,
    Remedy.CORRECTION: _offer_closing,
    Remedy.APPROVAL: _offer_request,
    Remedy.CHANGE: _offer_asking_again,
    Remedy.LIFT: _offer_closing,
}


def _promise_form(card: OrderCard) -> None:
    earliest = datetime.now(display.viewer_zone()).date() + timedelta(days=1)
    promised = card.promised_at.date() if card.promised_at else earliest
    day = st.date_input(
        _("Promised by"), value=max(earliest, promised + timedelta(days=1)), min_value=earliest, key="promise_day"
    )
    note = st.text_input(_("Note"), key="promise_note", autocomplete="off")
    st.caption(_("Lateness is still measured by what was promised first."))
    if st.button(_("Agree on this day"), key="promise_done", type="primary", width="stretch"):
        if approval_actions.promise(card.number, day, note or "", card.version):
            st.rerun()
        show_notices()


def _ask_again_form(request_id: int) -> None:
    note = st.text_input(_("Why"), key="ask_again_note", autocomplete="off")
    if st.button(_("Ask again"), key="ask_again_done", type="primary", disabled=not note, width="stretch"):
        if approval_actions.ask_once_more(request_id, str(note)):
            st.rerun()
        show_notices()
