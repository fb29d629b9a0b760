"""Days as people count them: the channel's business day of an instant, computed here and nowhere else."""

from collections.abc import Iterable

import polars as pl


def business_day(instant: str, zones: Iterable[str]) -> pl.Expr:
    """Day of ``instant`` in the row's ``time_zone``, beginning ``day_start_seconds`` after midnight."""
    return _local(instant, zones).dt.offset_by(pl.format("-{}s", pl.col("day_start_seconds"))).dt.date()


def calendar_day(instant: str, zones: Iterable[str]) -> pl.Expr:
    """Calendar day of ``instant`` in the row's ``time_zone``: what a promise to a customer is kept by."""
    return _local(instant, zones).dt.date()


def month_of(day: str) -> pl.Expr:
    """Month of a day as ``YYYY-MM``."""
    return pl.col(day).dt.strftime("%Y-%m")


def _local(instant: str, zones: Iterable[str]) -> pl.Expr:
    by_zone = [
        pl.when(pl.col("time_zone") == zone).then(pl.col(instant).dt.convert_time_zone(zone).dt.replace_time_zone(None))
        for zone in sorted(zones)
    ]
    return pl.coalesce(by_zone) if by_zone else pl.col(instant).dt.replace_time_zone(None)
