"""What the shop and its categories will be asked for: the sums of their products, each opening to them."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display
from dashboard.forecast_choice import open_all
from dashboard.identity import require
from dashboard.layout import section
from dashboard.shop import open_shop
from dashboard.translation import _
from dashboard.words import category_name
from oms_core.access.permissions import Permission
from pipelines.forecast_levels import by_group, categories

_TABLE, _WEEKS = "forecast_levels", 78


def show_levels(version: str, series: pl.DataFrame) -> None:
    """Show the shop by week and its categories; nothing where the forecast is older than its levels."""
    if not open_shop().store.exists(_TABLE):
        return
    levels, asked = _levels(version)
    with section(
        _("The whole shop"), hint=_("Forecasts of products, categories and the shop add up: one truth at every level.")
    ):
        ahead = levels.filter(level="shop").sort("ds")
        charts.show(_shop(asked, ahead), key="forecast_shop", alt=_("Weekly demand of the shop with its forecast"))
        _show_categories(levels.filter(level="category"), asked, series)


def _shop(asked: pl.DataFrame, ahead: pl.DataFrame) -> Any:  # noqa: ANN401 - a figure, of a library without types
    past = asked.group_by("ds").agg(pl.col("demand").sum()).sort("ds").tail(_WEEKS)
    figure = charts.lines(past["ds"].to_list(), {_("Asked for"): past["demand"].to_list()})
    weeks = ahead["ds"].to_list()
    figure = charts.add_band(figure, weeks, ahead["q0.1"].to_list(), ahead["q0.9"].to_list(), name=_("10–90 %"))
    figure.add_scatter(x=weeks, y=ahead["mean"].to_list(), mode="lines", name=_("Forecast"),
                       line={"color": charts.ACCENT, "dash": "dot", "width": 2})  # fmt: skip
    return charts.dress(figure, height=280, legend=True)


def _show_categories(levels: pl.DataFrame, asked: pl.DataFrame, series: pl.DataFrame) -> None:
    weeks = levels["ds"].n_unique()
    last = asked["ds"].unique().sort().tail(weeks)
    before = asked.filter(pl.col("ds").is_in(last.implode())).group_by("group").agg(before=pl.col("demand").sum())
    rows = (
        levels.group_by("node").agg(ahead=pl.col("mean").sum())
        .join(before, left_on="node", right_on="group", how="left")
        .with_columns(change=pl.col("ahead") / pl.col("before") - 1)
        .sort("ahead", descending=True)
    )  # fmt: skip
    state: Any = st.dataframe(
        rows.with_columns(node=pl.Series([category_name(node) for node in rows["node"]], dtype=pl.String)),
        key="forecast_categories", on_select="rerun", selection_mode="single-row", hide_index=True, row_height=34,
        height=min(340, 34 * (rows.height + 1) + 2), placeholder=display.NOTHING,
        column_config={
            "node": st.column_config.TextColumn(_("Category"), pinned=True),
            "ahead": st.column_config.NumberColumn(_("Weeks ahead, expected"), format="%.0f"),
            "before": st.column_config.NumberColumn(_("As many weeks before"), format="%.0f"),
            "change": st.column_config.NumberColumn(_("Change"), format="percent"),
        },
        alt=_("Categories by expected demand"),
    )  # fmt: skip
    place = state.selection.rows[0] if state.selection.rows else None
    picked = charts.newly("forecast_categories", rows["node"][place] if place is not None else None)
    if picked is not None:
        known = categories(open_shop().store).filter(group=picked)
        open_all(series.join(known, on="sku", how="semi", maintain_order="left"), category_name(picked))


def _levels(version: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    require(Permission.ANALYTICS_VIEW)
    return _read(version)


@st.cache_data(ttl=3600, max_entries=2, show_spinner=False)
def _read(version: str) -> tuple[pl.DataFrame, pl.DataFrame]:  # noqa: ARG001 - the key of the cache
    store = open_shop().store
    return store.frame(_TABLE), by_group(store.frame("forecast_history"), categories(store))
