"""Retention on the page of customers: month by month who came back, each cell opening the customers it counts."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st
from babel.dates import format_skeleton

from dashboard import charts, display
from dashboard.customers_insight_lists import show_list
from dashboard.customers_insight_reads import cohorts, of_cohort
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _, babel_locale


def show_retention(scope: Scope) -> None:
    """Show the share of each month's new customers that came back in every month after."""
    hint = _("Share of those who first ordered in a month that ordered so many months later. … A month not yet over.")
    with section(_("Who comes back"), hint=hint, key="retention"):
        cells = cohorts(scope)
        last = max(cells["months"].to_list(), default=0)
        if last == 0:
            st.caption(_("It takes a second month to know."))
            return
        shown = cells.filter(pl.col("months") > 0)
        found = {(row["cohort"], row["months"]): row for row in shown.iter_rows(named=True)}
        starts = shown["cohort"].unique().sort().to_list()
        table = [
            {"cohort": _month(start), "size": found[start, 1]["size"]}
            | {str(month): _cell(found.get((start, month))) for month in range(1, last + 1)}
            for start in starts
        ]
        column = st.column_config
        state: Any = st.dataframe(
            table, key="retention-cells", hide_index=True, row_height=34, alt=_("Who comes back"),
            on_select="rerun", selection_mode="single-cell",
            column_config={
                "cohort": column.TextColumn(_("First order"), pinned=True),
                "size": column.NumberColumn(_("Customers"), format="localized"),
            },
        )  # fmt: skip
        picked = charts.newly("retention-cells", next(iter(state.selection.cells), None))
        if picked is not None and picked[0] < len(starts) and picked[1] != "cohort":
            open_cell(scope, starts[picked[0]], 0 if picked[1] == "size" else int(picked[1]))


def open_cell(scope: Scope, cohort: date, months: int) -> None:
    """Open the customers that a cell counts; in month zero those are all of the cohort."""
    title = f"{_('First order')}: {_month(cohort)}" + (f" · +{months}" if months else "")
    st.dialog(title, width="large", position="right")(_show_cell)(scope, cohort, months)


def _show_cell(scope: Scope, cohort: date, months: int) -> None:
    rows = of_cohort(scope, cohort, months)
    st.markdown(f"{_('Customers')}: **{display.number(rows.height)}**")
    if not rows.is_empty():
        show_list(rows, key="cohort-list")


def _month(start: date) -> str:
    return str(format_skeleton("yMMM", start, locale=babel_locale()))


def _cell(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return ""
    return display.percent(cell["share"]) + ("" if cell["is_mature"] else " …")
