"""Choosing whose forecast is shown: by name, or from the table of all."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.buying_words import class_name, method_name
from dashboard.filters import in_address
from dashboard.translation import _, ngettext

_SHOWN = ("sku", "warehouse", "series_class", "method", "next_weeks", "wape", "naive_wape")


def choose_series(table: pl.DataFrame) -> str:
    """Ask for a product in a warehouse, kept in the address; beside it a button opens the table of all."""
    options, asked = table["unique_id"].to_list(), st.query_params.get("series")
    if asked and asked not in options:
        told = _("There is no forecast for {series} yet; another product is shown.")
        st.warning(told.format(series=display.plain(asked)), icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen: str = st.selectbox(
            _("Product and warehouse"), options, filter_mode="fuzzy",
            format_func=lambda code: " · ".join(code.split("@")), **in_address("series", options, options[0]),
        )  # fmt: skip
        if st.button(_("All products"), icon=":material/table_rows:", width="content"):
            open_all(table, _("All products"))
    return chosen


def open_all(table: pl.DataFrame, title: str) -> None:
    """Open a table of forecasts; who selects a row comes to its page."""
    st.dialog(title, width="large")(_show_all)(table)


def _show_all(table: pl.DataFrame) -> None:
    looked = st.text_input(_("Find"), type="search", live="250ms", key="forecast_find", placeholder=_("SKU, warehouse"))
    found = matching(table, looked)
    st.caption(ngettext("{count} product in a warehouse", "{count} products in warehouses", found.height).format(
        count=display.number(found.height)))  # fmt: skip
    state: Any = st.dataframe(
        found.select(_SHOWN).with_columns(
            pl.col("series_class").replace_strict({one: class_name(one) for one in found["series_class"].unique()}),
            pl.col("method").replace_strict({one: method_name(one) for one in found["method"].unique()}),
        ),
        key=f"forecast_all_{looked}", on_select="rerun", selection_mode="single-row", column_config=_headings(),
        hide_index=True, height=min(460, 34 * (found.height + 1) + 2), row_height=34, placeholder=display.NOTHING,
        alt=_("Products by expected demand, with method and error"),
    )  # fmt: skip
    if state.selection.rows:
        st.query_params["series"] = found["unique_id"][state.selection.rows[0]]
        st.rerun()


def matching(table: pl.DataFrame, looked: str) -> pl.DataFrame:
    """The series whose name holds every word that is looked for."""
    name = pl.col("unique_id").str.to_lowercase()
    return table.filter(True, *(name.str.contains(word, literal=True) for word in looked.lower().split()))


def _headings() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "sku": st.column_config.TextColumn(_("SKU"), pinned=True), "warehouse": _("Warehouse"),
        "series_class": _("Kind of demand"), "method": _("Forecast method"),
        "next_weeks": number(_("Weeks ahead, expected"), format="%.1f"),
        "wape": number(_("WAPE"), format="percent"),
        "naive_wape": number(_("WAPE, seasonal naive"), format="percent"),
    }  # fmt: skip
