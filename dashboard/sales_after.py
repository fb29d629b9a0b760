"""What becomes of orders: how far they come, by channel, and what of the shipped comes back, by month."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles, reads
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.sales_cuts import funnel, funnel_rows
from dashboard.translation import _
from pipelines.metrics import METRICS

_RETURNS = METRICS["return_rate_shipped"]
_MONTHS = 12


def show_funnel(scope: Scope) -> None:
    """Show how far the orders of every channel have come; a channel opens its orders."""
    with section(_("How far orders come"), hint=_("Orders placed in the period, by channel."), key="funnel"):
        names = {channel.code: _(channel.name) for channel in reads.channels()}
        rows = funnel(scope)
        text = st.column_config.TextColumn
        headings = {
            "received": _("Received"), "shipped": _("Shipped"), "delivered": _("Delivered"), "open": _("Open"),
            "cancelled": _("Cancelled"), "returned": _("Returned"),
        }  # fmt: skip
        told = [
            {"channel": names.get(row["channel"], row["channel"])} | {name: _reached(row, name) for name in headings}
            for row in rows.iter_rows(named=True)
        ]
        state: Any = st.dataframe(
            told, key="funnel-table", hide_index=True, row_height=34, alt=_("How far orders come"),
            on_select="rerun", selection_mode="single-row",
            column_config={"channel": text(_("Channel"), pinned=True)}
            | {name: text(words, alignment="right") for name, words in headings.items()},
        )  # fmt: skip
        picked = charts.newly("funnel", state.selection.rows[0] if state.selection.rows else None)
        if picked is not None and picked < rows.height:
            listed = funnel_rows(scope, rows["channel"][picked])
            metric_tiles.open_listed(
                str(told[picked]["channel"]), listed, words=_("Orders placed in the period, by channel.")
            )


def _reached(row: dict[str, Any], name: str) -> str:
    count = display.number(row[name])
    return count if name == "received" else f"{count} · {display.percent(row[name] / row['received'])}"


def show_returns(scope: Scope) -> None:
    """Show what share of each month's shipments has come back; a month that may still grow is grey."""
    with section(_(_RETURNS.label), hint=_(_RETURNS.definition), key="returns"):
        first = (scope.date_to - timedelta(days=1)).replace(day=1)
        for _month in range(_MONTHS - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        year = replace(scope, date_from=first)
        rows = insight.measure(year, _RETURNS.code, "month", lens="cohort").drop_nulls("value").sort("month")
        if rows.is_empty():
            st.caption(_("Nothing was shipped yet."))
            return
        months = rows["month"].to_list()
        figure = charts.columns(months, (rows["value"].cast(pl.Float64) * 100).to_list(), hover="%{x}: %{y:.1f} %")
        shades = [charts.ACCENT if is_mature else charts.MUTED for is_mature in rows["is_mature"]]
        figure.update_traces(marker_color=shades)
        picked = charts.show_to_pick(figure, key="return-course", alt=_(_RETURNS.label))
        if not all(rows["is_mature"]):
            growing = _("Grey: shipped less than {days} days ago, more may come back.")
            st.caption(growing.format(days=_RETURNS.matures_days))
        if picked is not None:
            metric_tiles.open_rows(year, _RETURNS.code, lens="cohort", filters_={"month": months[picked]})
