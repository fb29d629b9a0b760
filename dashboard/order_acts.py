"""What may be done to an order from its card: the one next step, its owner, and everything else in one menu."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import order_actions, order_change_acts, order_dialogs, reads
from dashboard.identity import may
from dashboard.refund_dialog import open_refund
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.workflow.lifecycle import Next
from oms_core.workflow.models import CLOSED_GROUPS, Group

BEFORE_WORK = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.SUPPLY)


def offered_acts(card: OrderCard, moves: Sequence[Next]) -> dict[str, str]:
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


def act(card: OrderCard, code: str, status_names: Mapping[str, str]) -> None:
    """Do what was chosen, or open what asks for more."""
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


def show_actions(card: OrderCard, status_names: Mapping[str, str]) -> None:
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
            act(card, code, status_names)
    if moves and moves[0].needs and card.status_group is Group.SHIP:
        # A key of its own: the click that packed the order would count for this button too.
        if st.button(acts["ship"], key="next_step_ship", type="primary", shortcut="Mod+Enter"):
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
