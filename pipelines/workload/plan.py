"""The plan of work: what everybody has open against their hours of the coming days, and how it could be levelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from oms_core.orders.levelling import ForeseenLoad
from oms_core.orders.workforce import OpenWork, Worker
from pipelines.workload.capacity import Day, days_of, planned_days
from pipelines.workload.effort import expected_minutes, size_of
from pipelines.workload.levelling import Levelling, Person, Work, propose

WEEK = 7


@dataclass(frozen=True, slots=True)
class Loaded:
    """Somebody's open work: expected ``minutes`` against ``capacity`` until the end of the horizon.

    ``days`` are the coming week with the work laid into it, the soonest promised first; ``beyond`` the minutes that
    it has no room for. ``held`` orders wait for somebody else and count with their minutes all the same.
    """

    login: str
    name: str
    orders: int
    held: int
    minutes: float
    capacity: float
    days: tuple[Day, ...]
    beyond: float

    @property
    def load(self) -> float | None:
        """Minutes by capacity; None where there is work and no time for it."""
        if self.minutes <= 0:
            return 0.0
        return self.minutes / self.capacity if self.capacity > 0 else None


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """Everybody with work or time for it, the highest load first; the proposal; and what nobody answers for.

    ``until`` is when the hours counted are over for everybody.
    """

    people: tuple[Loaded, ...]
    levelling: Levelling
    unowned: int
    until: datetime

    def foresee(self) -> tuple[ForeseenLoad, ...]:
        """Tell everybody's minutes of work and of hours, before the proposal and after it."""
        shifted = dict.fromkeys((one.login for one in self.people), 0.0)
        for move in self.levelling.moves:
            shifted[move.giver] -= move.minutes
            shifted[move.taker] += move.minutes
        return tuple(
            ForeseenLoad(one.login, one.capacity, one.minutes, max(0.0, one.minutes + shifted[one.login]))
            for one in self.people
        )


def plan_work(
    workers: Sequence[Worker], work: Sequence[OpenWork], effort: pl.DataFrame, *, now: datetime, horizon: int
) -> WorkPlan:
    """Weigh open work against the capacity of the first ``horizon`` days (1 is the rest of today), and level it."""
    minutes = _minutes_of(work, effort)
    weeks = {worker.login: days_of(worker, now=now, days=WEEK) for worker in workers}
    capacity = {login: sum(day.capacity for day in days[:horizon]) for login, days in weeks.items()}
    held: dict[str | None, list[OpenWork]] = {}
    for one in work:
        held.setdefault(one.owner, []).append(one)
    people = []
    for worker in workers:
        mine = held.get(worker.login, [])
        taken = [minutes[one.number] for one in mine]
        days, beyond = planned_days(weeks[worker.login], taken)
        if mine or capacity[worker.login] > 0:
            people.append(
                Loaded(
                    worker.login, worker.name, len(mine), sum(one.is_held for one in mine), sum(taken),
                    capacity[worker.login], days, beyond,
                )
            )  # fmt: skip
    crew = [Person(worker.login, capacity[worker.login], worker.may_move) for worker in workers]
    load = [Work(one.number, one.owner, one.kind, minutes[one.number], one.is_own_customer) for one in work]
    people.sort(key=lambda one: (one.load is not None, -(one.load or 0.0), one.login))
    return WorkPlan(tuple(people), propose(crew, load), len(held.get(None, [])), _end(workers, now, horizon))


def _end(workers: Sequence[Worker], now: datetime, horizon: int) -> datetime:
    """When the last of these days is over in every zone in which somebody works."""
    zones = {ZoneInfo(worker.calendar.time_zone) for worker in workers} or {ZoneInfo("UTC")}
    return max(
        datetime.combine(now.astimezone(zone).date() + timedelta(days=horizon), time.min, tzinfo=zone).astimezone(UTC)
        for zone in zones
    )


def _minutes_of(work: Sequence[OpenWork], effort: pl.DataFrame) -> dict[str, float]:
    schema = {"number": pl.String, "status_group": pl.String, "order_type": pl.String, "lines": pl.Int64}
    rows = [(one.number, one.status_group, one.order_type, one.lines) for one in work]
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(size=size_of(pl.col("lines")))
    return dict(expected_minutes(frame, effort).select("number", "minutes").iter_rows())
