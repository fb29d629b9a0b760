"""Time in stages from the visits behind it, and how far the orders of each channel have come."""

from datetime import date

import polars as pl


def stage_figures(visits: pl.DataFrame) -> pl.DataFrame:
    """Sum up visits by stage: status_group, order_id, hours (wall) and denominator (business seconds).

    Percentiles are nearest ranks. ``reentries`` are visits beyond an order's first to the stage.
    """

    def rank(percent: int) -> pl.Expr:
        return pl.col("hours").sort().get((percent * pl.len() + 99) // 100 - 1)

    return visits.group_by("status_group").agg(
        n=pl.len(),
        orders=pl.col("order_id").n_unique(),
        reentries=pl.len() - pl.col("order_id").n_unique(),
        median=pl.col("hours").median(),
        p75=rank(75),
        p90=rank(90),
        mean=pl.col("hours").mean(),
        business=pl.col("denominator").median() / 3600,
    )


def order_funnel(orders: pl.LazyFrame, *, date_from: date, date_to: date) -> pl.LazyFrame:
    """Count the orders placed in the period by channel: received, shipped, delivered, cancelled, open, returned.

    ``orders`` are rows of the mart order_facts. Delivered, cancelled and open ones are all that were received.
    """
    counted = orders.filter("is_counted", pl.col("placed_day") >= date_from, pl.col("placed_day") < date_to)
    return (
        counted.group_by("channel")
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
