"""What the page of fulfilment times reads, cached until the marts are published anew."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import streamlit as st

from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from pipelines.cohorts import (
    Difference,
    order_lives,
    rate_difference,
    stage_lives,
    stage_visits,
    survival_difference,
)
from pipelines.kpi import Question
from pipelines.kpi.question import rows_behind

WHOLE = ""
"""In place of a stage: the whole order, from its placing to its delivery."""
_MINUTES = 600


@st.cache_resource(ttl=_MINUTES, max_entries=32, show_spinner=False)
def visits(scope: Scope, lens: str) -> pl.DataFrame:
    """Visits to stages that a lens shows, the longest first."""
    rows = stage_visits(seen_store(), lens=lens, **scope.asked)
    return rows.sort("wall", descending=True, nulls_last=True).collect()


@st.cache_resource(ttl=_MINUTES, max_entries=32, show_spinner=False)
def lives(scope: Scope, stage: str) -> pl.DataFrame:
    """Stays in a stage that began in the period, or whole orders placed in it, the longest first."""
    store = seen_store()
    if stage == WHOLE:
        rows = order_lives(rows_behind(store, Question.asked("cycle_time_km", **scope.asked)))
    else:
        intervals = store.frame("status_intervals").lazy().filter(channel=scope.channel, status_group=stage)
        rows = stage_lives(intervals, date_from=scope.date_from, date_to=scope.date_to, as_of=_as_of())
    return rows.sort("hours", descending=True).collect()


@st.cache_resource(ttl=_MINUTES, max_entries=256, show_spinner=False)
def length_difference(scope: Scope, stage: str, day: date) -> Difference | None:
    """Difference of the medians of what began before a day of the period and from it on."""
    found = lives(scope, stage)
    return survival_difference(
        *(found.filter(side) for side in (pl.col("began_day") < day, pl.col("began_day") >= day))
    )


@st.cache_resource(ttl=_MINUTES, max_entries=256, show_spinner=False)
def kept_difference(scope: Scope, code: str, day: date) -> Difference | None:
    """Difference of a share between the promises due before a day of the period and from it on."""
    sides = [replace(scope, date_to=day), replace(scope, date_from=day)]
    counts = []
    for side in sides:
        rows = rows_behind(seen_store(), Question.asked(code, **side.asked))
        hits, of = rows.select(pl.col("numerator").sum(), pl.col("denominator").sum()).collect().row(0)
        counts.append((int(hits or 0), int(of or 0)))
    return rate_difference(counts[0], counts[1])


def history_of(scope: Scope) -> Scope:
    """The ninety days before the period, which its weeks are held against."""
    return replace(scope, date_from=scope.date_from - timedelta(days=90), date_to=scope.date_from)


def _as_of() -> datetime:
    watermark = seen_store().watermark()
    return watermark.read_at if watermark else datetime.now(UTC)
