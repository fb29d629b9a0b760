"""Figures before and after: stage times, promises kept, splits, load, with how sure each change is. Pure."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.replay.changes import STAGES
from pipelines.replay.hours import Ints
from pipelines.replay.record import NEVER
from pipelines.replay.resampling import UNKNOWN, Days, Interval
from pipelines.replay.stations import Stations

WHOLE = ""
"""In place of a stage: the whole order, from its placing to its delivery."""
_HOUR = 3_600
_WHEN = ("before", "after")
_SCHEMA = {"stage": pl.String, "figure": pl.String, "n": pl.Int64, "before": pl.Float64, "after": pl.Float64,
           "low": pl.Float64, "high": pl.Float64}  # fmt: skip
Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


def tell_figures(stays: pl.DataFrame, orders: pl.DataFrame, stations: tuple[Stations, Stations]) -> pl.DataFrame:
    """Compare: stage, figure, n, before, after, and between which its change lies in nine of ten draws of days.

    Figures of a stage, or of the whole order: median and p90 (nearest rank) in hours; on_time (of the promises due
    in both), split (sent from more than one warehouse) and load (work against open time) as shares; queue is the
    mean wait for a turn in the stage's hours.
    """
    days = Days(orders["placed_day"].cast(pl.Int64).to_numpy())
    placed = orders.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    told = [*_stage_times(stays, placed, days), *_shares(placed, days), *_loads(stays, stations)]
    return pl.DataFrame(told, schema=_SCHEMA, orient="row")


def _stage_times(stays: pl.DataFrame, placed: pl.DataFrame, days: Days) -> list[Row]:
    ended = stays.filter(pl.col("left_before") < NEVER).join(placed.select("order_id", "place"), on="order_id")
    told: list[Row] = []
    for stage in STAGES:
        here = ended.filter(pl.col("stage") == stage)
        hours = [(here[f"left_{when}"] - here[f"entered_{when}"]).to_numpy() / _HOUR for when in _WHEN]
        told += _times(stage, hours, here["place"].to_numpy(), days)
    done = placed.filter(pl.col("delivered_after").is_not_null())
    ends = ("delivered_at", "delivered_after")
    hours = [(done[end] - done["placed_at"]).dt.total_seconds().to_numpy() / _HOUR for end in ends]
    return told + _times(WHOLE, hours, done["place"].to_numpy(), days)


def _times(stage: str, hours: list[Floats], rows: Ints, days: Days) -> list[Row]:
    before, after = hours
    if not len(before):
        return []
    rank = (90 * len(before) + 99) // 100 - 1
    ninetieth = [float(np.sort(one)[rank]) for one in hours]
    medians = [float(np.median(one)) for one in hours]
    return [
        _row(stage, "median", len(before), medians, days.of_quantile(before, after, 0.5, rows)),
        _row(stage, "p90", len(before), ninetieth, days.of_quantile(before, after, 0.9, rows)),
    ]


def _shares(placed: pl.DataFrame, days: Days) -> list[Row]:
    parted = placed.select("place", before=pl.col("places_before") > 1, after=pl.col("places") > 1)
    due = placed.filter("is_due").select("place", before="kept_before", after="kept_after")
    told = []
    for figure, rows in (("on_time", due), ("split", parted)):
        if rows.height:
            before, after = (rows[when].cast(pl.Float64).to_numpy() for when in _WHEN)
            interval = days.of_share(before, after, rows["place"].to_numpy())
            told.append(_row(WHOLE, figure, rows.height, [float(before.mean()), float(after.mean())], interval))
    return told


def _loads(stays: pl.DataFrame, stations: tuple[Stations, Stations]) -> list[Row]:
    told = []
    for stage in stations[0].queues():
        here = stays.filter(pl.col("stage") == stage, pl.col("left_before") < NEVER)
        if here.height:
            loads = [_load(here, of, stage, when) for of, when in zip(stations, _WHEN, strict=True)]
            waits = [float(here[f"waited_{when}"].to_numpy().mean()) / _HOUR for when in _WHEN]
            told.append(_row(stage, "load", here.height, loads, UNKNOWN))
            told.append(_row(stage, "queue", here.height, waits, UNKNOWN))
    return told


def _load(here: pl.DataFrame, stations: Stations, stage: str, when: str) -> float:
    """Work of the stays against the open time of their stations, from the first that came to the last that left."""
    edges = np.array([here["entered_before"].min(), here["left_before"].max()], dtype=np.int64)
    work = time = 0.0
    for name, count in here.group_by(f"station_{when}").len().iter_rows():
        station = stations.known[stage, name]
        opened = station.clock.worked(edges)
        work, time = work + station.work * count, time + float(opened[1] - opened[0])
    return work / time if time else 0.0


def _row(stage: str, figure: str, n: int, both: list[float], interval: Interval) -> Row:
    before, after = both
    return {"stage": stage, "figure": figure, "n": n, "before": before, "after": after, **interval._asdict()}
