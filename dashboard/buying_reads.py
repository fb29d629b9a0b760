"""What the buying pages read: proposals and purchase orders from the core, forecasts from the published tables."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.reads import ask
from dashboard.shop import open_shop
from oms_core.access.permissions import Permission
from oms_core.purchasing.plan_attempts import PlanAttempt, newest_attempt
from oms_core.purchasing.plan_settings import PlanSettings, read_plan_settings
from oms_core.purchasing.positions import list_on_order
from oms_core.purchasing.proposals import Proposal, list_proposals, list_transfers
from pipelines.lead_times import read_delivery_times
from pipelines.plan_curve import CURVE

FORECAST_TABLES = ("forecasts", "forecast_history", "forecast_series", "forecast_scores", "forecast_trials")


def proposals(*, supplier: str | None = None, warehouse: str | None = None) -> list[Proposal]:
    """Undecided proposals, the most urgent first; never cached: approving takes them off the list."""
    return ask(list_proposals, supplier=supplier, warehouse=warehouse)


def on_order() -> list[dict[str, Any]]:
    """Open lines of purchase orders, the earliest expected first."""
    return ask(list_on_order)


def transfers() -> list[dict[str, Any]]:
    """What the newest plan would rather move than buy."""
    return ask(list_transfers)


def newest_night() -> PlanAttempt | None:
    """The newest run of the worker; None before the first."""
    return ask(newest_attempt)


def plan_settings() -> PlanSettings:
    """What the next plan is asked for."""
    return ask(read_plan_settings)


def delivery_times() -> dict[str, dict[str, Any]]:
    """How long each supplier takes, as stated and as learnt, by its code; a minute old at most."""
    require(Permission.PURCHASE_VIEW)
    return _delivery_times(datetime.now(UTC).date())


@st.cache_data(ttl=60, max_entries=2, show_spinner=False)
def _delivery_times(today: date) -> dict[str, dict[str, Any]]:
    return ask(read_delivery_times, today=today)


def service_curve() -> pl.DataFrame | None:
    """Stock value against lost margin by service level, as of the newest plan; None before the first."""
    require(Permission.COST_VIEW)
    store = open_shop().store
    return store.frame(CURVE) if store.exists(CURVE) else None


def has_forecast() -> bool:
    """Whether a forecast was ever published."""
    return open_shop().store.exists("forecasts")


def forecast_version() -> str:
    """A key that changes when a forecast is published."""
    return open_shop().store.versions(*FORECAST_TABLES)


def series_table(version: str) -> pl.DataFrame:
    """One row per series: unique_id, sku, warehouse, series_class, method, next_weeks (expected demand), scores."""
    require(Permission.ANALYTICS_VIEW)
    return _series_table(version)


@st.cache_data(ttl=3600, max_entries=4, show_spinner=False)
def _series_table(version: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    store = open_shop().store
    ahead = store.frame("forecasts").group_by("unique_id").agg(next_weeks=pl.col("mean").sum())
    return (
        store.frame("forecast_series")
        .join(ahead, on="unique_id", how="left")
        .with_columns(
            pl.col("unique_id").str.split_exact("@", 1).struct.rename_fields(["sku", "warehouse"]).alias("key")
        )
        .unnest("key")
        .sort("next_weeks", descending=True, nulls_last=True)
    )


def series_frames(unique_id: str, version: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """History and forecast of one series, by week."""
    require(Permission.ANALYTICS_VIEW)
    return _series_frames(unique_id, version)


@st.cache_data(ttl=3600, max_entries=200, show_spinner=False)
def _series_frames(unique_id: str, version: str) -> tuple[pl.DataFrame, pl.DataFrame]:  # noqa: ARG001
    store = open_shop().store
    return (
        store.frame("forecast_history").filter(pl.col("unique_id") == unique_id).sort("ds"),
        store.frame("forecasts").filter(pl.col("unique_id") == unique_id).sort("ds"),
    )


def newest(moments: list[datetime]) -> datetime | None:
    """The newest of some moments."""
    return max(moments, default=None)
