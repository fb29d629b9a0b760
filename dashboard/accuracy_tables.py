"""The tables of accuracy: scores beside seasonal naive's, and series that open their forecasts."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.buying_words import REASON_NAMES, class_name, method_name
from dashboard.navigation import go
from dashboard.translation import _

ROW_HEIGHT = 34
SHOWN = 200


def show_series(rows: pl.DataFrame, *, key: str) -> None:
    """Show series with their scores; a chosen one opens its forecast."""
    shown = rows.head(SHOWN)
    state: Any = st.dataframe(
        [_series_row(row) for row in shown.iter_rows(named=True)], key=key, hide_index=True, row_height=ROW_HEIGHT,
        height=table_height(shown.height), column_config=headings(part=""), placeholder=display.NOTHING,
        on_select="rerun", selection_mode="single-row", alt=_("Products by expected demand, with method and error"),
    )  # fmt: skip
    if rows.height > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
    if state.selection.rows and state.selection.rows[0] < shown.height:
        go("app_pages/demand_forecast.py", series=shown["unique_id"][state.selection.rows[0]])


def headings(*, part: str) -> dict[str, Any]:
    """What the columns of scores are called; ``part``: what the first one lists."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "part": text(part, pinned=True), "sku": text(_("SKU"), pinned=True), "warehouse": text(_("Warehouse")),
        "kind": text(_("Kind of demand")), "reason": text(_("Likeliest reason")), "method": text(_("Forecast method")),
        "series": number(_("Series")), "next": number(_("Weeks ahead, expected"), format="%.1f"),
        "wape": number(_("WAPE"), format="percent"), "naive_wape": number(_("WAPE, seasonal naive"), format="percent"),
        "bias": number(_("Bias"), format="percent"), "coverage": number(_("Within the band"), format="percent"),
        "loss": number(_("Pinball loss"), format="%.3f"),
        "naive_loss": number(_("Pinball loss, seasonal naive"), format="%.3f"),
        "lost": st.column_config.CheckboxColumn(_("No better")),
    }  # fmt: skip


def scores_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The scores of a row by the columns of ``headings``."""
    return {
        "wape": row["wape"], "naive_wape": row["naive_wape"], "bias": row["bias"], "coverage": row["coverage_80"],
        "loss": row["scaled_pinball_loss"], "naive_loss": row["naive_scaled_pinball_loss"],
    }  # fmt: skip


def table_height(rows: int) -> int:
    """Height of a table in pixels, a dozen rows at most."""
    return min(12, rows + 1) * ROW_HEIGHT + 2


def _series_row(row: Mapping[str, Any]) -> dict[str, Any]:
    cause = row.get("reason")
    why = {"reason": _(REASON_NAMES[cause])} if cause else {}
    return {
        "sku": row["sku"], "warehouse": row["warehouse"], "kind": class_name(row["series_class"]), **why,
        "method": method_name(row["method"]), "next": row["next_weeks"], **scores_of(row),
    }  # fmt: skip
