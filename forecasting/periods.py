"""The calendar of a series: periods of a day, a week (from Monday) or a month."""

from datetime import date
from typing import Literal

import polars as pl

Freq = Literal["1d", "1w", "1mo"]

DAYS_PER_PERIOD: dict[Freq, float] = {"1d": 1.0, "1w": 7.0, "1mo": 365.25 / 12}


def period_start(day: pl.Expr, freq: Freq) -> pl.Expr:
    """The first day of the period a day lies in."""
    return day.dt.truncate(freq)


def last_complete_period(until: date, freq: Freq) -> date:
    """The first day of the last period that ends on or before `until`."""
    following = pl.lit(until).dt.offset_by("1d")
    return _a_date(period_start(following, freq).dt.offset_by(f"-{freq}"))


def periods_after(cutoff: date, count: int, freq: Freq) -> list[date]:
    """The `count` period labels that follow `cutoff`, keeping its weekday or day of the month."""
    step, unit = int(freq[0]), freq[1:]
    return [_a_date(pl.lit(cutoff).dt.offset_by(f"{step * ahead}{unit}")) for ahead in range(1, count + 1)]


def _a_date(expression: pl.Expr) -> date:
    value = pl.select(expression).item()
    if not isinstance(value, date):
        raise TypeError(f"not a date: {value!r}")
    return value
