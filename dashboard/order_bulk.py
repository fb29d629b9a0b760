"""What can be done to the orders selected in the queue."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboard import order_actions, order_dialogs, order_peek, reads
from dashboard.translation import _, ngettext
from dashboard.words import person_name, said
from oms_core.orders.views import OrderRow

PROMOTED = 2  # steps offered as buttons of their own; a wider mix is rare and narrowed down by the views


def show_bulk_bar(selected: Sequence[OrderRow], listed: Sequence[str]) -> None:
    """Offer the next step of each status and type selected, an owner, a cancellation, and a look at the first one."""
    count = len(selected)
    told = ngettext("{count} selected", "{count} selected", count).format(count=count)
    st.markdown(f"**{told}**", width="content")
    _offer_steps(selected)
    numbers = [row.number for row in selected]
    people = {person.login: person_name(person.name) for person in reads.managers()}
    login = st.menu_button(
        _("Give to"), list(people), format_func=people.__getitem__, key="bulk_assign", icon=":material/person_add:"
    )
    if login:
        order_actions.assign_each(numbers, login)
        st.rerun()
    if st.button(_("Cancel…"), key="bulk_cancel", icon=":material/cancel:"):
        order_dialogs.open_cancel_each(numbers)
    if st.button(_("Quick look"), key="quick_look", icon=":material/visibility:"):
        order_peek.open_peek(listed, numbers[0])


def _offer_steps(selected: Sequence[OrderRow]) -> None:
    steps, piles = reads.next_steps(), Counter((row.status, row.type) for row in selected)
    offered = [(pile, count) for pile, count in piles.most_common() if pile in steps][:PROMOTED]
    for place, (pile, count) in enumerate(offered):
        step = steps[pile]
        st.button(
            said(step.label, step.translations, "label")
            if len(piles) == 1
            else f"{said(step.label, step.translations, 'label')} · {count}",
            key=f"bulk_{'_'.join(pile)}",
            type="primary" if place == 0 and len(offered) == 1 else "secondary",
            icon=":material/done_all:",
            on_click=order_actions.advance_each,
            args=([row.number for row in selected if (row.status, row.type) == pile], step.to),
        )
