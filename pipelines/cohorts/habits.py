"""How each customer buys: the class of recency and frequency, their own rhythm, and whether we have lost them."""

from datetime import datetime

import polars as pl

from oms_core.customers.rfm import FREQUENT_ORDERS, RECENT_DAYS, WINDOW_DAYS, Rfm

_FEWEST_ORDERS = 3  # two gaps at least: one says nothing about a rhythm
_RHYTHM = 0.95


def judge_customers(orders: pl.LazyFrame, *, now: datetime) -> pl.LazyFrame:
    """Judge every customer by their orders up to ``now``: customer_id, placed_at, gross.

    ``class`` is that of `oms_core.customers.rfm`, by the same fixed limits as a saved segment. ``rhythm_days`` is the
    95th percentile (nearest rank) of the days between their orders, unknown below three orders; ``is_lost`` says that
    they have been silent for longer. ``year_value`` is what they ordered in the year that ended with their last
    order: what is at risk.
    """
    known = orders.filter(pl.col("placed_at") <= now).sort("customer_id", "placed_at")
    gaps = pl.col("placed_at").diff().dt.total_seconds().drop_nulls() / 86_400
    year = pl.duration(days=WINDOW_DAYS)
    figures = known.group_by("customer_id").agg(
        orders=pl.len(),
        first_order_at=pl.col("placed_at").min(),
        last_order_at=pl.col("placed_at").max(),
        value=pl.col("gross").sum(),
        year_orders=(pl.col("placed_at") >= pl.lit(now) - year).sum(),
        year_value=pl.col("gross").filter(pl.col("placed_at") > pl.col("placed_at").max() - year).sum(),
        rhythm_days=gaps.sort().get(((gaps.len() * _RHYTHM).ceil().cast(pl.Int64) - 1).clip(0), null_on_oob=True),
    )
    silent = (pl.lit(now) - pl.col("last_order_at")).dt.total_seconds() / 86_400
    return (
        figures.with_columns(
            silent_days=silent,
            rhythm_days=pl.when(pl.col("orders") >= _FEWEST_ORDERS).then("rhythm_days"),
            recency=5 - pl.sum_horizontal([silent > days for days in RECENT_DAYS]).cast(pl.Int64),
            frequency=1 + pl.sum_horizontal([pl.col("year_orders") >= least for least in FREQUENT_ORDERS]),
        )
        .with_columns(is_lost=(pl.col("silent_days") > pl.col("rhythm_days")).fill_null(value=False))
        .join(_classes().lazy(), on=["recency", "frequency"], how="left")
        .drop("recency", "frequency")
        .sort("year_value", "customer_id", descending=[True, False])
    )


def _classes() -> pl.DataFrame:
    """The class of every pair of digits, as the customers' room names it."""
    digits = [(recency, frequency) for recency in range(1, 6) for frequency in range(1, 6)]
    rows = [(recency, frequency, Rfm(recency, frequency, 1).name) for recency, frequency in digits]
    return pl.DataFrame(
        rows, schema={"recency": pl.Int64, "frequency": pl.Int64, "class": pl.String}, orient="row"
    ).with_columns(pl.col("frequency").cast(pl.UInt32))
