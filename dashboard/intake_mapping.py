"""The part of the page of imports that says which column of a file is which of ours, and how to read it."""

from typing import Any
from zoneinfo import available_timezones

import polars as pl
import streamlit as st

from dashboard import display, intake_actions
from dashboard.intake_reads import kept_mappings
from dashboard.translation import _, n_
from dashboard.words import GROUPS, group_name
from pipelines.imports.guessing import guess_columns
from pipelines.imports.kept_mappings import NAME_LENGTH, KeptMapping
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
_SWITCHES = {
    "history": n_("Past orders: stock stays untouched"),
    "create_products": n_("Add unknown products"),
    "decimal_comma": n_("Decimal comma"),
}
_DATES = ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")
EXPECTED = {
    "products": ("sku", "name", "price", "category", "uom", "barcode", "tax_rate", "supplier", "unit_cost",
                 "minimum_order_quantity", "pack_size", "lead_time_days"),
    "stock": ("sku", "warehouse", "quantity", "unit_cost"),
}  # fmt: skip
_SAMPLE = 5
_WORDS = 12  # more words than this are no statuses


def choose_mapping(rows: pl.DataFrame, channel: str | None, upload_key: str) -> dict[str, Any]:
    """Let the columns of the file be named and say how to read them; returns the document of the mapping."""
    header = [column for column in rows.columns if column != LINE]
    kept = {each.name: each for each in kept_mappings()}
    names = {"": _("Guessed from the header")} | {name: name for name in kept}
    chosen = st.selectbox(_("Mapping"), list(names), format_func=names.__getitem__, key="intake_mapping")
    document = kept[chosen].document if chosen else {"columns": guess_columns(header)}
    of_file = f"{upload_key}_{chosen}"
    columns = _choose_columns(rows, header, document.get("columns", {}), of_file)
    options = _choose_options(dict(document.get("options", {})), of_file)
    statuses = _choose_statuses(rows, columns.get("status"), document.get("statuses", {}), of_file)
    made = {"columns": columns, "statuses": statuses, "options": options}
    _offer_keeping(kept, chosen, channel, made, of_file)
    return made


def show_sample(rows: pl.DataFrame) -> None:
    """Show the first rows of the file."""
    st.dataframe(rows.head(_SAMPLE).drop(LINE), hide_index=True, row_height=34, alt=_("The first rows of the file"))


def show_fit(rows: pl.DataFrame, kind: str) -> None:
    """Say which columns of a file of products or stock are taken, and which are not."""
    header = [column for column in rows.columns if column != LINE]
    taken = [name for name in EXPECTED[kind] if name in header]
    told = {
        _("Taken in"): taken,
        _("Not in the file"): [name for name in EXPECTED[kind] if name not in header],
        _("Left out"): [name for name in header if name not in taken],
    }
    for label, names in told.items():
        if names:
            st.caption(f"**{label}:** {display.plain(', '.join(names))}")


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
                if found is not None or not display.on_phone():
                    st.caption(_sample(rows, found))
    return columns


def _sample(rows: pl.DataFrame, column: str | None) -> str:
    """The first different values, cut where they are long: every cell of the form is as high as its neighbours."""
    values = [] if column is None else rows[column].drop_nulls().unique(maintain_order=True).head(2).to_list()
    told = ", ".join(values)
    return display.plain(told if len(told) <= 36 else f"{told[:35]}…") or display.NOTHING


def _choose_options(options: dict[str, Any], key: str) -> dict[str, Any]:
    with st.container(horizontal=True, key="intake-switches"):
        for name, label in _SWITCHES.items():
            options[name] = st.checkbox(_(label), bool(options.get(name)), key=f"intake_{name}_{key}")
    own = options.get("date_format")
    dates = list(dict.fromkeys([own, *_DATES])) if own else list(_DATES)
    zones = sorted(available_timezones())
    asked: dict[str, tuple[str, list[str], str]] = {
        "date_format": (_("Form of dates"), dates, "%d.%m.%Y %H:%M"),
        "time_zone": (_("Time zone of the file"), zones, _("the channel's")),
        "currency": (_("Currency"), ["EUR", "USD", "PLN", "RUB", "CNY", "GBP", "BRL"], _("the channel's")),
    }
    for cell, (name, (label, offered, empty)) in zip(st.columns(3), asked.items(), strict=True):
        known = [options[name]] if options.get(name) and options[name] not in offered else []
        given = cell.selectbox(
            label, [*known, *offered], index=[*known, *offered].index(options[name]) if options.get(name) else None,
            placeholder=empty, accept_new_options=name != "time_zone", key=f"intake_{name}_{key}",
        )  # fmt: skip
        options.pop(name, None)
        if given:
            options[name] = given.strip().upper() if name == "currency" else given.strip()
    return options


def _choose_statuses(rows: pl.DataFrame, column: str | None, kept: dict[str, str], key: str) -> dict[str, str]:
    """Let each word of the file's statuses be one of ours; words that are ours already need nothing."""
    words = [] if column is None else rows[column].drop_nulls().unique(maintain_order=True).to_list()
    foreign = [word for word in words if word not in GROUPS]
    if not 0 < len(foreign) <= _WORDS:
        return kept
    statuses = dict(kept)
    names = {code: group_name(code) for code in GROUPS}
    with st.expander(_("Words of the statuses"), expanded=True):
        cells = st.columns(1 if display.on_phone() else 4)
        for place, word in enumerate(foreign):
            ours = cells[place % len(cells)].selectbox(
                display.plain(word), list(names), format_func=names.__getitem__, placeholder="—",
                index=list(names).index(kept[word]) if kept.get(word) in names else None,
                key=f"intake_status_{word}_{key}",
            )  # fmt: skip
            statuses.pop(word, None)
            if ours is not None:
                statuses[word] = ours
    return statuses


def _offer_keeping(
    kept: dict[str, KeptMapping], chosen: str, channel: str | None, made: dict[str, Any], key: str
) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="intake-keeping"):
        given = st.text_input(_("Name of the mapping"), chosen, max_chars=NAME_LENGTH, key=f"intake_name_{key}")
        name = given.strip()
        st.button(
            _("Keep the mapping"), key="intake_keep", disabled=not name, icon=":material/bookmark_add:",
            on_click=intake_actions.keep_mapping,
            args=(name, channel, made, kept[name].version if name in kept else None),
        )  # fmt: skip
        if not chosen:
            return
        st.button(
            _("Rename"), key="intake_rename", icon=":material/edit:", disabled=not name or name in kept,
            on_click=intake_actions.rename_mapping, args=(kept[chosen], name),
        )  # fmt: skip
        st.button(
            _("Remove the mapping"), key="intake_forget", icon=":material/delete:", type="tertiary",
            on_click=intake_actions.forget_mapping, args=(kept[chosen],),
        )  # fmt: skip
