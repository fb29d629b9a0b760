"""What has happened by the end of the horizon: stages entered, goods shipped, stock promised, lines cancelled."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.cancellations import state_reasons
from pipelines.simulation.clock import NEVER, Ints
from pipelines.simulation.story import Story


@dataclass(frozen=True)
class Outcome:
    """Frames in terms of the story's order and line indices; instants in seconds, all before the end."""

    visits: pl.DataFrame
    """order, moment, status; every status entered, terminal ones too, in order."""
    shipments: pl.DataFrame
    """order, wave, handed_at, delivered_at (null on the way)."""
    shipped: pl.DataFrame
    """order, wave, line, quantity."""
    reservations: pl.DataFrame
    """line, quantity, moment, state."""
    cancelled: pl.DataFrame
    """order, line, quantity, before (cancelled earlier), moment, cause, reason, is_whole, previous."""


def settle(story: Story) -> Outcome:
    """Cut the story at its end."""
    visits = _visits(story)
    shipments, shipped = _shipments(story)
    return Outcome(visits, shipments, shipped, _reservations(story), _cancelled(story, visits))


def by_line(story: Story, frame: pl.DataFrame) -> Ints:
    """Sum of a frame's quantities by line."""
    units = np.zeros(len(story.wanted.line_order), dtype=np.int64)
    np.add.at(units, frame["line"].to_numpy(), frame["quantity"].to_numpy())
    return units


def _visits(story: Story) -> pl.DataFrame:
    course = story.course
    entered = (
        ("new", story.wanted.placed_at), ("confirm", course.confirmed_at), ("supply", course.waits_from),
        ("pick", course.first.picked_from), ("ship", course.first.packed_at), ("pick", course.second.picked_from),
        ("ship", course.second.packed_at), ("deliver", course.hand_over_at), ("done", course.done_at),
        ("cancelled", course.cancelled_at),
    )  # fmt: skip
    horizon_or_cancelled = np.minimum(story.horizon.end, course.cancelled_at)
    pieces = []
    for status, moments in entered:
        limit = story.horizon.end if status == "cancelled" else horizon_or_cancelled
        order = np.flatnonzero(course.is_recorded & (moments < limit))
        pieces.append(pl.DataFrame({"order": order, "moment": moments[order]}).with_columns(status=pl.lit(status)))
    return pl.concat(pieces).sort("order", "moment", maintain_order=True)


def _shipments(story: Story) -> tuple[pl.DataFrame, pl.DataFrame]:
    course, end = story.course, story.horizon.end
    heads, lines = [], []
    for wave, way in ((1, course.first), (2, course.second)):
        is_gone = course.is_recorded & (way.handed_at < np.minimum(end, course.cancelled_at))
        order = np.flatnonzero(is_gone)
        heads.append(
            pl.DataFrame({
                "order": order, "wave": np.full(len(order), wave), "handed_at": way.handed_at[order],
                "delivered_at": way.delivered_at[order],
            })
        )  # fmt: skip
        units = _units_of_wave(story, wave)
        line = np.flatnonzero(is_gone[story.wanted.line_order] & (units > 0))
        lines.append(
            pl.DataFrame({
                "order": story.wanted.line_order[line], "wave": np.full(len(line), wave), "line": line,
                "quantity": units[line],
            })
        )  # fmt: skip
    arrived = pl.when(pl.col("delivered_at") < end).then("delivered_at").alias("delivered_at")
    return pl.concat(heads).sort("handed_at", "order").with_columns(arrived), pl.concat(lines).sort("line", "wave")


def _wave_of_parts(story: Story) -> Ints:
    parts, order = story.course.parts, story.wanted.line_order[story.course.parts.line]
    is_second = story.course.is_parted[order] & (parts.moment > story.course.first.picked_from[order])
    return np.where(is_second, 2, 1)


def _units_of_wave(story: Story, wave: int) -> Ints:
    parts = story.course.parts
    units = parts.at_once - _taken_from_shelf(story) if wave == 1 else np.zeros_like(parts.at_once)
    mine = _wave_of_parts(story) == wave
    np.add.at(units, parts.line[mine], parts.quantity[mine])
    return units


def _taken_from_shelf(story: Story) -> Ints:
    """Promised units that a cancelled line gave back: only where the line did not wait, else it gave up its wait."""
    course = story.course
    gave_back = (course.line_cancelled_at < story.horizon.end) & (story.history.waited == 0)
    return np.where(gave_back, course.line_cancelled, 0)


def _reservations(story: Story) -> pl.DataFrame:
    course, parts, wanted = story.course, story.course.parts, story.wanted
    returned = _taken_from_shelf(story)
    kept = parts.at_once - returned
    every, everywhen = np.arange(len(kept)), wanted.placed_at[wanted.line_order]
    rows = pl.concat([
        pl.DataFrame({"line": every, "quantity": kept, "moment": everywhen, "wave": np.ones_like(kept)}),
        pl.DataFrame({"line": every, "quantity": returned, "moment": everywhen, "wave": np.zeros_like(kept)}),
        pl.DataFrame({
            "line": parts.line, "quantity": parts.quantity, "moment": parts.moment, "wave": _wave_of_parts(story)
        }),
    ]).filter(pl.col("quantity") > 0)  # fmt: skip
    order, wave = wanted.line_order[rows["line"].to_numpy()], rows["wave"].to_numpy()
    handed = np.select([wave == 1, wave == 2], [course.first.handed_at[order], course.second.handed_at[order]], NEVER)
    is_cancelled = (course.cancelled_at[order] < story.horizon.end) | (wave == 0)
    state = np.where(is_cancelled, "released", np.where(handed < story.horizon.end, "consumed", "committed"))
    frame = rows.with_columns(pl.Series("state", state), pl.Series("is_recorded", course.is_recorded[order]))
    return frame.filter("is_recorded").drop("is_recorded", "wave").sort("moment", "line", maintain_order=True)


def _cancelled(story: Story, visits: pl.DataFrame) -> pl.DataFrame:
    course, order, end = story.course, story.wanted.line_order, story.horizon.end
    singly = np.flatnonzero((course.line_cancelled_at < end) & (course.line_cancelled > 0) & course.is_recorded[order])
    left = story.history.kept - np.where(course.line_cancelled_at < end, course.line_cancelled, 0)
    wholly = np.flatnonzero((course.cancelled_at[order] < end) & course.is_recorded[order] & (left > 0))
    rows = pl.concat([
        pl.DataFrame({
            "order": order[singly], "line": singly, "quantity": course.line_cancelled[singly],
            "before": np.zeros_like(singly), "moment": course.line_cancelled_at[singly],
            "cause": course.line_cause[singly], "is_whole": np.zeros(len(singly), dtype=np.bool_),
        }),
        pl.DataFrame({
            "order": order[wholly], "line": wholly, "quantity": left[wholly],
            "before": story.history.kept[wholly] - left[wholly], "moment": course.cancelled_at[order[wholly]],
            "cause": course.cause[order[wholly]], "is_whole": np.ones(len(wholly), dtype=np.bool_),
        }),
    ]).sort("moment", "order", "line")  # fmt: skip
    deeds = rows.select("order", "moment", "cause").unique(maintain_order=True)
    reasons = state_reasons(deeds["cause"].to_numpy(), story.rng("reasons"))
    # The status of the moment before: a cancelled last line moves the rest on in the same second.
    before = visits.filter(pl.col("status") != "cancelled").select(
        "order", pl.col("moment") + 1, pl.col("status").alias("previous")
    )
    return (
        rows.join(deeds.with_columns(reason=pl.Series(reasons, dtype=pl.String)), on=["order", "moment", "cause"])
        .sort("moment")
        .join_asof(before.sort("moment"), on="moment", by="order", strategy="backward", check_sortedness=False)
        .sort("moment", "order", "line")
    )
