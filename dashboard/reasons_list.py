"""The list of reasons to cancel, and how their parts are said."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.display import Color
from dashboard.translation import _, n_
from dashboard.words import group_name, said
from oms_core.workflow.models import Fault
from oms_core.workflow.reasons import Reason

FAULTS: Mapping[Fault, tuple[str, Color]] = {
    Fault.CUSTOMER: (n_("Customer"), "blue"), Fault.STOCK: (n_("Stock"), "orange"), Fault.US: (n_("Us"), "red"),
    Fault.SUPPLIER: (n_("Supplier"), "yellow"), Fault.CARRIER: (n_("Carrier"), "violet"),
    Fault.PAYMENT: (n_("Payment"), "green"), Fault.FRAUD: (n_("Fraud"), "red"), Fault.UNKNOWN: (n_("Unknown"), "gray"),
}  # fmt: skip


def label(reason: Reason) -> str:
    """Say a reason, and that it is out of use."""
    words = said(reason.label, reason.translations, "label")
    return words if reason.is_active else _("{reason} (out of use)").format(reason=words)


def show_list(reasons: Sequence[Reason], uses: Mapping[str, int]) -> None:
    """Show all reasons in the order they are offered: a table on a desk, cards on a phone."""
    if display.on_phone():
        for reason in reasons:
            _show_card(reason, uses.get(reason.code, 0))
        return
    faults = {_(name): color for name, color in FAULTS.values()}
    column = st.column_config
    st.dataframe(
        pl.DataFrame(
            {
                "label": [label(reason) for reason in reasons],
                "uses": [display.number(uses.get(reason.code, 0)) for reason in reasons],
                "fault": [[_(FAULTS[Fault(reason.fault)][0])] for reason in reasons],
                "preventable": [_("yes") if reason.is_preventable else _("no") for reason in reasons],
                "groups": [groups_words(reason) for reason in reasons],
            }
        ),
        key="reasons_table",
        hide_index=True,
        row_height=34,
        height="content",
        column_config={
            "label": column.TextColumn(_("Reason"), width=235),
            "fault": column.MultiselectColumn(
                _("Whose fault"), options=list(faults), color=list(faults.values()), width=120
            ),
            "preventable": column.TextColumn(_("Preventable"), width=100),
            "groups": column.TextColumn(_("Offered in"), width=100),
            "uses": column.TextColumn(_("Orders in 90 days"), alignment="right", width=125),
        },
        alt=_("Reasons to cancel with whose fault they tell of and how often they were given"),
    )


def groups_words(reason: Reason) -> str:
    """Where a reason is offered."""
    return _("Everywhere") if reason.groups is None else ", ".join(group_name(group) for group in reason.groups)


def _show_card(reason: Reason, uses: int) -> None:
    with st.container(border=True, key=f"card_{reason.code}", gap="xsmall"):
        st.markdown(f"**{display.plain(label(reason))}**")
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            name, color = FAULTS[Fault(reason.fault)]
            st.badge(_(name), color=color)
            told = _("{orders} in 90 days").format(orders=display.orders(uses))
            st.caption(f"{told} · {display.plain(groups_words(reason))}", width="content")
