"""What the insight page of customers reads, cached until the marts are published anew."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from oms_core.access.permissions import Permission
from pipelines.cohorts import cohort_customers, judge_customers, retention

_MINUTES = 600
COHORTS = 12


def cohorts(scope: Scope) -> pl.DataFrame:
    """Retention of the last twelve months' cohorts of the channel."""
    require(Permission.ANALYTICS_VIEW)
    return _cohorts(scope.version, scope.channel, scope.date_to - timedelta(days=1))


def of_cohort(scope: Scope, cohort: date, months: int) -> pl.DataFrame:
    """The customers of a cell of retention as ``judged``; one whose orders were all cancelled has an id alone."""
    require(Permission.ANALYTICS_VIEW)
    counted = seen_store().lazy("order_facts").filter("is_counted")
    last_day = scope.date_to - timedelta(days=1)
    ids = cohort_customers(counted, channel=scope.channel, last_day=last_day, cohort=cohort, months=months).collect()
    listed = ids.join(judged(scope), on="customer_id", how="left")
    return listed.sort("year_value", "customer_id", descending=[True, False], nulls_last=True)


def judged(scope: Scope) -> pl.DataFrame:
    """Every customer of the shop, as they bought in all channels; values are those in the currency of the channel."""
    require(Permission.ANALYTICS_VIEW)
    return _judged(scope.version, scope.currency)


@st.cache_resource(ttl=_MINUTES, max_entries=16, show_spinner=False)
def _cohorts(version: str, channel: str, last_day: date) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    counted = seen_store().lazy("order_facts").filter("is_counted")
    cells = retention(counted, channel=channel, last_day=last_day)
    return cells.filter(pl.col("cohort") > pl.lit(last_day.replace(day=1)).dt.offset_by(f"-{COHORTS}mo")).collect()


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _judged(version: str, currency: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    store = seen_store()
    # As a saved segment does: whatever was not cancelled, in every channel.
    bought = store.lazy("order_facts").filter(~pl.col("is_cancelled"), pl.col("customer_id").is_not_null())
    gross = pl.when(pl.col("currency") == currency).then("gross").otherwise(0)
    now = store.fresh_to() or datetime.now(UTC)
    return judge_customers(bought.with_columns(gross=gross), now=now).collect()
