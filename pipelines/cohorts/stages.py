"""Time in stages from the visits behind it, and how far the orders of each channel have come."""

from datetime import date
from typing import Unpack

import polars as pl

from pipelines.kpi import Asked, Question
from pipelines.kpi.question import rows_behind
from pipelines.metrics import Lens
from pipelines.store import Store

_HOUR = 3600
_ENDS = ("done", "cancelled")


def stage_visits(store: Store, **asked: Unpack[Asked]) -> pl.LazyFrame:
    """List the visits to stages that a lens shows: ``wall`` and ``business`` hours, and whether it was a re-entry.

    Cohort and flow are the finished visits behind the metric stage_time; now are those that go on, whenever they
    began, with their wall hours so far.
    """
    if asked.get("lens") == Lens.NOW:
        return _standing(store, asked.get("channel"))
    rows = rows_behind(store, Question.asked("stage_time", **asked))
    return rows.select(
        "number", "order_id", "visit", "status_group", "manager", "is_reentry", "entered_at", "left_at",
        wall=pl.col("numerator") / _HOUR, business=pl.col("denominator") / _HOUR,
    )  # fmt: skip


def _standing(store: Store, channel: str | None) -> pl.LazyFrame:
    watermark = store.watermark()
    rows = store.frame("status_intervals").lazy().filter("is_counted", "is_open")
    if channel:
        rows = rows.filter(pl.col("channel") == channel)
    lasted = pl.lit(watermark.read_at if watermark else None) - pl.col("entered_at")
    return rows.filter(~pl.col("status_group").is_in(_ENDS)).select(
        "number", "order_id", "visit", "status_group", "manager", "is_reentry", "entered_at", "left_at",
        wall=lasted.dt.total_seconds() / _HOUR, business=pl.lit(None, dtype=pl.Float64),
    )  # fmt: skip


def stage_figures(visits: pl.DataFrame, length: str = "wall") -> pl.DataFrame:
    """Sum up visits by stage: n, orders, reentries, and median, p75, p90, mean of their hours.

    ``length`` is ``wall`` or ``business``; percentiles are nearest ranks of what is known of it, null where nothing is.
    """
    hours = pl.col(length).drop_nulls()

    def rank(percent: int) -> pl.Expr:
        return hours.sort().get((percent * hours.len() + 99) // 100 - 1, null_on_oob=True)

    return visits.group_by("status_group").agg(
        n=pl.len(),
        orders=pl.col("order_id").n_unique(),
        reentries=pl.col("is_reentry").sum(),
        median=hours.median(),
        p75=rank(75),
        p90=rank(90),
        mean=hours.mean(),
    )


def order_funnel(orders: pl.LazyFrame, *, date_from: date, date_to: date) -> pl.LazyFrame:
    """Count the orders placed in the period by channel: received, shipped, delivered, cancelled, open, returned.

    ``orders`` are rows of the mart order_facts. Delivered, cancelled and open ones are all that were received.
    """
    return (
        order_funnel_rows(orders, date_from=date_from, date_to=date_to)
        .group_by("channel")
        .agg(
            received=pl.len(),
            shipped=pl.col("shipped_at").is_not_null().sum(),
            delivered=pl.col("is_delivered").sum(),
            cancelled=pl.col("is_cancelled").sum(),
            open=pl.col("is_open").sum(),
            returned=(pl.col("units_returned") > 0).sum(),
        )
        .sort("received", descending=True)
    )


def order_funnel_rows(orders: pl.LazyFrame, *, date_from: date, date_to: date) -> pl.LazyFrame:
    """List the orders that ``order_funnel`` counts."""
    return orders.filter("is_counted", pl.col("placed_day") >= date_from, pl.col("placed_day") < date_to)
