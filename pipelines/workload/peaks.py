"""Peaks: how much work comes in at each hour of the week against the minutes people have in it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from oms_core.orders.workforce import Worker

HOURS = 168
_DAY = timedelta(days=1)
_OFTEN = 0.9
_WEEKS_TO_SETTLE = 4


@dataclass(frozen=True, slots=True)
class PeakHour:
    """An hour of the week (weekday 0 is Monday, hours by the channel's clock).

    ``orders`` come in at the median and, one time in ten, ``orders_often`` or more; ``minutes`` are what handling them
    takes: on average, and ``minutes_often``. ``capacity`` are people's minutes in this hour; ``waiting`` what is left
    over at its end in an average week, with what came before and was not yet done.
    """

    weekday: int
    hour: int
    orders: float
    orders_often: float
    minutes: float
    minutes_often: float
    capacity: float
    waiting: float

    @property
    def is_short(self) -> bool:
        """Tell whether people work in this hour, but one time in ten not enough for what comes in with it."""
        return 0 < self.capacity < self.minutes_often


@dataclass(frozen=True, slots=True)
class PeakWeek:
    """The 168 hours of a usual week, Monday first, learnt from so many weeks; ``closed_share`` comes in while nobody
    works."""

    hours: tuple[PeakHour, ...]
    weeks: float
    closed_share: float

    @property
    def short(self) -> list[PeakHour]:
        """The hours that are short, the most minutes missing first."""
        found = [hour for hour in self.hours if hour.is_short]
        return sorted(found, key=lambda hour: (hour.capacity - hour.minutes_often, hour.weekday, hour.hour))

    @property
    def load(self) -> float | None:
        """Minutes that come in by minutes that people have, of the whole week; None where nobody works."""
        capacity = sum(hour.capacity for hour in self.hours)
        return sum(hour.minutes for hour in self.hours) / capacity if capacity else None


def find_peaks(
    orders: pl.DataFrame, capacity: Sequence[float], *, zone: str, first_day: date, after_day: date
) -> PeakWeek:
    """Lay the orders of whole days into the hours of a week, hours without any included.

    ``orders``: a row per order with ``placed_at`` (UTC) and ``minutes``, what handling it takes altogether.
    ``capacity``: 168 minutes. The hour that a change of the clocks skips counts as one without orders, the one that
    comes twice as one.
    """
    local = pl.col("placed_at").dt.convert_time_zone(zone)
    hourly = (
        orders.select("minutes", day=local.dt.date(), hour=local.dt.hour().cast(pl.Int64))
        .group_by("day", "hour")
        .agg(orders=pl.len(), minutes=pl.col("minutes").sum())
    )
    days = pl.date_range(first_day, after_day, closed="left", eager=True).alias("day")
    grid = days.to_frame().join(pl.DataFrame({"hour": range(24)}), how="cross")
    filled = grid.join(hourly, on=["day", "hour"], how="left").with_columns(pl.col("orders", "minutes").fill_null(0))
    usual = {
        (row["weekday"], row["hour"]): row
        for row in filled.group_by(weekday=pl.col("day").dt.weekday().cast(pl.Int64) - 1, hour="hour")
        .agg(
            orders=pl.col("orders").median(),
            orders_often=pl.col("orders").quantile(_OFTEN, interpolation="linear"),
            minutes=pl.col("minutes").mean(),
            minutes_often=pl.col("minutes").quantile(_OFTEN, interpolation="linear"),
        )
        .iter_rows(named=True)
    }
    nothing = {"orders": 0.0, "orders_often": 0.0, "minutes": 0.0, "minutes_often": 0.0}
    week = [usual.get(divmod(place, 24), nothing) for place in range(HOURS)]
    coming = [float(row["minutes"]) for row in week]
    waiting = _waiting(coming, capacity)
    hours = tuple(
        PeakHour(
            *divmod(place, 24), float(row["orders"]), float(row["orders_often"]), coming[place],
            float(row["minutes_often"]), capacity[place], waiting[place],
        )
        for place, row in enumerate(week)
    )  # fmt: skip
    closed = sum(minutes for minutes, has in zip(coming, capacity, strict=True) if not has)
    return PeakWeek(hours, (after_day - first_day).days / 7, closed / sum(coming) if sum(coming) else 0.0)


def weigh_intake(orders: pl.DataFrame, handled: pl.DataFrame) -> pl.DataFrame:
    """Add ``minutes`` to orders that came in: the mean of handled ones of their type and size, else of all.

    ``handled``: a row per closed order with ``order_type``, ``size`` and the ``minutes`` it took in all its stages.
    """
    kinds = handled.group_by("order_type", "size").agg(of_kind=pl.col("minutes").mean())
    of_all = handled["minutes"].mean() if handled.height else 0.0
    return orders.join(kinds, on=["order_type", "size"], how="left").with_columns(
        minutes=pl.coalesce("of_kind", pl.lit(of_all, dtype=pl.Float64))
    )


def weekly_capacity(workers: Iterable[Worker], *, zone: str, first_day: date) -> list[float]:
    """Sum people's minutes in each hour of the week by the clock of ``zone``: of the seven days from ``first_day`` on.

    Hours, days that differ, absences and shares are those of these very days.
    """
    minutes, clock = [0.0] * HOURS, ZoneInfo(zone)
    last_day = first_day + 6 * _DAY
    for worker in workers:
        here = ZoneInfo(worker.calendar.time_zone)
        for opens, closes in worker.calendar.open_periods(first_day - _DAY, last_day + _DAY):
            day = opens.astimezone(here).date()
            if any(first <= day <= last for first, last in worker.absences):
                continue
            for starts, ends in _by_hour(opens, closes):
                local = starts.astimezone(clock)
                if first_day <= local.date() <= last_day:
                    place = local.weekday() * 24 + local.hour
                    minutes[place] += (ends - starts).total_seconds() / 60 * worker.share / 100
    return minutes


def _by_hour(opens: datetime, closes: datetime) -> Iterable[tuple[datetime, datetime]]:
    starts = opens
    while starts < closes:
        # Zones differ by quarters of an hour at the finest.
        ends = min(closes, _quarter(starts))
        yield starts, ends
        starts = ends


def _quarter(moment: datetime) -> datetime:
    return datetime.fromtimestamp((int(moment.timestamp()) // 900 + 1) * 900, tz=UTC)


def _waiting(coming: Sequence[float], capacity: Sequence[float]) -> list[float]:
    """What is left over at the end of each hour once the same week was lived through a few times."""
    left, waiting = 0.0, [0.0] * HOURS
    for place in list(range(HOURS)) * _WEEKS_TO_SETTLE:
        left = max(0.0, left + coming[place] - capacity[place])
        waiting[place] = left
    return waiting
