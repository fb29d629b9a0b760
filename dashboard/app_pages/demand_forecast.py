"""Demand forecast: what each product will be asked for, how sure that is, and how well it was told before."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import buying_reads, charts, display
from dashboard.accuracy_reads import told_before
from dashboard.buying_words import class_name
from dashboard.forecast_choice import choose_series
from dashboard.forecast_fan import fan
from dashboard.forecast_levels import show_levels
from dashboard.forecast_reads import promotions
from dashboard.forecast_told import show_told_before
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.lead_time_chart import show_lead_time
from dashboard.promotion_plan import offer_promotions
from dashboard.stock_ahead import show_stock_ahead
from dashboard.translation import _
from oms_core.access.permissions import Permission

FAN_HINT = _(
    "Demand stays below the edge of a shade in that share of weeks; stock is planned by the upper ones. Crosses mark"
    " weeks without stock, diamonds weeks sold below the usual price; a full diamond is one that the price list plans."
)


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


page_header(_("Demand forecast"), hint=_("Demand is what was asked for; weeks with an empty shelf count as unknown."))
if not buying_reads.has_forecast():
    empty_state("trending_up", _("No forecast yet"), _("It appears after `oms forecast run`; `make demo` does that."))
    st.stop()
version = buying_reads.forecast_version()
series = buying_reads.series_table(version)
chosen = choose_series(series)
facts = series.row(by_predicate=pl.col("unique_id") == chosen, named=True)
show_tiles(facts)
with section(_("Demand by week"), hint=FAN_HINT):
    told = _("Weekly demand of {series} with its forecast").format(series=chosen)
    frames = buying_reads.series_frames(chosen, version)
    offer_promotions(facts["sku"])
    charts.show(fan(*frames, told_before(version, chosen), promotions(version, facts["sku"])), key="fan", alt=told)
if may(Permission.PURCHASE_VIEW):
    show_stock_ahead(version, facts)
    show_lead_time(facts["sku"])
show_told_before(version, facts)
show_levels(version, series)
