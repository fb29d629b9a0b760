"""Limits: which orders one would have touched. What their customers would have done is on nobody's record. Pure."""

import polars as pl

from oms_core.errors import Invalid
from pipelines.replay.changes import Changes
from pipelines.replay.record import Record

_UNPAID = "payment_never_came"
_HOUR = 3_600
COLUMNS = {
    "limit": pl.String, "hours": pl.Int64, "touched": pl.Int64, "delivered": pl.Int64, "cancelled": pl.Int64,
    "freed_days": pl.Float64,
}  # fmt: skip


def require_known_limits(record: Record, changes: Changes) -> None:
    """Raise ``Invalid`` where nobody of the period waited unpaid, or nobody as long as is asked."""
    if changes.payment_hours is None:
        return
    waited = _unpaid(record.orders)["hours"]
    if waited.is_empty():
        raise Invalid("No order of the period was cancelled unpaid.", code="replay_no_unpaid")
    if changes.payment_hours >= (longest := float(waited.max() or 0)):  # type: ignore[arg-type]
        raise Invalid(
            "Nobody was waited for so long: what a longer limit would do is not on record.",
            code="replay_beyond_record", rows=[{"field": "payment_hours", "value": round(longest)}],
        )  # fmt: skip


def touched_orders(orders: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """List the orders a limit touches: order_id, limit, hours (the limit's), is_cancelled, freed_hours.

    ``orders`` are those of the period with ``picked_after``, when picking begins in the replay. A kept reservation
    is touched when it lasts beyond the limit until picking or cancellation; ``freed_hours`` are those by which goods
    of an order cancelled anyway come free sooner.
    """
    pieces = []
    if changes.hold_hours is not None:
        held = _held(orders).filter(pl.col("hours") > changes.hold_hours)
        pieces.append(_touched(held, "hold", changes.hold_hours))
    if changes.payment_hours is not None:
        unpaid = _unpaid(orders).filter(pl.col("hours") > changes.payment_hours)
        pieces.append(_touched(unpaid, "payment", changes.payment_hours))
    kinds = {"order_id": pl.Int64, "limit": pl.String, "hours": pl.Int64, "is_cancelled": pl.Boolean,
             "freed_hours": pl.Float64}  # fmt: skip
    return pl.concat(pieces) if pieces else pl.DataFrame(schema=kinds)


def sum_limits(touched: pl.DataFrame) -> pl.DataFrame:
    """Sum up by limit: how many orders it touches, sent in fact and cancelled anyway, and days of keeping freed."""
    return touched.group_by("limit", "hours", maintain_order=True).agg(
        touched=pl.len().cast(pl.Int64),
        delivered=(~pl.col("is_cancelled")).sum().cast(pl.Int64),
        cancelled=pl.col("is_cancelled").sum().cast(pl.Int64),
        freed_days=pl.col("freed_hours").sum() / 24,
    ).select(*COLUMNS)  # fmt: skip


def _held(orders: pl.DataFrame) -> pl.DataFrame:
    until = pl.coalesce("picked_after", pl.when("is_cancelled").then("closed_at"))
    return orders.with_columns(hours=_hours(until)).filter(pl.col("hours").is_not_null())


def _unpaid(orders: pl.DataFrame) -> pl.DataFrame:
    unpaid = orders.filter("in_period", "is_cancelled", pl.col("derived_cause") == _UNPAID)
    return unpaid.with_columns(hours=_hours(pl.col("closed_at"))).filter(pl.col("hours").is_not_null())


def _touched(found: pl.DataFrame, limit: str, hours: int) -> pl.DataFrame:
    freed = pl.when("is_cancelled").then(pl.col("hours") - hours).otherwise(0.0)
    return found.select(
        "order_id", "is_cancelled", limit=pl.lit(limit), hours=pl.lit(hours, dtype=pl.Int64), freed_hours=freed
    ).select("order_id", "limit", "hours", "is_cancelled", "freed_hours")


def _hours(until: pl.Expr) -> pl.Expr:
    return (until - pl.col("placed_at")).dt.total_seconds() / _HOUR
