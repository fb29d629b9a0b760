"""Drawers and dialogs over orders: what needs a word more than a click."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import display, order_actions, reads
from dashboard.notices import show_notices
from dashboard.translation import _
from dashboard.words import METHODS, said
from oms_core.orders.card_views import LineView, OrderCard
from oms_core.workflow.models import Group

CARD_PAGE = "app_pages/order.py"


def open_cancel_each(numbers: Sequence[str]) -> None:
    """Ask why these orders are cancelled, then cancel what is open of each."""
    title = _("Cancel {orders}").format(orders=display.orders(len(numbers)))
    st.dialog(title, icon=":material/cancel:")(_cancel_each_form)(numbers)


def open_cancel(card: OrderCard) -> None:
    """Ask what of this order is cancelled and why."""
    st.dialog(_("Cancel"), icon=":material/cancel:", width="medium")(_cancel_form)(card)


def open_ship_part(card: OrderCard) -> None:
    """Ask what is handed over now and to whom."""
    st.dialog(_("Ship a part"), icon=":material/local_shipping:", width="medium")(_ship_form)(card)


def open_payment(card: OrderCard) -> None:
    """Ask what was paid and how."""
    st.dialog(_("Record a payment"), icon=":material/payments:")(_payment_form)(card)


def open_hold(card: OrderCard) -> None:
    """Ask why the order must wait."""
    st.dialog(_("Put on hold"), icon=":material/pause_circle:")(_hold_form)(card)


def ask_reason(group: Group | None = None) -> str | None:
    """Ask for the mandatory reason of a cancellation, of an order in ``group`` if one is known; None until chosen."""
    offered = [one for one in reads.cancel_reasons() if (one.is_active if group is None else one.fits(group))]
    labels = {reason.code: said(reason.label, reason.translations, "label") for reason in offered}
    return st.selectbox(
        _("Reason"),
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        key="cancel_reason",
        placeholder=_("Choose a reason"),
        required=True,
    )


def _cancel_each_form(numbers: Sequence[str]) -> None:
    reason = ask_reason()
    note = st.text_input(_("Note"), key="cancel_note", autocomplete="off")
    st.caption(_("Reserved stock is released at once. Money already paid stays to be refunded."))
    if st.button(_("Cancel orders"), key="cancel_done", type="primary", disabled=reason is None, width="stretch"):
        order_actions.cancel_each(numbers, str(reason), note or "")
        st.rerun()


def _cancel_form(card: OrderCard) -> None:
    open_quantities = {line.position: line.open for line in card.lines if line.open > 0}
    reason = ask_reason(card.status_group)
    quantities = _ask_quantities(card, open_quantities, _("Cancel"), key="cancel_lines") if open_quantities else {}
    note = st.text_input(_("Note"), key="cancel_note", autocomplete="off")
    st.caption(_("Reserved stock is released at once. Money already paid stays to be refunded."))
    is_whole = quantities == open_quantities
    label = _("Cancel the order") if is_whole else _("Cancel these lines")
    is_ready = reason is not None and (is_whole or any(quantities.values()))
    if st.button(label, key="cancel_done", type="primary", disabled=not is_ready, width="stretch"):
        whole = None if is_whole else quantities
        if order_actions.cancel(card.number, str(reason), note or "", card.version, whole):
            st.rerun()
        show_notices()


def _ship_form(card: OrderCard) -> None:
    warehouse = _ask_warehouse(card)
    ready = {line.position: reserved for line in card.lines if (reserved := _ready_of(line, warehouse)) > 0}
    if not ready:
        st.info(_("Nothing of this order is reserved, so nothing can be shipped yet."))
        return
    quantities = _ask_quantities(card, ready, _("Ship now"), key=f"ship_lines_{warehouse or ''}")
    left, right = st.columns(2)
    carrier = left.text_input(_("Carrier"), key="ship_carrier", autocomplete="off")
    tracking = right.text_input(_("Tracking number"), key="ship_tracking", autocomplete="off")
    is_ready = any(quantities.values())
    if st.button(_("Ship"), key="ship_done", type="primary", disabled=not is_ready, width="stretch"):
        if order_actions.ship_part(
            card.number, quantities, card.version, carrier=carrier or "", tracking=tracking or "", warehouse=warehouse
        ):
            st.rerun()
        show_notices()


def _ask_warehouse(card: OrderCard) -> str | None:
    """From where, if it is reserved in several places; None: from wherever it is."""
    places = sorted({place.warehouse for line in card.lines for place in line.stock if place.reserved > 0})
    if len(places) < 2:
        return None
    names = {"": _("Wherever it is reserved"), **{place: place for place in places}}
    return st.selectbox(_("From warehouse"), list(names), format_func=names.__getitem__, key="ship_from") or None


def _ready_of(line: LineView, warehouse: str | None) -> Decimal:
    """How much of a line could go now, from one warehouse or from all."""
    if warehouse is None:
        return min(line.open, line.reserved)
    return sum((place.reserved for place in line.stock if place.warehouse == warehouse), Decimal(0))


def _ask_quantities(card: OrderCard, offered: Mapping[int, Decimal], label: str, *, key: str) -> Mapping[int, Decimal]:
    """Let the quantities by position be lowered; what is offered is the most."""
    lines = [line for line in card.lines if line.position in offered]
    column = st.column_config
    edited = st.data_editor(
        pl.DataFrame(
            {
                "sku": [line.sku for line in lines],
                "name": [line.name for line in lines],
                "offered": [display.quantity(offered[line.position]) for line in lines],
                "quantity": [float(offered[line.position]) for line in lines],
            }
        ),
        key=key,
        hide_index=True,
        disabled=["sku", "name", "offered"],
        column_config={
            "sku": column.TextColumn(_("SKU")),
            "name": column.TextColumn(_("Product")),
            "offered": column.TextColumn(_("At most"), alignment="right"),
            "quantity": column.NumberColumn(label, min_value=0, required=True, format="%g"),
        },
    )
    chosen = [Decimal(str(value)).quantize(Decimal("0.001")) for value in edited["quantity"]]
    return {line.position: min(quantity, offered[line.position]) for line, quantity in zip(lines, chosen, strict=True)}


def _payment_form(card: OrderCard) -> None:
    due = float(max(card.totals.due, Decimal(0)))
    gross = st.number_input(
        _("Sum in {currency}").format(currency=card.currency),
        min_value=0.0,
        value=due,
        format="%.2f",
        key="payment_sum",
    )
    methods = {code: _(name) for code, name in METHODS.items()}
    method = st.selectbox(_("Method"), list(methods), format_func=methods.__getitem__, key="payment_method")
    reference = st.text_input(_("Reference"), key="payment_reference", autocomplete="off")
    if st.button(_("Record"), key="payment_done", type="primary", disabled=not gross, width="stretch"):
        sum_paid = Decimal(str(gross)).quantize(Decimal("0.01"))
        if order_actions.record_payment(card.number, sum_paid, str(method), reference or "", card.version):
            st.rerun()
        show_notices()


def _hold_form(card: OrderCard) -> None:
    cause = st.text_input(_("What is it waiting for?"), key="hold_cause", autocomplete="off")
    st.caption(_("Picking cannot begin until the hold is lifted."))
    if st.button(_("Put on hold"), key="hold_done", type="primary", disabled=not cause, width="stretch"):
        if order_actions.hold(card.number, str(cause), card.version):
            st.rerun()
        show_notices()
