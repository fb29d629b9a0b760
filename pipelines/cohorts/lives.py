"""How long orders and their stays in stages last, those that go on counted as far as they have come. Pure.

A life is a row with ``hours`` (until its end, or so far) and ``has_ended``; what was cut short by a cancellation has
not ended: how long it would have lasted is as little known as of what goes on.
"""

from datetime import date, datetime
from math import hypot

import polars as pl

from pipelines.cohorts.difference import FEWEST, Difference

_ENDS = ("done", "cancelled")
_HOUR = 3600
_EXACT = 1e-9
_Z = 1.959963984540054
_STEPS_HOURS = (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 720)
_BARS = 24


def stage_lives(intervals: pl.LazyFrame, *, date_from: date, date_to: date, as_of: datetime) -> pl.LazyFrame:
    """List the stays begun in the period of the mart status_intervals; what is done or cancelled stays for ever."""
    is_last = pl.col("visit") == pl.col("visit").max().over("order_id")
    was_cut_short = is_last & (pl.col("order_status_group") == "cancelled")
    lasted = (pl.coalesce("left_at", pl.lit(as_of)) - pl.col("entered_at")).dt.total_seconds()
    return (
        intervals.filter("is_counted", ~pl.col("status_group").is_in(_ENDS))
        .with_columns(has_ended=pl.col("left_at").is_not_null() & ~was_cut_short)
        .filter(pl.col("entered_day") >= date_from, pl.col("entered_day") < date_to)
        .select(
            "number", "order_id", "visit", "status_group", "manager", "entered_at", "left_at", "has_ended",
            began_day="entered_day", hours=lasted / _HOUR,
        )
    )  # fmt: skip


def order_lives(rows: pl.LazyFrame) -> pl.LazyFrame:
    """List orders as lives: rows of the metric cycle_time_km, its seconds and whether they ended."""
    return rows.select(
        "number", "order_id", "manager", "placed_at", "delivered_at", began_day="placed_day",
        has_ended=pl.col("denominator") == 1, hours=pl.col("numerator") / _HOUR,
    )  # fmt: skip


def survival_curve(lives: pl.DataFrame) -> pl.DataFrame:
    """The share that still goes on after so many ``hours`` (Kaplan and Meier, 1958): surviving, low, high.

    The band is Greenwood's (1926), with 95 % confidence at each point. One row per length at which something ended,
    and one at zero.
    """
    ended, of = pl.col("ended"), pl.col("at_risk")
    steps = (
        lives.group_by("hours")
        .agg(ended=pl.col("has_ended").sum(), gone=pl.len())
        .sort("hours")
        .with_columns(at_risk=pl.col("gone").sum() - pl.col("gone").cum_sum() + pl.col("gone"))
        .with_columns(
            surviving=(1 - ended / of).cum_prod(),
            spread=pl.when(of > ended).then(ended / (of * (of - ended))).otherwise(0).cum_sum().sqrt(),
        )
        .filter(ended > 0)
    )
    half = _Z * pl.col("surviving") * pl.col("spread")
    curve = steps.select(
        pl.col("hours").cast(pl.Float64), "surviving",
        low=(pl.col("surviving") - half).clip(0, 1), high=(pl.col("surviving") + half).clip(0, 1),
    )  # fmt: skip
    start = pl.DataFrame({"hours": [0.0], "surviving": [1.0], "low": [1.0], "high": [1.0]})
    return pl.concat([start, curve])


def hours_until(curve: pl.DataFrame, surviving: float) -> float | None:
    """Hours after which no more than a share goes on (0.5 is the median); None where that is not reached."""
    reached: float | None = curve.filter(pl.col("surviving") <= surviving + _EXACT)["hours"].first()  # type: ignore[assignment]
    return reached


def bars_of(lives: pl.DataFrame) -> pl.DataFrame:
    """Count lives that have ended by length: low, high (null: and more), n; bars of one width up to nearly all."""
    hours = lives.filter("has_ended")["hours"]
    if hours.is_empty():
        return pl.DataFrame(schema={"low": pl.Float64, "high": pl.Float64, "n": pl.UInt32})
    most = float(hours.quantile(0.97) or 0)
    width = next((step for step in _STEPS_HOURS if most / step <= _BARS), _STEPS_HOURS[-1])
    last = min(int(most / width) + 1, 2 * _BARS)
    places = (hours / width).floor().cast(pl.Int64).clip(0, last).rename("place")
    counts = pl.DataFrame(places).group_by("place").agg(n=pl.len())
    return (
        pl.DataFrame({"place": range(last + 1)})
        .join(counts, on="place", how="left")
        .select(
            low=pl.col("place") * float(width),
            high=pl.when(pl.col("place") < last).then((pl.col("place") + 1) * float(width)),
            n=pl.col("n").fill_null(0),
        )
    )


def survival_difference(before: pl.DataFrame, after: pl.DataFrame) -> Difference | None:
    """Difference of the medians of lives; lives that go on count, so that neither side looks better for being younger.

    The interval of each median is Brookmeyer's and Crowley's (1982): where the band of its curve holds one half. They
    are put together by Zou's and Donner's method of variance estimates recovery (2008), as Newcombe's are of shares.
    None with fewer than ten ended lives on either side, or where a band does not come down to one half.
    """
    if min(int(lives["has_ended"].sum()) for lives in (before, after)) < FEWEST:
        return None
    earlier, later = (_median_within(survival_curve(lives)) for lives in (before, after))
    if earlier is None or later is None:
        return None
    (low_1, first, high_1), (low_2, second, high_2) = earlier, later
    gap = second - first
    return Difference(
        first, second, gap - hypot(second - low_2, high_1 - first), gap + hypot(high_2 - second, first - low_1)
    )


def _median_within(curve: pl.DataFrame) -> tuple[float, float, float] | None:
    """Low end, median and high end in hours."""
    ends = [curve.filter(pl.col(name) <= 0.5 + _EXACT)["hours"] for name in ("low", "surviving", "high")]
    return None if ends[2].is_empty() else (float(ends[0][0]), float(ends[1][0]), float(ends[2][0]))
