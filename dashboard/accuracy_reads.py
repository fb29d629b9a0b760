"""What the page of accuracy reads: the trials of the newest forecast, by parts of the assortment."""

from datetime import UTC, date, datetime

import polars as pl
import streamlit as st

from dashboard.buying_reads import series_table
from dashboard.identity import may, require
from dashboard.reads import ask
from dashboard.shop import open_shop
from dashboard.stock_health_reads import health
from forecasting.accuracy import accuracy_by, by_class, why_lost
from oms_core.access.permissions import Permission
from pipelines.changed_orders import read_changes
from pipelines.forecast_runs import read_runs

TABLE = "forecast_trials"


def is_tried() -> bool:
    """Whether the newest forecast says what it would have told in the past."""
    return open_shop().store.exists(TABLE)


def parts(version: str, cut: str) -> pl.DataFrame:
    """Scores by a cut: the kind of demand, the class by value and evenness, the supplier, or the weeks ahead."""
    require(Permission.ANALYTICS_VIEW)
    return _parts(version, cut, knows_terms=may(Permission.PURCHASE_VIEW))


@st.cache_data(ttl=3600, max_entries=16, show_spinner=False)
def _parts(version: str, cut: str, *, knows_terms: bool) -> pl.DataFrame:
    trials = _trials(version)
    if knows_terms:
        trials = trials.join(_terms(version), on="unique_id", how="left")
    scores = accuracy_by(trials, cut)
    return scores.sort(pl.col(cut).cast(pl.Int64)) if cut == "ahead" else scores.sort("series", descending=True)


def _trials(version: str) -> pl.DataFrame:
    ahead = ((pl.col("ds") - pl.col("cutoff")).dt.total_days() // 7).cast(pl.String)
    classed = by_class(open_shop().store.frame(TABLE), series_table(version))
    return classed.with_columns(ahead=ahead, whole=pl.lit("all"))


def series_of(version: str, cut: str, part: str) -> pl.DataFrame:
    """The series of a part that were scored, with their scores (of those weeks ahead alone), the largest first."""
    require(Permission.ANALYTICS_VIEW)
    if cut == "ahead":
        return _of_weeks_ahead(version, part)
    table = scored(version)
    if cut in {"supplier", "class"}:
        table = table.join(_terms(version), on="unique_id", how="left")
    return table.filter(pl.col(cut) == part)


@st.cache_data(ttl=3600, max_entries=24, show_spinner=False)
def _of_weeks_ahead(version: str, weeks: str) -> pl.DataFrame:
    scores = accuracy_by(_trials(version).filter(ahead=weeks), "unique_id").drop("series")
    facts = series_table(version).select("unique_id", "sku", "warehouse", "series_class", "method", "next_weeks")
    return facts.join(scores, on="unique_id", maintain_order="left")


def scored(version: str) -> pl.DataFrame:
    """The series that have scores: demand was known for them after a past cutoff."""
    return series_table(version).filter(pl.col("periods").is_not_null())


def lost(version: str) -> pl.DataFrame:
    """The series that seasonal naive told no worse, with the likeliest reason."""
    require(Permission.ANALYTICS_VIEW)
    return _lost(version)


@st.cache_data(ttl=3600, max_entries=4, show_spinner=False)
def _lost(version: str) -> pl.DataFrame:
    return why_lost(series_table(version), open_shop().store.frame("forecast_history"))


def runs() -> pl.DataFrame:
    """The forecast runs that are remembered, the earliest first: `pipelines.forecast_runs.SCHEMA`."""
    require(Permission.ANALYTICS_VIEW)
    return read_runs(open_shop().store)


def changes() -> pl.DataFrame:
    """The last year's changes of suggested quantities, scored where their interval is over; a minute old at most."""
    require(Permission.PURCHASE_VIEW)
    return _changes(open_shop().store.versions(), _today(), sees_cost=may(Permission.COST_VIEW))


@st.cache_data(ttl=60, max_entries=8, show_spinner=False)
def _changes(version: str, today: date, *, sees_cost: bool) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    return ask(read_changes, store=open_shop().store, today=today)


def _today() -> date:
    return datetime.now(UTC).date()


def told_before(version: str, unique_id: str) -> pl.DataFrame:
    """What would have been told of one series at past cutoffs: cutoff, ds, mean."""
    require(Permission.ANALYTICS_VIEW)
    return _told_before(version, unique_id)


@st.cache_data(ttl=3600, max_entries=200, show_spinner=False)
def _told_before(version: str, unique_id: str) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    if not is_tried():
        return pl.DataFrame(schema={"cutoff": pl.Date, "ds": pl.Date, "mean": pl.Float64})
    rows = open_shop().store.frame(TABLE).filter(unique_id=unique_id, model="served")
    return rows.select("cutoff", "ds", "mean").sort("cutoff", "ds")


def _terms(version: str) -> pl.DataFrame:
    """By whom each product is supplied, and its class."""
    return health(version).select("unique_id", "supplier", pl.concat_str("abc", "xyz").alias("class"))
