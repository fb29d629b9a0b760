"""Which stage has slowed against its own history, and since when. Pure: a frame of stays in, findings out.

A stay is slow when it lasts longer than three quarters of its stage's stays did before. Of every day on which a stage
was entered the share of slow stays is known as soon as that length has passed, whether they have ended or not, so
that orders stuck in the stage count from the first day. Days are compared with the same weekday before; the moment is
found by a cumulative sum (Page, 1954) and held against how much such sums wander by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

_HOUR = 3600
_HISTORY_DAYS, _RECENT_DAYS = 90, 35
_FEWEST_BEFORE, _FEWEST_SINCE, _FEWEST_A_DAY, _FEWEST_DAYS = 100, 60, 3, 5
_TYPICAL = 20  # stays by which a weekday's own share is drawn to the stage's
_DRIFT = 1.0  # standard errors a day must exceed what is usual to add to the sum
_WINDOW = 10  # days over which the history's own wandering is measured
_LEAST_STRENGTH, _LEAST_RISE, _LEAST_STRETCH, _LEAST_SLOW_DAYS = 2.2, 0.10, 1.3, 0.7


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A stage that has slowed: the share of stays over ``limit_hours`` and the median hours, before and since.

    ``hours_since`` counts stays that go on with what they have lasted: it is the least it can be. ``strength`` is in
    standard errors of the stage's own wandering; ``hours_lost`` is what the stays since then took beyond the usual.
    """

    stage: str
    since: date
    stays: int
    slow_share: float
    usual_share: float
    limit_hours: float
    hours_since: float
    usual_hours: float
    hours_lost: float
    strength: float


def find_slowdowns(stays: pl.DataFrame, *, now: datetime, time_zone: str = "UTC") -> list[Slowdown]:
    """Find the stages that have slowed by ``now``, the costliest first.

    ``stays`` has a row per stay: status_group, entered_at, left_at (null while it goes on; instants in UTC) and
    was_cut_short (it ended because the order was cancelled). What came after ``now`` is not looked at: a stay that
    ended later goes on. A stage with a short history is passed over.
    """
    day = pl.col("entered_at").dt.convert_time_zone(time_zone).dt.date()
    left = pl.when(pl.col("left_at") <= now).then("left_at")
    known = (
        stays.filter(pl.col("entered_at") <= now)
        .with_columns(left_at=left)
        .with_columns(
            day=day,
            age=(pl.lit(now) - pl.col("entered_at")).dt.total_seconds(),
            seconds=(pl.coalesce("left_at", pl.lit(now)) - pl.col("entered_at")).dt.total_seconds(),
            is_whole=pl.col("left_at").is_not_null() & ~pl.col("was_cut_short"),
        )
    )
    found = [one for (stage,), rows in known.group_by("status_group") for one in _in_stage(str(stage), rows, now)]
    return sorted(found, key=lambda one: one.hours_lost, reverse=True)


def _in_stage(stage: str, stays: pl.DataFrame, now: datetime) -> Iterator[Slowdown]:
    recent = now.date() - timedelta(days=_RECENT_DAYS)
    stays = stays.filter(pl.col("day") >= recent - timedelta(days=_HISTORY_DAYS))
    past = stays.filter(pl.col("is_whole"), pl.col("day") < recent)
    if past.height < _FEWEST_BEFORE:
        return
    seconds = pl.col("seconds")
    limit, usual, mean = past.select(seconds.quantile(0.75), b=seconds.median(), c=seconds.mean()).row(0)
    days = _days(stays, limit, recent)
    since = _turning_point(days.filter(pl.col("day") >= recent))
    if since is None:
        return
    lasted = stays.filter(pl.col("day") >= since, pl.col("age") >= limit)
    if lasted.height < _FEWEST_SINCE:
        return
    slow = days.filter(pl.col("day") >= since)
    share, usual_share, slow_days = slow.select(
        pl.col("slow").sum() / pl.col("stays").sum(),
        usual=pl.col("expected").sum() / pl.col("stays").sum(),
        days=(pl.col("score") > 0).mean(),
    ).row(0)
    strength = _strength(slow, days.filter(pl.col("day") < recent))
    median, lost = lasted.select(seconds.median(), lost=(seconds - mean).sum()).row(0)
    is_lasting = slow.height >= _FEWEST_DAYS and slow_days >= _LEAST_SLOW_DAYS
    is_felt = share - usual_share >= _LEAST_RISE and median >= _LEAST_STRETCH * usual
    if is_lasting and is_felt and strength >= _LEAST_STRENGTH:
        yield Slowdown(
            stage, since, lasted.height, share, usual_share, limit / _HOUR, median / _HOUR, usual / _HOUR,
            lost / _HOUR, strength,
        )  # fmt: skip


def _days(stays: pl.DataFrame, limit: float, recent: date) -> pl.DataFrame:
    """By day: stays whose slowness is known, the slow ones, those expected of the weekday, and the score of the day."""
    is_past, known = pl.col("day") < recent, pl.col("is_whole") | (pl.col("seconds") > limit)
    days = (
        stays.filter(pl.col("age") >= limit, known)
        .group_by("day")
        .agg(stays=pl.len(), slow=(pl.col("seconds") > limit).sum())
        .filter(pl.col("stays") >= _FEWEST_A_DAY)
        .with_columns(weekday=pl.col("day").dt.weekday())
    )
    whole = pl.col("slow").filter(is_past).sum() / pl.col("stays").filter(is_past).sum()
    of_weekday = (pl.col("slow").filter(is_past).sum() + _TYPICAL * pl.col("usual").first()) / (
        pl.col("stays").filter(is_past).sum() + _TYPICAL
    )
    days = days.with_columns(usual=whole).with_columns(usual=of_weekday.over("weekday"))
    expected = pl.col("stays") * pl.col("usual")
    days = days.with_columns(expected=expected, variance=expected * (1 - pl.col("usual"))).filter(
        pl.col("variance") > 0
    )
    days = days.with_columns(score=(pl.col("slow") - pl.col("expected")) / pl.col("variance").sqrt())
    # A day on which everything stood still is one day, however slow.
    most = pl.max_horizontal(pl.col("score").filter(is_past).quantile(0.95), pl.lit(2.0))
    return days.with_columns(score=pl.col("score").clip(-most, most)).sort("day")


def _turning_point(recent: pl.DataFrame) -> date | None:
    """The day from which on the sum of what the days exceed the usual by is the greatest."""
    if recent.is_empty():
        return None
    sums = recent.sort("day", descending=True).with_columns(total=(pl.col("score") - _DRIFT).cum_sum())
    since: date = sums.sort("total", descending=True)["day"][0]
    return since


def _strength(slow: pl.DataFrame, past: pl.DataFrame) -> float:
    """The excess in standard errors of such sums, which wander more than chance alone: days are alike in a row."""
    excess, variance = pl.col("score") * pl.col("variance").sqrt(), pl.col("variance")
    by_day = past.select((pl.col("score") ** 2).mean()).item() or 1.0
    by_window = past.select((excess.rolling_sum(_WINDOW) ** 2 / variance.rolling_sum(_WINDOW)).mean()).item() or 1.0
    total, over = slow.select(excess.sum(), v=variance.sum()).row(0)
    return float(total / (max(1.0, by_day, by_window) * over) ** 0.5)
