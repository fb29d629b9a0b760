"""The dialog in which a return is asked for, from the profile or from an order: all that went out is filled in."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import customer_actions, display
from dashboard.notices import show_notices
from dashboard.reads import ask
from dashboard.translation import _
from dashboard.workflow_words import RETURN_REASONS
from oms_core.orders.returnable import Returnable, list_returnable

_COLUMNS = ("sku", "quantity", "most", "name")  # what is typed stays in sight on a phone


def open_return(customer_id: int) -> None:
    """Ask what of which order is to come back, and why."""
    title = _("Return request")
    st.dialog(title, icon=":material/assignment_return:", width="medium")(_return_form)(customer_id)


def _return_form(customer_id: int) -> None:
    orders = {one.number: one for one in ask(list_returnable, customer_id=customer_id)}
    if not orders:
        st.info(_("Nothing they were sent is still with them, or a return is asked for already."))
        return
    told = {one.number: f"{one.number} · {display.day(one.placed_at)} · {_goods(one)}" for one in orders.values()}
    number = st.selectbox(_("Order"), list(told), format_func=told.__getitem__, key="return_order")
    order = orders[str(number)]
    quantities = _ask_quantities(order)
    reasons = {code: _(words) for code, words in RETURN_REASONS.items()}
    reason = st.selectbox(
        _("Reason"), list(reasons), index=None, format_func=reasons.__getitem__, key="return_reason",
        placeholder=_("Choose a reason"), required=True,
    )  # fmt: skip
    st.caption(_("Nothing moves in stock until the goods are here."))
    is_ready = reason is not None and any(quantities.values())
    if st.button(_("Ask for the return"), key="return_done", type="primary", disabled=not is_ready, width="stretch"):
        if customer_actions.ask_return(order.number, quantities, str(reason), order.version):
            st.rerun()
        show_notices()


def _goods(order: Returnable) -> str:
    names: Sequence[str] = [line.name for line in order.lines]
    return names[0] + (f" + {len(names) - 1}" if len(names) > 1 else "")


def _ask_quantities(order: Returnable) -> dict[int, Decimal]:
    column = st.column_config
    edited = st.data_editor(
        pl.DataFrame(
            {
                "sku": [line.sku for line in order.lines],
                "name": [line.name for line in order.lines],
                "most": [display.quantity(line.quantity) for line in order.lines],
                "quantity": [float(line.quantity) for line in order.lines],
            }
        ),
        key=f"return_lines_{order.number}",
        hide_index=True,
        column_order=_COLUMNS,
        disabled=["sku", "name", "most"],
        column_config={
            "sku": column.TextColumn(_("SKU")),
            "name": column.TextColumn(_("Product")),
            "most": column.TextColumn(_("At most"), alignment="right"),
            "quantity": column.NumberColumn(_("Comes back"), min_value=0, required=True, format="%g"),
        },
        alt=_("Quantities that come back"),
    )
    wanted = [Decimal(str(value)) for value in edited["quantity"].to_list()]
    return {line.position: quantity for line, quantity in zip(order.lines, wanted, strict=True)}
