"""The form of a change: each field as it is typed, kept until it is saved or given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, order_change_reads
from dashboard.translation import _, n_
from dashboard.words import said
from oms_core.orders.change_document import Document

_FORMS = "_order_changes"
_SCHEMA = {
    "position": pl.Int64, "sku": pl.String, "name": pl.String,
    "quantity": pl.Float64, "unit_price": pl.Float64, "discount": pl.Float64,
}  # fmt: skip
_PLACES = {"quantity": Decimal("0.001"), "unit_price": Decimal("0.01"), "discount": Decimal("0.01")}
NO_METHOD = ""
PARTS = {
    "name": n_("Name"), "text": n_("Delivery address"), "street": n_("Street"), "postcode": n_("Postcode"),
    "zip": n_("Postcode"), "city": n_("City"), "state": n_("Region"), "region": n_("Region"), "country": n_("Country"),
}  # fmt: skip


@dataclass
class ChangeForm:
    """A change on screen: the document and version that it began with, what its fields are filled from, and how often.

    ``turn`` is part of every widget's key: filled anew, the widgets begin anew.
    """

    number: str
    version: int
    base: Document
    filled: Document
    turn: int = 0

    def key(self, name: str) -> str:
        """The key of a widget."""
        return f"change_{name}_{self.number}_{self.turn}"


def opened(number: str) -> ChangeForm | None:
    """The form of an order, where one is open."""
    form: ChangeForm | None = st.session_state.get(_FORMS, {}).get(number)
    return form


def open_change(number: str, version: int, document: Document) -> None:
    """Open the form of an order on what is saved."""
    st.session_state.setdefault(_FORMS, {})[number] = ChangeForm(number, version, document, document)


def close_change(number: str) -> None:
    """Give up what was typed."""
    st.session_state.get(_FORMS, {}).pop(number, None)


def go_on_from(form: ChangeForm, version: int, saved: Document, filled: Document) -> None:
    """Let a form go on from what others saved, filled with what was chosen of both."""
    form.version, form.base, form.filled = version, saved, filled
    form.turn += 1


def ask_fields(form: ChangeForm, currency: str, names: Mapping[str, str]) -> Document:
    """Show the fields and return the document as it is typed now; ``names`` are those of products by SKU."""
    lines = _ask_lines(form, currency, names)
    left, right = st.columns(2)
    with left:
        ship_to = _ask_address(form)
        comment = st.text_area(_("Comment"), form.filled["comment"], key=form.key("comment"), height=80)
    with right:
        method, shipping = _ask_delivery(form, currency)
        requested_at = _ask_day(form)
    return form.base | {
        "lines": lines, "ship_to": ship_to, "comment": (comment or "").strip(), "delivery_method": method,
        "shipping": shipping, "requested_at": requested_at,
    }  # fmt: skip


def _ask_lines(form: ChangeForm, currency: str, names: Mapping[str, str]) -> list[Mapping[str, Any]]:
    column = st.column_config
    shown = [
        {"position": line["position"], "sku": line["sku"], "name": names.get(line["sku"], "")}
        | {name: _as_float(line[name]) for name in _PLACES}
        for line in form.filled["lines"]
    ]
    edited = st.data_editor(
        pl.DataFrame(shown, schema=_SCHEMA),
        key=form.key("lines"),
        num_rows="dynamic",
        hide_index=True,
        column_order=["sku", *([] if display.on_phone() else ["name"]), "quantity", "unit_price", "discount"],
        disabled=["name"],
        column_config={
            "sku": column.TextColumn(_("SKU"), required=True, pinned=True),
            "name": column.TextColumn(_("Product")),
            "quantity": column.NumberColumn(_("Quantity"), min_value=0, required=True, format="%g"),
            "unit_price": column.NumberColumn(
                _("Price in {currency}").format(currency=currency),
                min_value=0,
                format="%.2f",
                help=_("Left empty, a new line takes the price list's."),
            ),
            "discount": column.NumberColumn(_("Discount"), min_value=0, format="%.2f"),
        },
    )
    known = {line["position"]: line for line in form.base["lines"]}
    return [_line(row, known) for row in edited.to_dicts() if (row["sku"] or "").strip()]


def _line(row: Mapping[str, Any], known: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """A row as a line of the document; a product that was typed over makes it another line."""
    before = known.get(row["position"])
    sku = row["sku"].strip()
    position = row["position"] if before is not None and before["sku"] == sku else None
    typed = {name: _as_text(row[name], places) for name, places in _PLACES.items()}
    if position is not None and before is not None:
        typed |= {name: before[name] for name in ("unit_price", "discount") if typed[name] is None}
    return {"position": position, "sku": sku, **typed, "quantity": typed["quantity"] or "0.000"}


def _ask_address(form: ChangeForm) -> Mapping[str, Any] | None:
    """One field for an address of one text, else one for each of its parts."""
    known: Mapping[str, Any] = form.filled["ship_to"] or {}
    if set(known) <= {"text"}:
        text = st.text_area(_("Delivery address"), known.get("text", ""), key=form.key("address"), height=80)
        return {"text": text.strip()} if text and text.strip() else None
    st.caption(_("Delivery address"))
    parts = {
        name: st.text_input(_(PARTS[name]) if name in PARTS else name, str(part or ""), key=form.key(f"address_{name}"))
        for name, part in known.items()
    }
    return {name: part for name, part in parts.items() if part} or None


def _ask_delivery(form: ChangeForm, currency: str) -> tuple[str | None, str]:
    methods = {NO_METHOD: _("Not chosen")}
    methods |= {one.code: said(one.name, one.translations) for one in order_change_reads.delivery_methods()}
    chosen = form.filled["delivery_method"] or NO_METHOD
    methods.setdefault(chosen, chosen)
    code = st.selectbox(
        _("Delivery method"), list(methods), index=list(methods).index(chosen), format_func=methods.__getitem__,
        key=form.key("method"), help=_("Choosing one reserves the goods, plans the route and promises a day."),
    )  # fmt: skip
    charge = st.number_input(
        _("Shipping charge in {currency}").format(currency=currency), min_value=0.0,
        value=float(form.filled["shipping"]), format="%.2f", key=form.key("shipping"),
    )  # fmt: skip
    return code or None, _as_text(charge, Decimal("0.01")) or "0.00"


def _ask_day(form: ChangeForm) -> str | None:
    """The wished-for day; the hour that was agreed stays as long as the day does."""
    kept: str | None = form.filled["requested_at"]
    before: date | None = (
        None if kept is None else datetime.fromisoformat(kept).astimezone(display.viewer_zone()).date()
    )
    day = st.date_input(_("Wished for"), before, key=form.key("requested"), min_value=None)
    if day is None or not isinstance(day, date):
        return None
    if day == before:
        return kept
    return datetime.combine(day, time(12), tzinfo=display.viewer_zone()).astimezone(UTC).isoformat()


def _as_float(value: str | None) -> float | None:
    return None if value is None else float(value)


def _as_text(value: float | None, places: Decimal) -> str | None:
    return None if value is None else str(Decimal(str(value)).quantize(places))
