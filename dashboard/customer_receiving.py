"""Returns that were asked for: told on the order's card, and received there once the goods are back."""

from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import display, reads
from dashboard.actions import attempt
from dashboard.identity import may
from dashboard.notices import show_notices
from dashboard.translation import _, n_
from dashboard.workflow_words import return_reason
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.orders.delivery_models import Disposition
from oms_core.orders.document_views import ReturnView
from oms_core.orders.locking import LineQuantity
from oms_core.orders.returns import receive_return

DISPOSITIONS = {
    "restock": n_("Back into stock"), "scrap": n_("To the scrap"), "supplier": n_("Back to the supplier"),
}  # fmt: skip


def show_waiting_returns(card: OrderCard) -> None:
    """Say which return is waited for, with the way to receive it."""
    for back in card.returns:
        if back.received_at is not None:
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=f"return_{back.number}"):
            told = _("Return {number} is waited for: {reason}").format(
                number=display.plain(back.number),
                reason=display.plain(return_reason(back.reason)),
            )
            st.info(told, icon=":material/assignment_return:", width="stretch")
            if may(Permission.ORDER_RETURN) and st.button(_("Goods came back…"), key=f"receive_{back.number}"):
                title = _("Goods came back")
                st.dialog(title, icon=":material/assignment_return:", width="medium")(_receive_form)(card, back)


def _receive_form(card: OrderCard, back: ReturnView) -> None:
    lines = {line.position: line for line in card.lines}
    column = st.column_config
    edited = st.data_editor(
        pl.DataFrame(
            {
                "sku": [lines[part.position].sku for part in back.lines],
                "name": [lines[part.position].name for part in back.lines],
                "asked": [display.quantity(part.quantity) for part in back.lines],
                "quantity": [float(part.quantity) for part in back.lines],
            }
        ),
        key=f"receive_lines_{back.number}",
        hide_index=True,
        column_order=("sku", "quantity", "asked", "name"),  # what is typed stays in sight on a phone
        disabled=["sku", "name", "asked"],
        column_config={
            "sku": column.TextColumn(_("SKU")),
            "name": column.TextColumn(_("Product")),
            "asked": column.TextColumn(_("Asked for"), alignment="right"),
            "quantity": column.NumberColumn(_("Came back"), min_value=0, required=True, format="%g"),
        },
        alt=_("Quantities that came back"),
    )
    wanted = [Decimal(str(value)) for value in edited["quantity"].to_list()]
    quantities = [LineQuantity(part.position, much) for part, much in zip(back.lines, wanted, strict=True) if much > 0]
    fates = {code: _(words) for code, words in DISPOSITIONS.items()}
    left, right = st.columns(2)
    fate = left.selectbox(_("What becomes of them"), list(fates), format_func=fates.__getitem__, key="receive_fate")
    places = {"": _("where they came from")} | {place.code: _(place.name) for place in reads.warehouses()}
    place = right.selectbox(_("Warehouse"), list(places), format_func=places.__getitem__, key="receive_place")
    if st.button(_("Receive"), key="receive_done", type="primary", disabled=not quantities, width="stretch"):
        told = _("Return {number} received").format(number=back.number)
        facts = {"number": card.number, "lines": quantities, "reason": back.reason, "requested": back.number}
        terms = {"disposition": Disposition(str(fate)), "warehouse": place or None, "version": card.version}
        if attempt(receive_return, told, **facts, **terms) is not None:
            st.rerun()
        show_notices()
