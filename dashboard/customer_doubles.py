"""Doubles of customers: pairs who share a contact, side by side, with the merge between them."""

from collections.abc import Sequence

import streamlit as st

from dashboard import customer_actions, display
from dashboard.customer_list import PAGE
from dashboard.identity import may
from dashboard.layout import empty_state
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.customers.duplicates import Double, Pair

SHOWN = 40


def show_pairs(pairs: Sequence[Pair], *, with_unlike: bool) -> None:
    """Show pairs of like names, and on demand those who share a contact only."""
    shown = [pair for pair in pairs if with_unlike or pair.is_likely]
    if not shown:
        empty_state("task_alt", _("No doubles found"), _("Nobody of a like name shares a phone or an e-mail."))
        return
    for pair in shown[:SHOWN]:
        show_pair(pair)
    if len(shown) > SHOWN:
        st.caption(_("The first {count} pairs; merge some to see more.").format(count=SHOWN))


def show_pair(pair: Pair) -> None:
    """Show two customers who may be one, and what they share."""
    both = f"{pair.kept.id}_{pair.gone.id}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"pair_{both}"):
        with st.container(width="stretch", gap="xsmall"):
            _show_double(pair.kept)
            _show_double(pair.gone)
        with st.container(width=220, gap="xsmall"):
            if pair.is_likely:
                st.badge(_("Likely one"), color="orange")
            else:
                st.badge(_("Same contact"), color="gray")
            icon = "call" if pair.kind == "phone" else "mail"
            st.caption(f":material/{icon}: {display.plain(pair.contact)}")
        if may(Permission.CUSTOMER_EDIT):
            st.button(
                _("Merge"), key=f"merge_{both}", icon=":material/merge:",
                help=_("Everything of №{gone} becomes that of №{kept}. It can be undone.").format(
                    gone=pair.gone.id, kept=pair.kept.id),
                on_click=customer_actions.merge,
                args=(pair.kept.id, pair.gone.id, pair.kept.version, pair.gone.version),
            )  # fmt: skip


def _show_double(one: Double) -> None:
    label = f"{display.plain(one.name)} :gray[№{one.id} · {display.orders(one.orders)} · {display.day(one.created_at)}]"
    st.page_link(PAGE, label=label, query_params={"id": str(one.id)})
