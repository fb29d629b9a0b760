"""What a replay tells: the orders and stays of the period before and after, and the figures over them. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.marts.business_days import calendar_day
from pipelines.replay.changes import Changes
from pipelines.replay.course import Course
from pipelines.replay.figures import tell_figures
from pipelines.replay.limits import sum_limits, touched_orders
from pipelines.replay.record import NEVER, Record, Stays
from pipelines.replay.routing import places_of
from pipelines.replay.stations import Stations

_HOUR = 3_600


@dataclass(frozen=True)
class Worlds:
    """The stays, with stations, course and whose station each stay is at, as it was and as it would have been."""

    stays: Stays
    stations: tuple[Stations, Stations]
    courses: tuple[Course, ...]
    at: tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]]


@dataclass(frozen=True)
class Outcome:
    """Frames of what a replay tells.

    ``figures`` has a row per stage ("" is the whole order) and figure (median, p90 in hours; on_time, split, load as
    shares; queue as hours waited for a turn): before, after, and the interval of the change. ``orders`` lists those
    of the period with what changes for each, ``stays`` every stay with its instants before and after, ``limits``
    what each limit touches, ``explained`` how much of a stage's stays its queue explains.
    """

    figures: pl.DataFrame
    orders: pl.DataFrame
    stays: pl.DataFrame
    limits: pl.DataFrame
    explained: dict[str, float]
    queues: list[str]


def tell_outcome(record: Record, worlds: Worlds, chosen: pl.DataFrame, changes: Changes) -> Outcome:
    """Compare the two courses over the orders of the period that count."""
    stays = _stays(record, worlds)
    orders = _orders(record, stays, chosen, changes)
    touched = touched_orders(orders, changes)
    figures = tell_figures(stays, orders, worlds.stations)
    listed = orders.join(touched.select("order_id", "limit").unique("order_id"), on="order_id", how="left")
    return Outcome(
        figures, listed, stays, sum_limits(touched),
        dict(worlds.stations[0].explained), worlds.stations[0].queues(),
    )  # fmt: skip


def _stays(record: Record, worlds: Worlds) -> pl.DataFrame:
    """Stays of the period's orders that count, with instants and queue before and after."""
    stays, (before, after) = worlds.stays, worlds.courses
    frame = pl.DataFrame({
        "row": stays.row, "stage": stays.stage, "entered_before": stays.entered, "left_before": stays.left,
        "entered_after": after.entered, "left_after": after.left, "replayed_before": before.left,
        "waited_before": before.waited, "waited_after": after.waited, "station_before": worlds.at[0],
        "station_after": worlds.at[1],
    })  # fmt: skip
    orders = record.orders.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    marked = orders.select("row", "order_id", "in_period", "is_counted")
    return frame.join(marked, on="row", maintain_order="left").filter("in_period", "is_counted")


def _orders(record: Record, stays: pl.DataFrame, chosen: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    closed = pl.col("left_before") < NEVER
    ends = stays.group_by("order_id").agg(
        shift=(pl.col("left_after") - pl.col("left_before")).filter(closed).last(),
        picked_after=pl.col("entered_after").filter(pl.col("stage") == "pick").min(),
    ).with_columns(picked_after=pl.from_epoch("picked_after", time_unit="s").dt.replace_time_zone("UTC"))  # fmt: skip
    later = pl.duration(seconds=pl.col("shift").fill_null(0))
    zone = [record.time_zone]
    orders = (
        record.orders.filter("in_period", "is_counted")
        .join(ends, on="order_id", how="left", maintain_order="left")
        .join(chosen.rename({"warehouse": "warehouse_after"}), on="order_id", how="left", maintain_order="left")
        .with_columns(
            time_zone=pl.lit(record.time_zone),
            delivered_after=pl.when("is_delivered").then(pl.col("delivered_at") + later),
            promised_after=pl.col("first_promised_day").dt.offset_by(f"{changes.promise_days}d"),
        )
        .with_columns(
            delivered_day=calendar_day("delivered_at", zone), delivered_day_after=calendar_day("delivered_after", zone)
        )
    )
    recorded = places_of(record).rename({"places": "places_before"})
    last_due = pl.max_horizontal("first_promised_day", "promised_after")
    return orders.join(recorded, on="order_id", how="left", maintain_order="left").with_columns(
        pl.col("places_before").fill_null(1),
        is_due=~pl.col("is_cancelled") & (last_due < record.as_of_day).fill_null(value=False),
        kept_before=_kept("delivered_day", "first_promised_day"),
        kept_after=_kept("delivered_day_after", "promised_after"),
        hours_change=(pl.col("delivered_after") - pl.col("delivered_at")).dt.total_seconds() / _HOUR,
    )  # fmt: skip


def _kept(delivered: str, promised: str) -> pl.Expr:
    return (pl.col("is_delivered_in_full") & (pl.col(delivered) <= pl.col(promised))).fill_null(value=False)
