"""What the page of what-ifs reads: replays of the period's orders, cached until the marts are published anew."""

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.insight import Scope
from dashboard.shop import open_shop
from oms_core.access.permissions import Permission
from oms_core.errors import Invalid
from pipelines.marts.sources import DIRECT
from pipelines.replay import Outcome, Record, read_record, replay_orders
from pipelines.replay.question import NOTHING, read_question

_MINUTES = 600


def outcome(scope: Scope, question: str) -> Outcome:
    """Replay the orders of the scope; raises ``Invalid`` for what the record cannot answer."""
    require(Permission.ANALYTICS_VIEW)
    return _outcome(scope, question)


def queues(scope: Scope) -> list[str]:
    """Stages of which the record tells what other hands would do; none where nothing was placed."""
    try:
        return outcome(scope, NOTHING).queues
    except Invalid:
        return []


def warehouses(scope: Scope) -> dict[str, str]:
    """Names of the warehouses that the channel's orders went from, by their codes."""
    require(Permission.ANALYTICS_VIEW)
    return _warehouses(scope.channel, scope.version)


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _outcome(scope: Scope, question: str) -> Outcome:
    return replay_orders(_record(scope), read_question(question))


@st.cache_resource(ttl=_MINUTES, max_entries=2, show_spinner=False)
def _record(scope: Scope) -> Record:
    return read_record(
        open_shop().store, channel=scope.channel, date_from=scope.date_from, date_to=scope.date_to
    )  # fmt: skip


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _warehouses(channel: str, version: str) -> dict[str, str]:  # noqa: ARG001 - the key of the cache
    store = open_shop().store
    facts = store.frame("order_facts").filter(pl.col("channel") == channel, pl.col("warehouse") != DIRECT)
    named = store.frame("dimensions").filter(pl.col("kind") == "warehouse").select("code", "label")
    served = facts.select(code="warehouse").unique().join(named, on="code", how="left").sort("code")
    return {code: label or code for code, label in served.iter_rows() if code}
