"""What the page of workload reads: work done, credited, weighed and costed, and what comes in by the hour."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.identity import require
from dashboard.insight import Scope
from dashboard.reads import ask
from dashboard.shop import open_shop
from oms_core.access.permissions import Permission
from oms_core.orders.touches import count_touches
from oms_core.orders.workforce import list_workers
from oms_core.steering.hourly_costs import HourlyCostView, list_hourly_costs
from oms_core.steering.targets import list_team_members
from pipelines.workload.credit import by_person, credited, handling_costs, shift_hours
from pipelines.workload.effort import size_of
from pipelines.workload.learning import TABLE
from pipelines.workload.peaks import PeakHour, PeakWeek, find_peaks, weekly_capacity, weigh_intake

_MINUTES = 600
_STAYS = ("order_id", "visit", "number", "manager", "status_group", "left_day", "left_at")
_DAY = timedelta(days=1)


def is_learnt() -> bool:
    """Tell whether it is known yet how long work takes."""
    return open_shop().store.exists(TABLE)


def work_done(scope: Scope) -> pl.DataFrame:
    """Every stage finished in the period, of all channels: people's hours are not split by channel."""
    require(Permission.ANALYTICS_VIEW)
    return _finished(scope).filter(pl.col("left_day").is_between(scope.date_from, scope.date_to, closed="left"))


def people_done(scope: Scope) -> pl.DataFrame:
    """What everybody got done in the period, per shift hour."""
    require(Permission.ANALYTICS_VIEW)
    return _people_done(scope)


def peak_week(scope: Scope) -> PeakWeek:
    """The orders of the period by hour of the week, against the minutes people have in the coming seven days."""
    require(Permission.ANALYTICS_VIEW)
    return _peak_week(scope, datetime.now(UTC).date() + _DAY)


def orders_of_hour(scope: Scope, hour: PeakHour) -> pl.DataFrame:
    """The orders of the period that came in at this hour of the week, the latest first."""
    require(Permission.ANALYTICS_VIEW)
    local = pl.col("placed_at").dt.convert_time_zone(_zone(scope))
    is_then = (local.dt.weekday() == hour.weekday + 1) & (local.dt.hour() == hour.hour)
    within = local.dt.date().is_between(scope.date_from, scope.date_to, closed="left")
    placed = open_shop().store.scan("order_facts").filter("is_counted", is_then, within)
    return placed.sort("placed_at", "number", descending=True).collect()


def costs_kept() -> list[HourlyCostView]:
    """What an hour costs, as it is kept."""
    return ask(list_hourly_costs)


def costs_of_orders(scope: Scope, kept: list[HourlyCostView]) -> tuple[pl.DataFrame, float]:
    """What handling the period's work cost, by order; and the minutes without a cost."""
    teams = {login: team for team, logins in ask(list_team_members).items() for login in logins}
    return handling_costs(work_done(scope), teams, kept)


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _finished(scope: Scope) -> pl.DataFrame:
    """All ended stays of the orders that finished a stage in the period."""
    store = open_shop().store
    stays = store.scan("status_intervals").filter("is_counted").select(_STAYS)
    within = pl.col("left_day").is_between(scope.date_from, scope.date_to, closed="left")
    found = stays.join(stays.filter(within).select("order_id").unique(), on="order_id", how="semi").collect()
    orders = store.scan("order_facts").select("order_id", "type", "lines", "is_open")
    facts = orders.join(found.lazy().select("order_id").unique(), on="order_id", how="semi").collect()
    weighed = credited(found, facts, store.frame(TABLE))
    return weighed.join(facts.select("order_id", "is_open"), on="order_id", how="left")


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _people_done(scope: Scope) -> pl.DataFrame:
    since, until = (datetime.combine(day, time.min, tzinfo=UTC) for day in (scope.date_from, scope.date_to))
    hours = shift_hours(ask(list_workers, now=since), first_day=scope.date_from, after_day=scope.date_to)
    return by_person(work_done(scope), hours, ask(count_touches, since=since, until=until))


@st.cache_resource(ttl=_MINUTES, max_entries=8, show_spinner=False)
def _peak_week(scope: Scope, first_day: date) -> PeakWeek:
    zone = _zone(scope)
    done = _finished(scope).filter(~pl.col("is_open"))
    handled = done.group_by("order_id", "order_type", "size").agg(pl.col("minutes").sum())
    near = pl.col("placed_day").is_between(scope.date_from - _DAY, scope.date_to + _DAY)
    placed = open_shop().store.scan("order_facts").filter("is_counted", near)
    orders = placed.select("placed_at", order_type="type", size=size_of(pl.col("lines"))).collect()
    capacity = weekly_capacity(ask(list_workers, now=datetime.now(UTC)), zone=zone, first_day=first_day)
    intake = weigh_intake(orders, handled)
    return find_peaks(intake, capacity, zone=zone, first_day=scope.date_from, after_day=scope.date_to)


def _zone(scope: Scope) -> str:
    channel = reads.channel_named(scope.channel)
    return channel.time_zone if channel else "UTC"
