"""Stays of a channel's orders in their stages, as the diagnosis looks at them."""

from datetime import datetime, timedelta

import polars as pl

from pipelines.store import Store

_LOOKED_AT = timedelta(days=140)


def read_stays(store: Store, *, channel: str, now: datetime) -> pl.DataFrame:
    """Read what entered a stage in the months before ``now``: status_group, entered_at, left_at, was_cut_short."""
    is_last = pl.col("visit") == pl.col("visit").max().over("order_id")
    return (
        store.frame("status_intervals")
        .lazy()
        .filter(pl.col("channel") == channel, "is_counted", pl.col("entered_at").is_between(now - _LOOKED_AT, now))
        .with_columns(was_cut_short=is_last & (pl.col("order_status_group") == "cancelled"))
        .select("status_group", "entered_at", "left_at", "was_cut_short")
        .collect()
    )
