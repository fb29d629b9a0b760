"""What rules and people stuck on an order: tags, urgency, suggestions."""

import streamlit as st

from dashboard import automation_actions, automation_reads, display, identity
from dashboard.automation_list import show_suggestions
from dashboard.automation_words import PRIORITIES, suggestions_words
from dashboard.layout import section
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.orders.labels import LONGEST_TAG


def show_labels(card: OrderCard) -> None:
    """Show tags and urgency beside each other; who may change orders changes them in one popover."""
    may_edit = identity.may(Permission.ORDER_CHANGE)
    if not (card.tags or card.priority or may_edit):
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="order-labels")
    if card.priority:
        word, color = PRIORITIES[card.priority]
        row.badge(_(word), color=color, icon=":material/flag:")
    for tag in card.tags:
        row.badge(display.plain(tag), color="blue", icon=":material/sell:")
    if may_edit:
        with row.popover(_("Labels"), icon=":material/sell:", type="tertiary"):
            _edit_labels(card.number, card.priority, card.tags)


def show_offers(card: OrderCard) -> None:
    """Show what rules suggest for this order, done or dismissed in one click."""
    offers = automation_reads.suggestions(card.number)
    if offers:
        with section(suggestions_words(len(offers)), key="order-suggestions"):
            show_suggestions(offers, may_act=identity.may(Permission.TASK_WORK), names_orders=False)


def _edit_labels(number: str, priority: int, tags: tuple[str, ...]) -> None:
    names = {code: _(word) for code, (word, _color) in PRIORITIES.items()}
    chosen = st.segmented_control(
        _("Priority"), list(names), default=priority, required=True, key=f"priority_{number}_{priority}",
        format_func=names.__getitem__,
    )  # fmt: skip
    if chosen != priority:
        automation_actions.prioritise(number, chosen)
        st.rerun()
    for tag in tags:
        st.button(
            display.plain(tag), key=f"untag_{tag}", icon=":material/close:", help=_("Remove a tag"),
            on_click=automation_actions.untag, args=(number, tag),
        )  # fmt: skip
    known = [tag for tag in automation_reads.tags() if tag not in tags]
    key = f"tag_{number}"
    st.selectbox(
        _("Add a tag"), known, index=None, key=key, accept_new_options=True,
        placeholder=_("At most {count} letters").format(count=LONGEST_TAG), on_change=automation_actions.tag,
        args=(number, key),
    )  # fmt: skip
