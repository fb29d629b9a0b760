"""Business time of whole columns: the vectorised twin of ``oms_core.workflow.business_time``. Pure."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from oms_core.workflow.business_time import Calendar

_DAY = timedelta(days=1)


def business_seconds(start: pl.Series, end: pl.Series, calendar: Calendar) -> pl.Series:
    """Count the whole seconds of working hours in ``[start, end)`` row by row.

    Instants are UTC and cut to the second; 0 where ``end`` is not after ``start``, null where either is null.
    """
    starts, ends = start.dt.epoch("s"), end.dt.epoch("s")
    known = starts.is_not_null() & ends.is_not_null()
    if not known.any():
        return pl.Series(start.name, [None] * len(start), dtype=pl.Int64)
    opens, closes = _open_periods(start.filter(known), end.filter(known), calendar)
    worked_before = np.concatenate(([0], np.cumsum(closes - opens)))

    def worked_until(seconds: pl.Series) -> np.ndarray:
        instants = seconds.fill_null(0).to_numpy()
        period = np.searchsorted(opens, instants, side="right")  # how many periods began by then
        begun = np.maximum(period - 1, 0)
        beyond = np.maximum(closes[begun] - instants, 0) if len(closes) else 0
        return worked_before[period] - np.where(period > 0, beyond, 0)

    seconds = np.maximum(worked_until(ends) - worked_until(starts), 0)
    return pl.DataFrame({"seconds": seconds, "known": known}).select(
        pl.when("known").then(pl.col("seconds").cast(pl.Int64)).alias(start.name)
    )[start.name]


def _open_periods(start: pl.Series, end: pl.Series, calendar: Calendar) -> tuple[np.ndarray, np.ndarray]:
    zone = ZoneInfo(calendar.time_zone)
    first = start.min().astimezone(zone).date() - _DAY  # type: ignore[union-attr]
    last = max(start.max(), end.max()).astimezone(zone).date() + _DAY  # type: ignore[type-var,union-attr]
    periods = [(opens.timestamp(), closes.timestamp()) for opens, closes in calendar.open_periods(first, last)]
    bounds = np.array(periods, dtype=np.int64).reshape(-1, 2)
    return bounds[:, 0], bounds[:, 1]
