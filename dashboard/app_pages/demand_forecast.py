"""Demand forecast: what each product will be asked for, how sure that is, and how well it was told before."""

from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from dashboard import buying_reads, charts, display
from dashboard.accuracy_reads import told_before
from dashboard.buying_words import class_name, method_name
from dashboard.filters import in_address
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.stock_ahead import show_stock_ahead
from dashboard.translation import _
from oms_core.access.permissions import Permission

SHOWN_WEEKS = 78
SHOWN_SERIES = 200


def choose_series(table: pl.DataFrame) -> str:
    options, asked = table["unique_id"].to_list(), st.query_params.get("series")
    if asked and asked not in options:
        told = _("There is no forecast for {series} yet; another product is shown.")
        st.warning(told.format(series=display.plain(asked)), icon=":material/info:")
    chosen: str = st.selectbox(
        _("Product and warehouse"), options, filter_mode="fuzzy",
        format_func=lambda code: " · ".join(code.split("@")), **in_address("series", options, options[0]),
    )  # fmt: skip
    return chosen


def show_tiles(row: dict[str, Any]) -> None:
    tiles = st.grid(4, min_column_width=150)
    tiles.metric(_("Weeks ahead, expected"), display.number(row["next_weeks"], 1), border=True)
    tiles.metric(_("Kind of demand"), class_name(row["series_class"]), border=True)
    tiles.metric(
        _("Error (WAPE)"), display.percent(row["wape"]), border=True, delta=compared(row["wape"], row["naive_wape"]),
        delta_color="inverse", help=_("Sum of absolute errors ÷ demand, at past cutoffs; seasonal naive beside it."),
    )  # fmt: skip
    tiles.metric(
        _("Within the band"), display.percent(row["coverage_80"], 0), border=True,
        help=_("How often demand fell between the 10 and 90 % quantiles; 80 % is meant, zeros make it more."),
    )  # fmt: skip


def compared(ours: float | None, naive: float | None) -> str | None:
    if ours is None or naive is None:
        return None
    return _("{points} pp to naive").format(points=display.number((ours - naive) * 100, 1))


def fan(history: pl.DataFrame, ahead: pl.DataFrame, before: pl.DataFrame) -> go.Figure:
    past = history.tail(SHOWN_WEEKS)
    figure = charts.lines(past["ds"].to_list(), {_("Asked for"): past["demand"].to_list()})
    weeks = ahead["ds"].to_list()
    figure = charts.add_band(figure, weeks, ahead["q0.1"].to_list(), ahead["q0.9"].to_list(), name=_("10–90 %"))
    figure.add_scatter(x=weeks, y=ahead["mean"].to_list(), mode="lines", name=_("Forecast"), line_dash="dot",
                       line_color=charts.ACCENT)  # fmt: skip
    for number, (cutoff, told) in enumerate(before.group_by("cutoff", maintain_order=True)):
        figure.add_scatter(
            x=told["ds"].to_list(), y=told["mean"].to_list(), mode="lines", name=_("Told before"),
            line={"color": charts.MUTED, "width": 1.5}, legendgroup="before", showlegend=number == 0,
            hovertemplate=f"{display.day(cutoff[0])}: <b>%{{y:.1f}}</b><extra></extra>",
        )  # fmt: skip
    empty = past.filter(pl.col("censored_share") > 0)
    figure.add_scatter(x=empty["ds"].to_list(), y=empty["demand"].to_list(), mode="markers", name=_("Shelf was empty"),
                       marker={"color": charts.BAD, "symbol": "x", "size": 7})  # fmt: skip
    return charts.dress(figure, height=320, legend=True)


def show_scores(scores: pl.DataFrame) -> None:
    shown = ("wape", "bias", "mase", "scaled_pinball_loss", "coverage_80")
    st.dataframe(
        [
            {"model": method_name(row["model"]), "class": class_name(row["series_class"]),
             **{name: row.get(name) for name in shown}}
            for row in scores.sort("series_class", "model").to_dicts()
        ],
        column_config={
            "model": _("Model"), "class": _("Kind of demand"),
            "wape": st.column_config.NumberColumn(_("WAPE"), format="percent"),
            "bias": st.column_config.NumberColumn(_("Bias"), format="percent"),
            "mase": st.column_config.NumberColumn(_("MASE"), format="%.2f"),
            "scaled_pinball_loss": st.column_config.NumberColumn(_("Pinball loss"), format="%.3f"),
            "coverage_80": st.column_config.NumberColumn(_("Within the band"), format="percent"),
        },
        hide_index=True, alt=_("Backtest scores by model and kind of demand"),
    )  # fmt: skip


def show_series(table: pl.DataFrame) -> None:
    st.dataframe(
        table.head(SHOWN_SERIES)
        .select("sku", "warehouse", "series_class", "method", "next_weeks", "wape", "naive_wape")
        .with_columns(pl.col("series_class").replace_strict({c: class_name(c) for c in table["series_class"].unique()}),
                      pl.col("method").replace_strict({m: method_name(m) for m in table["method"].unique()})),
        column_config={
            "sku": st.column_config.TextColumn(_("SKU"), pinned=True), "warehouse": _("Warehouse"),
            "series_class": _("Kind of demand"), "method": _("Forecast method"),
            "next_weeks": st.column_config.NumberColumn(_("Weeks ahead, expected"), format="%.1f"),
            "wape": st.column_config.NumberColumn(_("WAPE"), format="percent"),
            "naive_wape": st.column_config.NumberColumn(_("WAPE, seasonal naive"), format="percent"),
        },
        hide_index=True, height=380, alt=_("Products by expected demand, with method and error"),
    )  # fmt: skip


page_header(_("Demand forecast"), hint=_("Demand is what was asked for; weeks with an empty shelf count as unknown."))
if not buying_reads.has_forecast():
    empty_state("trending_up", _("No forecast yet"), _("It appears after `oms forecast run`; `make demo` does that."))
    st.stop()
version = buying_reads.forecast_version()
series = buying_reads.series_table(version)
chosen = choose_series(series)
facts = series.row(by_predicate=pl.col("unique_id") == chosen, named=True)
show_tiles(facts)
with section(
    _("Demand by week"), hint=_("The band holds demand eight times in ten; crosses mark weeks without stock.")
):
    told = _("Weekly demand of {series} with its forecast").format(series=chosen)
    before = told_before(version, chosen)
    charts.show(fan(*buying_reads.series_frames(chosen, version), before), key="fan", alt=told)
    st.caption(_("Method: {method}").format(method=method_name(facts["method"])))
if may(Permission.PURCHASE_VIEW):
    show_stock_ahead(version, chosen)
with section(
    _("How well it was told before"), hint=_("Rolling origin: forecasts made in the past, from nothing later.")
):
    show_scores(buying_reads.scores(version))
with section(_("All products")):
    show_series(series)
