"""What the page of a product's forecast reads: its own scores, its promotions, and how long its supplier takes."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.accuracy_reads import TABLE, is_tried
from dashboard.identity import require
from dashboard.reads import ask
from dashboard.shop import open_shop
from forecasting.metrics import period_scores
from forecasting.price_cuts import price_cuts
from oms_core.access.permissions import Permission
from pipelines.lead_times import read_lead_time

_SECONDS = 60


def own_scores(version: str, unique_id: str) -> pl.DataFrame:
    """Scores of one series at past cutoffs: model (what served, then seasonal naive), wape, bias, coverage_80, …"""
    require(Permission.ANALYTICS_VIEW)
    return _own_scores(version, unique_id)


@st.cache_data(ttl=3600, max_entries=200, show_spinner=False)
def _own_scores(version: str, unique_id: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    if not is_tried():
        return pl.DataFrame()
    known = open_shop().store.lazy(TABLE).filter(~pl.col("is_censored"), unique_id=unique_id).collect()
    return period_scores(known, ["model"]).sort("model", descending=True)


def promotions(version: str, sku: str) -> pl.DataFrame:
    """Weeks in which the product was sold below its usual price, anywhere: ds, cut (share off)."""
    require(Permission.ANALYTICS_VIEW)
    return _promotions(version, sku)


@st.cache_data(ttl=3600, max_entries=200, show_spinner=False)
def _promotions(version: str, sku: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    lines = open_shop().store.lazy("order_lines").filter("is_counted", ~pl.col("is_direct"), sku=sku)
    return price_cuts(lines.select("sku", "unit_price", day="placed_day").collect()).select("ds", "cut")


def lead_time(sku: str) -> dict[str, Any] | None:
    """How long the product's supplier takes; a minute old at most, None where nobody supplies it."""
    require(Permission.PURCHASE_VIEW)
    return _lead_time(sku, datetime.now(UTC).date())


@st.cache_data(ttl=_SECONDS, max_entries=200, show_spinner=False)
def _lead_time(sku: str, today: date) -> dict[str, Any] | None:
    return ask(read_lead_time, sku=sku, today=today)
