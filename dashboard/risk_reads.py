"""What the page of promise risk reads: the scores of open orders, and how well such scores were told."""

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.shop import open_shop
from oms_core.access.permissions import Permission

TABLES = ("promise_risk", "promise_risk_trials", "promise_risk_judged", "promise_risk_reliability")


def version() -> str:
    """A key that changes when scores, or what was judged of them, are published."""
    return open_shop().store.versions(*TABLES)


def is_published(name: str) -> bool:
    """Whether a table was ever published."""
    return open_shop().store.exists(name)


def risky_orders(key: str) -> pl.DataFrame:
    """Open orders whose first promise is not due, the riskiest first: number, promise, stage, probability, cause."""
    require(Permission.ANALYTICS_VIEW)
    return _risky_orders(key)


@st.cache_data(ttl=600, max_entries=4, show_spinner=False)
def _risky_orders(key: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    store = open_shop().store
    facts = store.frame("order_facts").select(
        "order_id", "number", "channel", "manager", "first_promised_day", "total", "currency"
    )
    risky = store.frame("promise_risk").filter(pl.col("probability") < 1)
    return risky.join(facts, on="order_id").sort("probability", "order_id", descending=[True, False])


def judged(key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of the model and the rules by milestone, and the bins of what serves."""
    require(Permission.ANALYTICS_VIEW)
    return _judged(key)


@st.cache_data(ttl=600, max_entries=4, show_spinner=False)
def _judged(key: str) -> tuple[pl.DataFrame, pl.DataFrame]:  # noqa: ARG001 - the key of the cache
    store = open_shop().store
    return store.frame("promise_risk_judged"), store.frame("promise_risk_reliability")


def serving() -> dict[str, str]:
    """What serves now by milestone: the model, or the simple rule that it gave way to."""
    require(Permission.ANALYTICS_VIEW)
    store = open_shop().store
    if not store.exists("promise_risk_trials"):
        return {}
    return dict(store.frame("promise_risk_trials").filter("served").select("milestone", "by").iter_rows())
