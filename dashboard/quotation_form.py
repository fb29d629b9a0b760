"""The form that changes a quotation: lines, charge, comment and days, saved together as its next version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, quotation_actions
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotation_views import QuotationCard
from oms_core.orders.quotation_writing import LONGEST_DAYS

_FORMS = "_quotation_forms"
_SCHEMA = {
    "sku": pl.String, "name": pl.String, "quantity": pl.Float64, "unit_price": pl.Float64, "discount": pl.Float64,
}  # fmt: skip
_MILLI, _CENT = Decimal("0.001"), Decimal("0.01")


@dataclass(frozen=True)
class QuotationForm:
    """A change on screen: the version it began with, and what its fields are filled from."""

    number: str
    version: int
    rows: tuple[Mapping[str, Any], ...]
    shipping: float
    comment: str

    def key(self, name: str) -> str:
        """The key of a widget."""
        return f"quotation_{name}_{self.number}_{self.version}"


def begin_change(card: QuotationCard) -> None:
    """Open the form on the quotation as it is."""
    rows = tuple(
        {
            "sku": line.sku, "name": line.name, "quantity": float(line.quantity),
            "unit_price": float(line.unit_price), "discount": float(line.discount),
        }
        for line in card.lines
    )  # fmt: skip
    form = QuotationForm(card.row.number, card.row.version, rows, float(card.shipping), card.comment)
    st.session_state.setdefault(_FORMS, {})[card.row.number] = form


def opened(number: str) -> QuotationForm | None:
    """The form of a quotation, where one is open: then it stands where the lines stand else."""
    form: QuotationForm | None = st.session_state.get(_FORMS, {}).get(number)
    return form


def show_form(form: QuotationForm, currency: str) -> None:
    """Show the fields; what was typed stays until it is saved or given up."""
    with section(_("Change the quotation"), key="quotation-change"):
        edited = st.data_editor(
            pl.DataFrame(list(form.rows), schema=_SCHEMA), key=form.key("lines"), num_rows="dynamic", hide_index=True,
            column_order=["sku", *([] if display.on_phone() else ["name"]), "quantity", "unit_price", "discount"],
            disabled=["name"], column_config=_columns(currency),
        )  # fmt: skip
        left, right = st.columns(2)
        comment = left.text_area(_("Comment"), form.comment, key=form.key("comment"), height=120)
        shipping = right.number_input(
            _("Shipping charge in {currency}").format(currency=currency), min_value=0.0, value=form.shipping,
            format="%.2f", key=form.key("shipping"),
        )  # fmt: skip
        days = right.number_input(
            _("Days valid"), min_value=0, max_value=LONGEST_DAYS, value=None, key=form.key("days"),
            help=_("Counted from today; left empty, the day stays as it is."),
        )  # fmt: skip
        facts = {
            "lines": requested(edited.to_dicts()),
            "shipping": Decimal(str(shipping)).quantize(_CENT), "comment": (comment or "").strip(), "valid_days": days,
        }  # fmt: skip
        row = st.container(horizontal=True)
        # No callback: it would be given what stood in the fields before the one that was typed in last.
        if row.button(_("Save the change"), key="quotation_save", type="primary"):
            if quotation_actions.change(form.number, form.version, facts):
                _close(form.number)
                st.rerun()
            show_notices()
        row.button(
            _("Close without saving"), key="quotation_discard", icon=":material/close:", on_click=_close,
            args=(form.number,),
        )  # fmt: skip


def _close(number: str) -> None:
    st.session_state.get(_FORMS, {}).pop(number, None)


def requested(rows: Iterable[Mapping[str, Any]]) -> list[LineRequest]:
    """The lines that the rows of the table ask for; an empty price asks for that of the list, an empty row nothing."""
    return [_request(row) for row in rows if (row["sku"] or "").strip()]


def _request(row: Mapping[str, Any]) -> LineRequest:
    price = row["unit_price"]
    return LineRequest(
        row["sku"].strip(),
        Decimal(str(row["quantity"] or 0)).quantize(_MILLI),
        None if price is None else Decimal(str(price)).quantize(_CENT),
        Decimal(str(row["discount"] or 0)).quantize(_CENT),
    )


def _columns(currency: str) -> dict[str, Any]:
    column = st.column_config
    return {
        "sku": column.TextColumn(_("SKU"), required=True, pinned=True),
        "name": column.TextColumn(_("Product")),
        "quantity": column.NumberColumn(_("Quantity"), min_value=0, required=True, format="%g"),
        "unit_price": column.NumberColumn(
            _("Price in {currency}").format(currency=currency), min_value=0, format="%.2f",
            help=_("Left empty, a new line takes the price list's."),
        ),
        "discount": column.NumberColumn(_("Discount"), min_value=0, format="%.2f"),
    }  # fmt: skip
