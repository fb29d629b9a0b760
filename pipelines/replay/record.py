"""What was: the orders of a period with their stays, lines and stock, read from the marts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from oms_core.errors import Invalid
from pipelines.replay.changes import DESK, FLOOR
from pipelines.replay.hours import Ints
from pipelines.store import Store

Flags = npt.NDArray[np.bool_]
NEVER = 2**60
LEAD_IN_DAYS = 28
"""Orders placed so long before the period live along, so that it begins with the queues it began with."""
_ORDER = (
    "order_id", "number", "placed_day", "placed_at", "warehouse", "region", "is_counted", "is_cancelled",
    "is_delivered", "is_delivered_in_full", "delivered_at", "closed_at", "first_promised_day", "derived_cause",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """Frames of a channel: ``orders`` (``in_period`` marks those asked for), their ``stays`` and ``lines``, ``stock``.

    ``as_of_day`` is the day of the newest facts, by the clock of ``time_zone``.
    """

    orders: pl.DataFrame
    stays: pl.DataFrame
    lines: pl.DataFrame
    stock: pl.DataFrame
    time_zone: str
    as_of_day: date


@dataclass(frozen=True)
class Stays:
    """Stays as columns, by order and visit; instants in seconds since 1970, ``left`` NEVER while one goes on."""

    row: Ints
    """Place of the order among the orders of the record."""
    stage: npt.NDArray[np.str_]
    station: npt.NDArray[np.str_]
    entered: Ints
    left: Ints
    before: Ints
    """Place of the stay before it; −1 of an order's first."""
    was_cut_short: Flags
    order_ends: Ints
    """When the order was cancelled; NEVER of others."""


def read_record(store: Store, *, channel: str, date_from: date, date_to: date) -> Record:
    """Read the orders placed in ``[date_from, date_to)`` with a lead-in; raises ``Invalid`` where there are none."""
    placed = (pl.col("channel") == channel) & pl.col("placed_day").is_between(
        date_from - timedelta(days=LEAD_IN_DAYS), date_to, closed="left"
    )
    in_period = pl.col("placed_day") >= date_from
    orders = store.frame("order_facts").lazy().filter(placed).select(*_ORDER, in_period=in_period).sort("order_id")
    found = orders.collect()
    if not found["in_period"].any():
        raise Invalid("No order was placed in the period.", code="replay_empty")
    days = pl.col("day").is_between(date_from - timedelta(days=LEAD_IN_DAYS + 1), date_to, closed="left")
    zone, watermark = _time_zone(store, channel), store.watermark()
    as_of = watermark.read_at if watermark else datetime.now(UTC)
    return Record(
        found,
        store.frame("status_intervals").lazy().filter(placed).sort("order_id", "visit").collect(),
        store.frame("order_lines").lazy().filter(placed).select(
            "order_id", "position", "product_id", "warehouse", "quantity", "is_direct"
        ).sort("order_id", "position").collect(),
        store.frame("daily_stock").lazy().filter(days).select("warehouse", "product_id", "day", "available").collect(),
        zone, as_of.astimezone(ZoneInfo(zone)).date(),
    )  # fmt: skip


def _time_zone(store: Store, channel: str) -> str:
    told = store.frame("dimensions").filter(pl.col("kind") == "channel", pl.col("code") == channel)["facts"].to_list()
    return str(told[0]).split("|")[0] if told else "UTC"


def stays_of(record: Record) -> Stays:
    """Lay the stays out as columns."""
    orders = record.orders.select("order_id", "is_cancelled").with_row_index("row")
    frame = record.stays.join(orders, on="order_id", how="inner", maintain_order="left").with_columns(
        is_last=pl.col("visit") == pl.col("visit").max().over("order_id"),
        is_first=pl.int_range(pl.len()).over("order_id") == 0,
        left=pl.col("left_at").dt.epoch("s").fill_null(NEVER),
        station=pl.when(pl.col("status_group").is_in(DESK)).then("manager")
        .when(pl.col("status_group").is_in(FLOOR)).then("warehouse")
        .when(pl.col("status_group") == "deliver").then("carrier").fill_null(""),
    )  # fmt: skip
    ends = pl.when("is_cancelled").then(pl.col("left").max().over("order_id")).otherwise(NEVER)
    frame = frame.with_columns(order_ends=ends, was_cut_short=pl.col("is_last") & pl.col("is_cancelled"))
    place = np.arange(frame.height, dtype=np.int64)
    return Stays(
        frame["row"].cast(pl.Int64).to_numpy(), frame["status_group"].to_numpy().astype(str),
        frame["station"].to_numpy().astype(str), frame["entered_at"].dt.epoch("s").to_numpy(),
        frame["left"].to_numpy(), np.where(frame["is_first"].to_numpy(), -1, place - 1),
        frame["was_cut_short"].to_numpy(), frame["order_ends"].to_numpy(),
    )  # fmt: skip
