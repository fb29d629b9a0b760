"""Mart daily_stock: one row per warehouse, product and day from the first move on."""

from datetime import date, timedelta

import polars as pl

from pipelines.marts.business_days import month_of
from pipelines.marts.mart import QUANTITY, Mart, Schema

GRAIN = ("warehouse", "product_id", "day")
SCHEMA: Schema = {
    "warehouse": pl.String, "product_id": pl.Int64, "sku": pl.String, "category": pl.String, "day": pl.Date,
    "month": pl.String, "on_hand": QUANTITY, "outstanding": QUANTITY, "available": QUANTITY, "received": QUANTITY,
    "shipped": QUANTITY, "returned": QUANTITY, "adjusted": QUANTITY, "stocked_out": pl.Boolean,
}  # fmt: skip
IDENTITIES = {
    "available = on hand − outstanding, not below 0": pl.col("available")
    == pl.max_horizontal(pl.col("on_hand") - pl.col("outstanding"), pl.lit(0).cast(QUANTITY)),
    "stocked out = nothing available": pl.col("stocked_out") == (pl.col("available") <= 0),
}
MART = Mart("daily_stock", "day", GRAIN, SCHEMA, IDENTITIES)
_PAIR = ("warehouse", "product_id")
_FLOWS = ("received", "shipped", "returned", "adjusted")


def build(flows: pl.DataFrame, products: pl.DataFrame, *, since: date | None = None) -> pl.LazyFrame:
    """Build the rows from ``since`` (or the first move) to the newest day of any flow.

    ``on_hand``, ``outstanding`` and ``available`` are as at the end of the day. ``outstanding`` is what orders of
    that warehouse still want; ``available`` is what a new order could have had. A move entered with an earlier date
    than the receipt it took from leaves ``on_hand`` below zero on the days between.
    """
    days: list[date] = flows["day"].drop_nulls().unique().sort().to_list()
    if not days:
        return MART.shaped(pl.LazyFrame(schema=pl.Schema(SCHEMA)))
    opening, until = (since or days[0]) - timedelta(days=1), days[-1]
    dated = flows.lazy().with_columns(pl.col("day").fill_null(opening)).sort(*_PAIR, "day")
    levels = dated.select(
        *_PAIR, "day", on_hand=_level(pl.col("received") - pl.col("shipped") + pl.col("returned") + pl.col("adjusted")),
        outstanding=_level(pl.col("outstanding")),
    )  # fmt: skip
    frame = (
        _dense_days(dated, since=since, until=until)
        .join_asof(levels, on="day", by=list(_PAIR), strategy="backward", check_sortedness=False)
        .join(dated.select(*_PAIR, "day", *_FLOWS), on=[*_PAIR, "day"], how="left")
        .with_columns(pl.col(*_FLOWS).fill_null(0))
        .with_columns(available=pl.max_horizontal(pl.col("on_hand") - pl.col("outstanding"), pl.lit(0).cast(QUANTITY)))
        .with_columns(stocked_out=pl.col("available") <= 0, month=month_of("day"))
        .join(products.lazy(), on="product_id", how="left")
    )
    return MART.shaped(frame)


def _level(change: pl.Expr) -> pl.Expr:
    return change.cum_sum().over(_PAIR).cast(QUANTITY)


def _dense_days(dated: pl.LazyFrame, *, since: date | None, until: date) -> pl.LazyFrame:
    first_move = dated.filter(pl.col("moves") > 0).group_by(_PAIR).agg(first=pl.col("day").min())
    start = pl.col("first") if since is None else pl.max_horizontal("first", pl.lit(since))
    return (
        first_move.with_columns(day=pl.date_ranges(start, pl.lit(until)))
        .explode("day")
        .filter(pl.col("day").is_not_null())
        .drop("first")
        .sort(*_PAIR, "day")
    )
