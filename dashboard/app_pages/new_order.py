"""New order: who wants what on which terms, priced as one types, kept as a draft until it is placed."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import (
    display,
    order_entry_actions,
    order_entry_dialogs,
    order_entry_form,
    order_entry_lines,
    order_entry_reads,
)
from dashboard.layout import page_header
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.order_entry_customer import ask_customer
from dashboard.order_entry_terms import ask_terms
from dashboard.translation import _
from oms_core.orders.entry_document import EntryDocument

CARD, LIST, QUOTATION = "app_pages/order.py", "app_pages/orders.py", "app_pages/quotation.py"


def offer_more(document: EntryDocument) -> None:
    acts = {"quote": _("Save as a quotation"), "template": _("Save as a template…")}
    if order_entry_form.draft_id() is not None:
        acts["drop"] = _("Drop the draft")
    act = st.menu_button(_("More"), list(acts), format_func=acts.__getitem__, key="more")
    if act == "quote":
        made = order_entry_actions.offer(document, draft_id=order_entry_form.draft_id())
        if made:
            go(QUOTATION, number=made.number)
        show_notices()
    elif act == "template":
        order_entry_dialogs.open_keep_template(document)
    elif act == "drop":
        order_entry_actions.drop_draft(order_entry_form.draft_id() or 0)
        go(LIST)


def may_be_placed(document: EntryDocument) -> bool:
    """Whether somebody wants something: whatever else is wrong is told when it is placed."""
    return bool((document.customer.id or document.customer.name.strip()) and document.lines)


def lay_out() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Places for the customer, the lines and the terms: on a phone one below the other in this order."""
    if display.on_phone():
        return st.container(), st.container(), st.container()
    left, right = st.columns([5, 9], gap="medium")
    return left, right, left


st.page_link(LIST, label=_("Orders"), icon=":material/arrow_back:")
actions = page_header(_("New order"))
order_entry_form.open_form()
with actions:
    order_entry_dialogs.begin_with_template()
if order_entry_form.draft_id() is None and order_entry_form.nothing_typed(order_entry_form.read_form()):
    order_entry_dialogs.offer_drafts()
customer_place, lines_place, terms_place = lay_out()
with customer_place:
    ask_customer()
with terms_place:
    may_wait = ask_terms()
document = order_entry_form.read_form()
priced = order_entry_reads.priced(document)
with lines_place:
    order_entry_lines.ask_lines(document.channel, priced.currency)
    order_entry_lines.show_lines(priced)
    order_entry_lines.show_totals(priced)
with actions:
    offer_more(document)
    is_ready = may_be_placed(document)
    wanted = st.button(_("Place order"), key="place", type="primary", shortcut="Mod+Enter", disabled=not is_ready)
if wanted and is_ready:
    placed = order_entry_actions.place(document, allow_backorder=may_wait, draft_id=order_entry_form.draft_id())
    if placed:
        go(CARD, number=placed.number)
    show_notices()
order_entry_form.save_itself(document)
