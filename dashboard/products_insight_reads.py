"""What the insight page of products reads: classes, and figures of each product beside them."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard import insight
from dashboard.identity import may, require
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from oms_core.access.permissions import Permission
from pipelines.cohorts import classify_products

_MINUTES = 600


def products(scope: Scope) -> pl.DataFrame:
    """Products ordered in the period with class, return rate and, for who may see costs, contribution and dead stock.

    Whole weeks are counted back from the end of the period; a part of a week at its beginning is in the values alone.
    """
    require(Permission.ANALYTICS_VIEW)
    names = seen_store().frame("dimensions").filter(kind="product").select(sku="code", name="label")
    listed = _classed(scope.version, scope.channel, scope.date_from, scope.date_to).join(names, on="sku", how="left")
    listed = _with(listed, scope, "return_rate", "cohort")
    if may(Permission.COST_VIEW):
        listed = _with(_with(listed, scope, "contribution", "cohort"), scope, "dead_stock", "now")
        listed = listed.with_columns(per_order=pl.col("contribution") / pl.col("orders"))
    return listed


def _with(listed: pl.DataFrame, scope: Scope, code: str, lens: str) -> pl.DataFrame:
    measured = insight.measure(scope, code, "product", lens=lens).select("product", pl.col("value").alias(code))
    return listed.join(measured, left_on="sku", right_on="product", how="left")


@st.cache_resource(ttl=_MINUTES, max_entries=16, show_spinner=False)
def _classed(version: str, channel: str, date_from: date, date_to: date) -> pl.DataFrame:  # noqa: ARG001 - the key
    placed = pl.col("placed_day")
    lines = seen_store().lazy("order_lines").filter("is_counted", pl.col("channel") == channel)
    lines = lines.filter(placed >= date_from, placed < date_to)
    weeks = max(1, (date_to - date_from).days // 7)
    week = (pl.lit(date_to) - placed).dt.total_days().sub(1) // 7
    return classify_products(lines.with_columns(week=week), weeks=weeks).collect()
