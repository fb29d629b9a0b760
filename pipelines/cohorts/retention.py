"""Retention: of the customers who first ordered in a month, how many ordered again in each month after."""

from datetime import date

import polars as pl


def retention(orders: pl.LazyFrame, *, channel: str, last_day: date) -> pl.LazyFrame:
    """Count customers by ``cohort`` (first day of the month of their first order, in any channel) and months since.

    ``orders`` are counted ones of all channels: customer_id, channel, placed_at, placed_day. A customer belongs to
    the channel of that first order, and ordering again in any channel is coming back. Columns: cohort, months,
    active, size, share, is_mature (false while the month goes on after ``last_day``). Months without anybody are there
    with zero, up to the month of ``last_day``.
    """
    ours, seen = _cohorts(orders, channel, last_day), _months(orders, last_day)
    active = seen.join(ours, on="customer_id").group_by("cohort", "month").agg(active=pl.len())
    cells = (
        ours.group_by("cohort").agg(size=pl.len())
        .with_columns(month=pl.date_ranges("cohort", pl.lit(last_day.replace(day=1)), "1mo"))
        .explode("month")
    )  # fmt: skip
    years = pl.col("month").dt.year().cast(pl.Int64) - pl.col("cohort").dt.year().cast(pl.Int64)
    months = years * 12 + pl.col("month").dt.month().cast(pl.Int64) - pl.col("cohort").dt.month().cast(pl.Int64)
    return (
        cells.join(active, on=["cohort", "month"], how="left")
        .with_columns(pl.col("active").fill_null(0), months=months)
        .with_columns(
            share=pl.col("active") / pl.col("size"),
            is_mature=pl.col("month").dt.offset_by("1mo") <= pl.lit(last_day).dt.offset_by("1d"),
        )
        .select("cohort", "months", "active", "size", "share", "is_mature")
        .sort("cohort", "months")
    )


def cohort_customers(orders: pl.LazyFrame, *, channel: str, last_day: date, cohort: date, months: int) -> pl.LazyFrame:
    """List the customers that ``retention`` counts as active in a cell: customer_id."""
    seen = _months(orders, last_day).filter(pl.col("month") == pl.lit(cohort).dt.offset_by(f"{months}mo"))
    ours = _cohorts(orders, channel, last_day).filter(pl.col("cohort") == cohort)
    return ours.join(seen, on="customer_id").select("customer_id")


def _cohorts(orders: pl.LazyFrame, channel: str, last_day: date) -> pl.LazyFrame:
    """Each customer of the channel with the month of their first order."""
    in_turn = orders.filter(pl.col("placed_day") <= last_day).sort("placed_at")
    first = in_turn.group_by("customer_id", maintain_order=True).agg(
        pl.col("channel").first(), cohort=pl.col("placed_day").first().dt.truncate("1mo")
    )
    return first.filter(pl.col("channel") == channel).select("customer_id", "cohort")


def _months(orders: pl.LazyFrame, last_day: date) -> pl.LazyFrame:
    """The months in which each customer ordered."""
    known = orders.filter(pl.col("placed_day") <= last_day)
    return known.select("customer_id", month=pl.col("placed_day").dt.truncate("1mo")).unique()
