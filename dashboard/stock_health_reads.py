"""What the pages of buying read about the health of the stock."""

from datetime import UTC, date, datetime

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.reads import ask
from dashboard.shop import open_shop
from oms_core.access.permissions import Permission
from pipelines.stock_health import read_health, read_projection

_SECONDS = 60


def health(version: str) -> pl.DataFrame:
    """Every product and warehouse that can be bought for, with how its stock stands; a minute old at most."""
    require(Permission.PURCHASE_VIEW)
    return _health(version, _today())


def projection(version: str, unique_id: str) -> pl.DataFrame:
    """The expected stock of one product in one warehouse, day by day."""
    require(Permission.PURCHASE_VIEW)
    return _projection(version, unique_id, _today())


@st.cache_data(ttl=_SECONDS, max_entries=4, show_spinner=False)
def _health(version: str, today: date) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    return ask(read_health, store=open_shop().store, today=today)


@st.cache_data(ttl=_SECONDS, max_entries=200, show_spinner=False)
def _projection(version: str, unique_id: str, today: date) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    return ask(read_projection, store=open_shop().store, unique_id=unique_id, today=today)


def _today() -> date:
    return datetime.now(UTC).date()
