"""What the page of cancellations reads beside metrics: two equally long periods held apart, and customers lost."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.identity import require
from dashboard.insight import Scope, channel_days
from dashboard.looking_back import seen_store
from oms_core.access.permissions import Permission
from pipelines.cohorts import Difference, mean_difference, rate_difference
from pipelines.kpi import Question
from pipelines.kpi.question import rows_behind
from pipelines.metrics import METRICS, Unit
from pipelines.metrics.cancelling import EARLY_DAYS

_MINUTES = 600


@dataclass(frozen=True)
class Measure:
    """Something done on a ``day``, looked at so many ``days`` before and after, in all orders or in a part of them."""

    day: date
    days: int
    cut: str = ""
    part: str | None = None

    @property
    def filters(self) -> dict[str, Any]:
        """The part as a metric is asked for it."""
        return {self.cut: self.part} if self.cut else {}

    def sides(self, scope: Scope) -> tuple[Scope, Scope]:
        """The equally long periods before the day and from it on."""
        span = timedelta(days=self.days)
        before = replace(scope, date_from=self.day - span, date_to=self.day)
        return before, replace(scope, date_from=self.day, date_to=self.day + span)


def judged_until(scope: Scope) -> date:
    """The day from which on orders are too young to be held against older ones."""
    return min(_read_day() - timedelta(days=EARLY_DAYS), channel_days(scope.version)[scope.channel] + timedelta(days=1))


@st.cache_resource(ttl=_MINUTES, max_entries=64, show_spinner=False)
def difference(scope: Scope, code: str, measure: Measure, *, of_rest: bool) -> Difference | None:
    """Difference between the periods of a measure, per order; of all other orders instead where asked for."""
    sides = [side_rows(side, code, measure, of_rest=of_rest) for side in measure.sides(scope)]
    if METRICS[code].unit is Unit.SHARE:
        first, second = ((int(rows["numerator"].sum()), rows.height) for rows in sides)
        return rate_difference(first, second)
    first_lost, second_lost = (rows["numerator"].cast(pl.Float64).to_list() for rows in sides)
    return mean_difference(first_lost, second_lost)


@st.cache_resource(ttl=_MINUTES, max_entries=64, show_spinner=False)
def side_rows(side: Scope, code: str, measure: Measure, *, of_rest: bool) -> pl.DataFrame:
    """The orders of one period with what each counts for, the most first: the rows of the metric put together."""
    store = seen_store()
    chosen = rows_behind(store, Question.asked(code, filters=measure.filters, **side.asked))
    rows = chosen
    if of_rest:
        rows = rows_behind(store, Question.asked(code, **side.asked)).join(chosen, on="order_id", how="anti")
    summed = rows.group_by("order_id", "number", "placed_day", "manager").agg(pl.col("numerator").sum())
    return summed.sort("numerator", "order_id", descending=[True, False]).collect()


def lost_customers(scope: Scope) -> pl.DataFrame:
    """The rows of the metric repeat_customers_lost with who they are, those worth the most first."""
    require(Permission.ANALYTICS_VIEW)
    return _lost_customers(scope)


@st.cache_resource(ttl=_MINUTES, max_entries=16, show_spinner=False)
def _lost_customers(scope: Scope) -> pl.DataFrame:
    rows = rows_behind(seen_store(), Question.asked("repeat_customers_lost", lens="flow", **scope.asked))
    listed = rows.select("customer_id", "number", "cancelled_day", "derived_cause", "orders_before", "value_before")
    return listed.sort("value_before", "customer_id", descending=[True, False]).collect()


def _read_day() -> date:
    watermark = seen_store().watermark()
    return watermark.read_at.date() if watermark else datetime.now(UTC).date()
