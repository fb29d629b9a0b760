"""What the card offers beside its next step once an order stands: change it, look at its versions, stop it, copy it."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import order_change, order_change_actions, order_versions
from dashboard.identity import may
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.workflow.models import CANCELLABLE_GROUPS, Group

NEW_ORDER = "app_pages/new_order.py"


def offered(card: OrderCard) -> dict[str, str]:
    """Name the acts by code."""
    acts = {}
    if order_change.may_change(card):
        acts["change"] = _("Change…")
    if may(Permission.ORDER_PLACE):
        acts["copy"] = _("New order like this")
    acts["versions"] = _("Versions…")
    if may(Permission.ORDER_CANCEL) and card.status_group in (*CANCELLABLE_GROUPS, Group.DELIVER):
        acts["intercept"] = _("The customer wants out…")
    return acts


def _begin_change(card: OrderCard) -> None:
    order_change.begin_change(card)
    st.rerun()


def _copy(card: OrderCard) -> None:
    go(NEW_ORDER, **{"from": card.number})


def _intercept(card: OrderCard) -> None:
    title = _("The customer wants out")
    st.dialog(title, icon=":material/front_hand:")(_intercept_form)(card)


def _intercept_form(card: OrderCard) -> None:
    st.markdown(_("Picking and shipping stop at once, and what has left already is called back by a task."))
    st.caption(_("Whether it is cancelled is decided next."))
    note = st.text_input(_("What did the customer say?"), key="intercept_note", autocomplete="off")
    if st.button(_("Stop the order"), key="intercept_done", type="primary", width="stretch"):
        if order_change_actions.intercept(card.number, note or "", card.version):
            st.rerun()
        show_notices()


DIALOGS: Mapping[str, Callable[[OrderCard], None]] = {
    "change": _begin_change, "copy": _copy, "versions": order_versions.open_versions, "intercept": _intercept,
}  # fmt: skip
