"""Credit: what people got done, weighed by what it usually takes, for whoever held the order when it was done. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from oms_core.orders.workforce import Worker
from oms_core.steering.hourly_costs import HourlyCostView
from pipelines.workload.effort import expected_minutes, size_of

_DAY = timedelta(days=1)
_STAYS = ("order_id", "number", "visit", "manager", "status_group", "left_day", "left_at")


@dataclass(frozen=True, slots=True)
class Fairness:
    """How evenly something is spread: 0 is evenly for both but ``highest`` (highest by mean), which is 1 then."""

    gini: float
    highest: float


def credited(stays: pl.DataFrame, orders: pl.DataFrame, effort: pl.DataFrame) -> pl.DataFrame:
    """Weigh ended stays: adds ``minutes`` they usually take, and whether the order ``came_back`` to this stage later.

    ``stays`` as the mart ``status_intervals`` has them, all of these orders'; ``orders`` with ``order_id``, ``type``
    and ``lines``. ``manager`` is who held the order when the stay ended, whoever holds it now.
    """
    again = pl.col("visit") < pl.col("visit").max().over("order_id", "status_group")
    ended = stays.with_columns(came_back=again).filter(pl.col("left_at").is_not_null())
    kinds = orders.select("order_id", order_type="type", size=size_of(pl.col("lines")))
    weighed = expected_minutes(ended.select(*_STAYS, "came_back").join(kinds, on="order_id", how="left"), effort)
    return weighed.sort("left_at", "order_id", "visit")


def by_person(done: pl.DataFrame, hours: Mapping[str, float], touches: Mapping[str, int]) -> pl.DataFrame:
    """Sum what everybody got done: per shift hour, by the weight of the work, with how much of it came back.

    ``hours`` are shift hours by login; who has none has no figures per hour. ``mix`` is the expected minutes of a stage
    by those of everybody's: above 1 the work was harder than the average. Grain: a row per login, the most work first.
    """
    usual = float(done["minutes"].mean() or 0.0) if done.height else 0.0  # type: ignore[arg-type]
    known = pl.DataFrame({"manager": list(hours), "hours": list(hours.values())},
                         schema={"manager": pl.String, "hours": pl.Float64})  # fmt: skip
    acts = pl.DataFrame({"manager": list(touches), "touches": list(touches.values())},
                        schema={"manager": pl.String, "touches": pl.Int64})  # fmt: skip
    worked = pl.when(pl.col("hours") > 0).then(pl.col("hours"))
    return (
        done.filter(pl.col("manager").is_not_null())
        .group_by("manager")
        .agg(
            stages=pl.len(), orders=pl.col("order_id").n_unique(), minutes=pl.col("minutes").sum(),
            came_back=pl.col("came_back").mean(),
        )
        .join(known, on="manager", how="left")
        .join(acts, on="manager", how="left")
        .with_columns(
            stages_per_hour=pl.col("stages") / worked,
            minutes_per_hour=pl.col("minutes") / worked,
            mix=(pl.col("minutes") / pl.col("stages") / usual) if usual else pl.lit(None, pl.Float64),
            touches_per_order=pl.col("touches") / pl.col("orders"),
        )
        .sort("minutes", "manager", descending=[True, False])
    )  # fmt: skip


def shift_hours(workers: Iterable[Worker], *, first_day: date, after_day: date) -> dict[str, float]:
    """Sum everybody's hours of these days by calendar, less absences, by their share."""
    found = {}
    for worker in workers:
        days = (first_day + _DAY * place for place in range((after_day - first_day).days))
        present = [day for day in days if not any(first <= day <= last for first, last in worker.absences)]
        seconds = sum(
            (closes - opens).total_seconds() for day in present
            for opens, closes in worker.calendar.open_periods(day, day)
        )  # fmt: skip
        found[worker.login] = seconds / 3600 * worker.share / 100
    return found


def fairness(values: Sequence[float]) -> Fairness | None:
    """How evenly these are spread: Gini's coefficient (Gini, 1912) and the highest by the mean; None of nothing."""
    count, total = len(values), sum(values)
    if count == 0 or total <= 0:
        return None
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), start=1))
    return Fairness(2 * ranked / (count * total) - (count + 1) / count, max(values) * count / total)


def handling_costs(
    done: pl.DataFrame, teams: Mapping[str, str], costs: Sequence[HourlyCostView]
) -> tuple[pl.DataFrame, float]:
    """Tell what handling every order cost: its minutes by what an hour cost on that day, of the team or of everybody.

    Grain: a row per order and currency with ``minutes``, ``cost``; and the minutes for which no cost was kept: they
    cost nothing here and are said beside it.
    """
    days = done.select("manager", "left_day").unique().filter(pl.col("manager").is_not_null())
    rates = [
        (login, day, float(found.cost), found.currency)
        for login, day in days.iter_rows()
        if (found := _cost_on(costs, teams.get(login), day)) is not None
    ]
    schema = {"manager": pl.String, "left_day": pl.Date, "rate": pl.Float64, "currency": pl.String}
    priced = done.join(pl.DataFrame(rates, schema=schema, orient="row"), on=["manager", "left_day"], how="left")
    unknown = float(priced.filter(pl.col("rate").is_null())["minutes"].sum())
    orders = (
        priced.filter(pl.col("rate").is_not_null())
        .group_by("order_id", "number", "currency")
        .agg(pl.col("minutes").sum(), cost=(pl.col("minutes") * pl.col("rate") / 60).sum())
        .sort("cost", "number", descending=[True, False])
    )
    return orders, unknown


def _cost_on(costs: Sequence[HourlyCostView], team: str | None, day: date) -> HourlyCostView | None:
    """The latest cost of the team that holds on this day, else of everybody."""
    for whose in dict.fromkeys((team, None)):
        begun = [one for one in costs if one.team == whose and one.first_day <= day]
        if begun:
            return max(begun, key=lambda one: one.first_day)
    return None
