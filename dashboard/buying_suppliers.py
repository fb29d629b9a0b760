"""Terms of suppliers: what an order must be worth, when they are closed, how long they take."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import buying_actions, buying_reads, display
from dashboard.identity import may
from dashboard.notices import show_notices
from dashboard.shop import open_shop
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.purchasing.plan_settings import SupplierTerms


def ask_suppliers_terms() -> None:
    """Open the form of one supplier's terms after another."""
    st.dialog(_("Terms of suppliers"), width="large")(show_terms)()


def show_terms() -> None:
    """Choose a supplier and change its terms; the plan is made anew by them."""
    known = {one.code: one for one in buying_reads.plan_settings().suppliers.values()}
    code = st.selectbox(
        _("Supplier"), list(known), format_func=lambda one: f"{known[one].name} · {one}", key="terms_of"
    )
    if code is None:
        st.info(_("No supplier delivers to our own warehouses yet."))
        return
    _tell_delivery(code)
    value = _ask_minimum(known[code])
    closures = _ask_closures(known[code])
    if closures is None:
        st.error(_("Give both days of each closed period."))
    is_set = st.button(
        _("Set and plan anew"), key="terms_set", type="primary",
        disabled=closures is None or not may(Permission.PURCHASE_ORDER),
    )  # fmt: skip
    if is_set:
        if buying_actions.set_terms(code, value, closures or []):
            st.rerun()
        show_notices()


def _tell_delivery(code: str) -> None:
    times = buying_reads.delivery_times().get(code)
    if times is None:
        return
    facts: Mapping[str, Any] = {
        "stated": display.number(times["stated"], 1), "learnt": display.number(times["learnt"], 1),
        "orders": times["orders"],
    }  # fmt: skip
    learnt = _("Delivers in {learnt} days on average, by {orders} orders that came; {stated} are stated.")
    stated = _("Delivers in {stated} days as stated; too few orders came to learn from ({orders}).")
    st.caption((learnt if times["is_learnt"] else stated).format(**facts))


def _ask_minimum(terms: SupplierTerms) -> Decimal | None:
    value = st.number_input(
        _("Least value of an order, {currency}").format(currency=open_shop().settings.currency),
        min_value=0.0, step=50.0, placeholder=display.NOTHING, key=f"terms_minimum_{terms.code}",
        value=None if terms.minimum_order_value is None else float(terms.minimum_order_value),
        help=_("Lines of an order are raised, most needed first, until it is worth this."),
    )  # fmt: skip
    return Decimal(str(value)) if value else None


def _ask_closures(terms: SupplierTerms) -> list[tuple[date, date]] | None:
    st.markdown(
        "**" + _("Closed from … to …") + "**", help=_("Both days included; days of delivery wait through them.")
    )
    day = st.column_config.DateColumn
    edited: pl.DataFrame = st.data_editor(
        pl.DataFrame(terms.closures, schema={"first": pl.Date, "last": pl.Date}, orient="row"),
        key=f"terms_closed_{terms.code}", num_rows="dynamic", hide_index=True,
        column_config={"first": day(_("First day"), required=True), "last": day(_("Last day"), required=True)},
    )  # fmt: skip
    rows = [row for row in edited.rows() if any(row)]
    return None if any(not all(row) for row in rows) else rows
