"""Effort: how many working minutes a stay in a stage takes its owner, learnt from what people did. Pure."""

from collections.abc import Mapping

import polars as pl

from oms_core.workflow.business_time import Calendar
from pipelines.business_time import business_seconds

KEYS = ("status_group", "order_type", "size")
SIZES = {"single": 1, "few": 5}
"""Up to how many lines an order is of a size; beyond them it is ``many``."""

_LONGEST_MINUTES = 120.0  # whoever was silent for longer did something else meanwhile
_HALF_KNOWN_AT = 20  # stays of a kind at which its own median weighs as much as that of its stage


def size_of(lines: pl.Expr) -> pl.Expr:
    """Name the size of an order by the number of its lines."""
    named = pl.lit("many")
    for name, most in reversed(SIZES.items()):
        named = pl.when(lines <= most).then(pl.lit(name)).otherwise(named)
    return named


def worked_minutes(acts: pl.DataFrame, calendars: Mapping[str, Calendar]) -> pl.DataFrame:
    """Add ``minutes`` to what people did: work on an act began when the order was there and the act before was over.

    ``acts``: a row per act with ``actor``, ``occurred_at`` and ``entered_at``, since when the order was in the stage.
    Minutes are those of the actor's calendar; null where they are more than two hours: nobody knows what they did then.
    """
    ordered = acts.sort("actor", "occurred_at", maintain_order=True).with_columns(
        began_at=pl.max_horizontal("entered_at", pl.col("occurred_at").shift(1).over("actor"))
    )
    if ordered.is_empty():
        return ordered.with_columns(minutes=pl.lit(None, pl.Float64)).drop("began_at")
    parts = [
        rows.with_columns(minutes=business_seconds(rows["began_at"], rows["occurred_at"], calendars[str(actor)]) / 60)
        for (actor,), rows in ordered.group_by("actor", maintain_order=True)
    ]
    minutes = pl.col("minutes")
    return (
        pl.concat(parts)
        .with_columns(minutes=pl.when(minutes <= _LONGEST_MINUTES).then(minutes).cast(pl.Float64))
        .drop("began_at")
    )


def learn_effort(stays: pl.DataFrame) -> pl.DataFrame:
    """Learn the expected minutes of a stay per stage, order type and size.

    ``stays``: a row per ended stay with these and ``minutes``, what its owner worked on it altogether (null: not
    known, left out). The median of a kind is drawn towards that of its stage, the more the fewer stays there are: with
    twenty they weigh the same. Grain: a row per kind seen, and one per stage (type and size null) for the kinds that
    were not; ``stays`` is how many each was learnt from.
    """
    known = stays.filter(pl.col("minutes").is_not_null())
    stages = known.group_by("status_group").agg(stage_minutes=pl.col("minutes").median(), stays=pl.len())
    weight = pl.col("stays") / (pl.col("stays") + _HALF_KNOWN_AT)
    kinds = (
        known.group_by(KEYS)
        .agg(own=pl.col("minutes").median(), stays=pl.len())
        .join(stages.drop("stays"), on="status_group")
        .with_columns(minutes=weight * pl.col("own") + (1 - weight) * pl.col("stage_minutes"))
    )
    whole = stages.select(
        "status_group", pl.lit(None, pl.String).alias("order_type"), pl.lit(None, pl.String).alias("size"),
        minutes="stage_minutes", stays=pl.col("stays").cast(pl.Int64),
    )  # fmt: skip
    own = kinds.select(*KEYS, "minutes", pl.col("stays").cast(pl.Int64))
    return pl.concat([own, whole]).sort(*KEYS, nulls_last=True)


def expected_minutes(work: pl.DataFrame, effort: pl.DataFrame) -> pl.DataFrame:
    """Add ``minutes`` to open work by its kind, else by its stage; 0 for a stage in which owners do nothing."""
    of_stage = effort.filter(pl.col("order_type").is_null()).select("status_group", stage_minutes="minutes")
    return (
        work.join(effort.drop("stays").drop_nulls("order_type"), on=KEYS, how="left")
        .join(of_stage, on="status_group", how="left")
        .with_columns(minutes=pl.coalesce("minutes", "stage_minutes", 0.0))
        .drop("stage_minutes")
    )
