"""Figures of work: hours that are short, credit weighed by the mix of cases, how even it is, what handling costs."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from oms_core.orders.workforce import OpenWork, Worker
from oms_core.steering.hourly_costs import HourlyCostView
from oms_core.workflow.business_time import Calendar
from pipelines.workload.ageing import queue_ages
from pipelines.workload.credit import by_person, credited, fairness, handling_costs, shift_hours
from pipelines.workload.effort import learn_effort
from pipelines.workload.peaks import find_peaks, weekly_capacity
from pipelines.workload.saving import find_saving

WARSAW = "Europe/Warsaw"
OFFICE = Calendar(WARSAW, {day: [(time(9), time(17))] for day in range(5)})
MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def worker(login: str, *, share: int = 100, absences: tuple[tuple[date, date], ...] = ()) -> Worker:
    return Worker(login, login.title(), share, OFFICE, absences, frozenset())


def local(day: int, hour: int) -> datetime:
    """A moment of the weeks from that Monday on, by the clock of Warsaw in winter."""
    return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(days=day, hours=hour - 1, minutes=30)


def test_the_hour_into_which_more_comes_than_people_have_is_named_and_what_is_left_waits() -> None:
    placed = [local(7 * week, 10) for week in range(4) for _ in range(9)]
    placed += [local(7 * week, 22) for week in range(4)] + [local(0, 15)] * 3
    orders = pl.DataFrame({"placed_at": placed, "minutes": 10.0})
    capacity = weekly_capacity([worker("anna")], zone=WARSAW, first_day=date(2026, 11, 23))
    assert sum(capacity) == 5 * 8 * 60
    week = find_peaks(orders, capacity, zone=WARSAW, first_day=MONDAY, after_day=MONDAY + timedelta(days=28))
    assert week.weeks == 4
    (short,) = week.short
    assert (short.weekday, short.hour, short.orders, short.minutes_often, short.capacity) == (0, 10, 9, 90, 60)
    assert short.waiting == 30
    assert week.hours[11].waiting == 0, "the next hour has room for it"
    assert (week.hours[15].orders, week.hours[15].orders_often) == (0, pytest.approx(2.1)), "quiet weeks count"
    assert week.hours[22].waiting == 10, "what comes at night waits for the morning"
    assert week.closed_share == pytest.approx(40 / 430)
    assert week.load == pytest.approx(107.5 / 2400)


def test_hours_of_people_follow_their_absences_share_and_zone() -> None:
    tuesday = date(2026, 11, 24)
    half = worker("boris", share=50, absences=((tuesday, tuesday),))
    there = weekly_capacity([half], zone="Asia/Kolkata", first_day=date(2026, 11, 23))
    assert there[13 : 13 + 9] == [15, 30, 30, 30, 30, 30, 30, 30, 15], "nine in Warsaw is half past one there"
    assert sum(there[24:48]) == 0
    assert sum(there) == 4 * 8 * 60 / 2
    assert shift_hours([half], first_day=date(2026, 11, 23), after_day=date(2026, 11, 30)) == {"boris": 16}


def done() -> pl.DataFrame:
    """Anna ends two hard stages, Boris four easy ones; one of his comes back to her."""
    effort = learn_effort(pl.DataFrame({
        "status_group": ["pick"] * 2, "order_type": ["sale", "wholesale"], "size": "single", "minutes": [10.0, 30.0],
    }))  # fmt: skip
    minutes = {row["order_type"]: row["minutes"] for row in effort.drop_nulls("order_type").iter_rows(named=True)}
    assert minutes["wholesale"] > minutes["sale"]
    rows = [(place, 1, "boris", False) for place in range(1, 5)] + [(5, 1, "anna", False), (4, 3, "anna", True)]
    stays = pl.DataFrame(rows, schema=["order_id", "visit", "manager", "is_reentry"], orient="row").with_columns(
        number=pl.format("A{}", "order_id"), status_group=pl.lit("pick"), left_day=pl.lit(MONDAY),
        left_at=pl.lit(datetime(2026, 11, 2, 12, tzinfo=UTC)),
    )  # fmt: skip
    orders = pl.DataFrame({"order_id": range(1, 6), "type": ["sale"] * 3 + ["wholesale"] * 2, "lines": 1})
    return credited(stays, orders, effort)


def test_credit_goes_to_who_held_it_weighed_by_what_such_work_takes_and_tells_what_came_back() -> None:
    figures = by_person(done(), {"anna": 2.0, "boris": 2.0}, {"anna": 6})
    anna, boris = (figures.row(by_predicate=pl.col("manager") == who, named=True) for who in ("anna", "boris"))
    assert (anna["stages"], boris["stages"]) == (2, 4)
    assert anna["stages_per_hour"] == 1
    assert anna["mix"] > 1 > boris["mix"], "fewer stages, but harder ones"
    assert (anna["came_back"], boris["came_back"]) == (0, 0.25)
    assert (anna["touches_per_order"], boris["touches_per_order"]) == (3, None)
    assert figures["minutes"].sum() == pytest.approx(done()["minutes"].sum()), "nothing is lost or counted twice"
    nobody = by_person(done(), {}, {})
    assert nobody["minutes_per_hour"].null_count() == nobody.height, "without hours nothing is said per hour"


@pytest.mark.parametrize(
    ("values", "gini", "highest"), [([3, 3, 3], 0, 1), ([0, 0, 9], 2 / 3, 3), ([1, 3], 0.25, 1.5)],
    ids=["even", "one has all", "one has three quarters"],
)  # fmt: skip
def test_fairness_is_as_by_hand(values: list[float], gini: float, highest: float) -> None:
    found = fairness(values)
    assert found is not None
    assert (found.gini, found.highest) == (pytest.approx(gini), pytest.approx(highest))
    pairs = sum(abs(one - other) for one in values for other in values)
    assert found.gini == pytest.approx(pairs / (2 * len(values) * sum(values))), "as Gini defines it"


def test_of_nothing_there_is_no_fairness() -> None:
    assert fairness([]) is fairness([0.0]) is None


def cost(first_day: date, hourly: str, team: str | None = None) -> HourlyCostView:
    return HourlyCostView(team, team, first_day, Decimal(hourly), "EUR", "Admin")


def test_handling_costs_its_minutes_at_what_an_hour_cost_on_that_day() -> None:
    costs = [
        cost(date(2026, 1, 1), "30"),
        cost(date(2026, 1, 1), "60", "north"),
        cost(MONDAY + timedelta(days=1), "999"),
    ]
    orders, unknown = handling_costs(done(), {"anna": "north"}, costs)
    minutes = {(row["number"], row["manager"]): row["minutes"] for row in done().iter_rows(named=True)}
    found = dict(orders.select("number", "cost").iter_rows())
    assert found["A5"] == pytest.approx(minutes["A5", "anna"])
    assert found["A4"] == pytest.approx(minutes["A4", "anna"] + minutes["A4", "boris"] / 2)
    assert unknown == 0


def test_without_a_cost_on_record_none_is_invented() -> None:
    orders, unknown = handling_costs(done(), {}, [cost(MONDAY + timedelta(days=1), "30")])
    assert orders.is_empty()
    assert unknown == pytest.approx(done()["minutes"].sum())


def test_fewer_touches_are_worth_what_the_time_they_took_would_have_cost() -> None:
    before = pl.DataFrame({"touches": [60, None], "orders": [10, 5], "minutes": [100.0, 20.0]})
    now = pl.DataFrame({"touches": [30], "orders": [10], "minutes": [999.0]})
    found = find_saving(before, now, cost_an_hour=30.0)
    assert found is not None
    assert (found.touches_before, found.touches_now, found.minutes_a_touch) == (4, 3, 2)
    assert found.hours == pytest.approx(1 * 10 * 2 / 60)
    assert found.worth == pytest.approx(10)
    assert find_saving(before.head(0), now, cost_an_hour=30.0) is None


def test_the_queue_ages_by_how_long_orders_are_where_they_are() -> None:
    work = [
        OpenWork(str(hours), 1, None, "new", "new", "sale", 1, NOW - timedelta(hours=late), False, False,
                 NOW - timedelta(hours=hours))
        for hours, late in ((3, -1), (4, 1), (30, 1), (100, -1), (500, -1))
    ]  # fmt: skip
    ages = queue_ages(work, now=NOW)
    assert ages["number"].to_list() == ["500", "100", "30", "4", "3"]
    assert ages["age"].to_list() == ["older", "week", "days_2", "day", "hours_4"]
    assert ages["is_late"].to_list() == [False, False, True, True, False]
