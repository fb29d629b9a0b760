"""The part of the page of imports that says which column of a file is which of ours."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, intake_actions
from dashboard.intake_reads import kept_mappings
from dashboard.translation import _, n_
from pipelines.imports.guessing import guess_columns
from pipelines.imports.mapping import COLUMNS
from pipelines.imports.source import LINE

OURS = {
    "external_ref": n_("Order number"), "placed_at": n_("Placed"), "sku": n_("SKU"), "product_name": n_("Product"),
    "quantity": n_("Quantity"), "unit_price": n_("Price"), "customer_ref": n_("Customer number"),
    "customer_name": n_("Customer"), "phone": n_("Phone"), "email": n_("E-mail"), "address": n_("Address"),
    "region": n_("Region"), "comment": n_("Comment"), "status": n_("Status"), "promised_at": n_("Promised"),
    "shipped_at": n_("Shipped"), "delivered_at": n_("Delivered"), "warehouse": n_("Warehouse"),
    "discount": n_("Discount"), "shipping": n_("Shipping charge"),
}  # fmt: skip
_OPTIONS = {
    "history": n_("Past orders: stock stays untouched"),
    "create_products": n_("Add unknown products"),
    "decimal_comma": n_("Decimal comma"),
}
_SAMPLE = 5


def choose_mapping(rows: pl.DataFrame, channel: str, upload_key: str) -> dict[str, Any]:
    """Show a sample of the file and let its columns be named; returns the document of the mapping."""
    header = [column for column in rows.columns if column != LINE]
    st.dataframe(rows.head(_SAMPLE).drop(LINE), hide_index=True, row_height=34, alt=_("The first rows of the file"))
    kept = {each.name: each for each in kept_mappings()}
    names = {"": _("Guessed from the header")} | {name: name for name in kept}
    chosen = st.selectbox(_("Mapping"), list(names), format_func=names.__getitem__, key="intake_mapping")
    document = kept[chosen].document if chosen else {"columns": guess_columns(header)}
    of_file = f"{upload_key}_{chosen}"
    columns = _choose_columns(rows, header, document.get("columns", {}), of_file)
    options = dict(document.get("options", {}))
    with st.container(horizontal=True):
        for name, label in _OPTIONS.items():
            options[name] = st.checkbox(_(label), bool(options.get(name)), key=f"intake_{name}_{of_file}")
    form = st.text_input(
        _("Form of dates"), options.pop("date_format", ""), placeholder="%d.%m.%Y %H:%M", key=f"intake_date_{of_file}"
    )
    if form.strip():
        options["date_format"] = form.strip()
    made = {"columns": columns, "statuses": document.get("statuses", {}), "options": options}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("Name of the mapping"), chosen, max_chars=100, key=f"intake_name_{of_file}")
        st.button(
            _("Keep the mapping"), disabled=not name.strip(), on_click=intake_actions.keep_mapping,
            args=(name, channel, made, kept[name.strip()].version if name.strip() in kept else None),
        )  # fmt: skip
    return made


def _choose_columns(rows: pl.DataFrame, header: list[str], named: dict[str, str], key: str) -> dict[str, str]:
    columns = {}
    with st.expander(_("Columns"), expanded=True):
        cells = st.columns(1 if display.on_phone() else 4)
        for place, ours in enumerate(COLUMNS):
            theirs = named.get(ours, ours if ours in header else None)
            with cells[place % len(cells)]:
                found = st.selectbox(
                    _(OURS[ours]), header, index=header.index(theirs) if theirs in header else None,
                    placeholder="—", key=f"intake_column_{ours}_{key}",
                )  # fmt: skip
                if found is not None:
                    columns[ours] = found
                    st.caption(display.plain(", ".join(rows[found].drop_nulls().head(2).to_list())) or "—")
    return columns
