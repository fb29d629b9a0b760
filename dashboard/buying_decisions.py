"""The bar of the plan: approve, change, put off or reject what is selected, else what is due."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import streamlit as st

from dashboard import buying_actions, display
from dashboard.buying_tables import quantity_of, value_of
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core.purchasing.ordering import Override
from oms_core.purchasing.proposals import Proposal

_CHANGES, _CHANGING = "plan_changes", "plan_change_open"
_PUT_OFF_DAYS = 7


def own_quantities(rows: Sequence[Proposal]) -> dict[int, Override]:
    """The quantities the buyer has put in place of suggested ones and not approved yet."""
    known: dict[int, Override] = st.session_state.get(_CHANGES, {})
    return {row.id: known[row.id] for row in rows if row.id in known}


def show_decisions(rows: Sequence[Proposal], selected: Sequence[Proposal]) -> None:
    """Offer what can be decided; without a selection only to approve what is due today, else everything."""
    changes = own_quantities(rows)
    due = [row for row in rows if row.order_by <= row.as_of.date()]
    chosen = selected or due or rows
    orders = len({(row.supplier, row.warehouse) for row in chosen})
    made = ngettext("{count} purchase order", "{count} purchase orders", orders).format(count=orders)
    words = _("Approve {count} → {orders}") if selected or not due else _("Approve {count} due today → {orders}")
    ids = [row.id for row in chosen]
    st.button(
        words.format(count=len(chosen), orders=made), key="approve", type="primary", icon=":material/check:",
        on_click=buying_actions.approve, args=(ids, changes),
    )  # fmt: skip
    if len(selected) == 1:
        _offer_change(selected[0], changes)
    if selected:
        _offer_putting_off(selected)
        _offer_rejection(selected)
    worth = sum((value_of(row, changes) for row in chosen), Decimal(0))
    if worth:
        st.caption(display.money(worth, open_shop().settings.currency), width="content")


def _offer_change(row: Proposal, changes: dict[int, Override]) -> None:
    with st.popover(_("Change"), icon=":material/edit:", key=_CHANGING, on_change="rerun"):
        quantity = st.number_input(
            _("Quantity"), min_value=0.0, value=float(quantity_of(row, changes)), step=1.0, key=f"change_to_{row.id}"
        )
        reason = st.text_input(_("Why"), key=f"change_why_{row.id}")
        st.button(
            _("Change it"), key="change", disabled=not reason.strip() or not quantity, on_click=_keep_change,
            args=(row.id, Override(Decimal(str(quantity)), reason.strip())),
        )  # fmt: skip


def _keep_change(proposal_id: int, change: Override) -> None:
    st.session_state[_CHANGING] = False  # left open, it would swallow the next click
    st.session_state[_CHANGES] = {**st.session_state.get(_CHANGES, {}), proposal_id: change}


def _offer_putting_off(selected: Sequence[Proposal]) -> None:
    with st.popover(_("Put off"), icon=":material/snooze:"):
        first = max(row.as_of for row in selected).date() + timedelta(days=1)
        until = st.date_input(
            _("Until"), value=first + timedelta(days=_PUT_OFF_DAYS - 1), min_value=first, key="off_to"
        )
        reason = st.text_input(_("Why"), key="off_why")
        st.button(
            _("Put off {count}").format(count=len(selected)), key="put_off", disabled=not reason.strip(),
            on_click=buying_actions.put_off, args=([row.id for row in selected], until, reason),
        )  # fmt: skip


def _offer_rejection(selected: Sequence[Proposal]) -> None:
    with st.popover(_("Reject"), icon=":material/close:"):
        reason = st.text_input(_("Why"), key="reject_why")
        st.button(
            _("Reject {count}").format(count=len(selected)), key="reject", disabled=not reason.strip(),
            on_click=buying_actions.reject, args=([row.id for row in selected], reason),
        )  # fmt: skip
