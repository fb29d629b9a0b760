"""Ageing of the queue: how long open orders have been in the stage they are in. Pure."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from oms_core.orders.workforce import OpenWork
from pipelines.journal_feed import INSTANT, Schema

AGES = {"hours_4": 4, "day": 24, "days_2": 48, "week": 168, "older": None}
"""Up to how many hours each age reaches; the last has no end."""


def queue_ages(work: Sequence[OpenWork], *, now: datetime) -> pl.DataFrame:
    """One row per open order with the hours it has been in its status, the ``age`` that is, and whether it is late.

    The oldest come first.
    """
    schema: Schema = {
        "number": pl.String, "status_group": pl.String, "manager": pl.String, "entered_at": INSTANT,
        "hours": pl.Float64, "age": pl.String, "is_late": pl.Boolean,
    }  # fmt: skip
    rows = []
    for one in work:
        if one.entered_at is not None:
            hours = max(0.0, (now - one.entered_at).total_seconds() / 3600)
            is_late = one.due_at is not None and one.due_at < now
            rows.append((one.number, one.status_group, one.owner, one.entered_at, hours, _age(hours), is_late))
    return pl.DataFrame(rows, schema=schema, orient="row").sort("hours", "number", descending=[True, False])


def _age(hours: float) -> str:
    return next(age for age, most in AGES.items() if most is None or hours < most)
