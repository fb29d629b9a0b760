"""Work in minutes: learnt as people really worked, laid into their days, levelled without breaking a constraint."""

from datetime import UTC, date, datetime, time, timedelta
from math import inf
from typing import Any

import numpy as np
import polars as pl
import pytest

from oms_core.orders.workforce import OpenWork, Worker
from oms_core.workflow.business_time import Calendar
from pipelines.workload.capacity import days_of, planned_days
from pipelines.workload.effort import expected_minutes, learn_effort, worked_minutes
from pipelines.workload.levelling import Person, Work, propose
from pipelines.workload.plan import plan_work

OFFICE = Calendar("Europe/Warsaw", {day: [(time(9), time(17))] for day in range(5)})
MONDAY = datetime(2026, 11, 23, 11, tzinfo=UTC)  # noon in Warsaw


def worker(login: str, **differs: Any) -> Worker:
    facts = {"share": 100, "calendar": OFFICE, "absences": (), "may_move": frozenset({"new:sale"})} | differs
    return Worker(login, login.title(), **facts)


def work(number: str, owner: str | None, lines: int = 1, **differs: Any) -> OpenWork:
    facts = {"order_type": "sale", "due_at": None, "is_held": False, "is_own_customer": False} | differs
    return OpenWork(number, 1, owner, "new", "new", lines=lines, **facts)


def test_the_time_of_an_act_begins_when_the_order_is_there_and_the_act_before_is_over():
    """Whoever works first come, first served, is found out to the second, idle hours and nights left out."""
    chance = np.random.default_rng(3)
    service = chance.integers(120, 1_500, 60)
    open_seconds = 8 * 3_600
    arrived = np.sort(chance.integers(0, 5 * open_seconds, 60))
    finished, ended = [], 0
    for at, took in zip(arrived, service, strict=True):
        ended = max(ended, int(at)) + int(took)
        finished.append(ended)

    def moment(worked: int) -> datetime:
        day, second = divmod(int(worked), open_seconds)
        return datetime(2026, 11, 2, 8, tzinfo=UTC) + timedelta(days=day + 2 * (day // 5), seconds=second)

    acts = pl.DataFrame(
        {
            "actor": "anna",
            "entered_at": [moment(at) for at in arrived],
            "occurred_at": [moment(at) for at in finished],
            "took": service / 60,
        }
    )
    learnt = worked_minutes(acts.sample(fraction=1, shuffle=True, seed=1), {"anna": OFFICE})
    assert (learnt["minutes"] - learnt["took"]).abs().max() == pytest.approx(0)


def test_after_two_silent_hours_nobody_knows_what_somebody_did():
    acts = pl.DataFrame({"actor": "anna", "entered_at": [MONDAY], "occurred_at": [MONDAY + timedelta(hours=3)]})
    assert worked_minutes(acts, {"anna": OFFICE})["minutes"].to_list() == [None]


def test_a_rare_kind_is_drawn_towards_its_stage_and_an_unseen_one_is_it():
    stays = pl.DataFrame(
        {
            "status_group": "new",
            "order_type": ["sale"] * 99 + ["wholesale"],
            "size": "single",
            "minutes": [10.0] * 99 + [52.0],
        }
    )
    effort = learn_effort(stays)
    open_work = pl.DataFrame(
        {"status_group": ["new", "new", "new", "deliver"], "order_type": ["sale", "wholesale", "return", "sale"],
         "size": "single"}
    )  # fmt: skip
    assert expected_minutes(open_work, effort)["minutes"].to_list() == pytest.approx([10, 10 + 42 / 21, 10, 0])


def test_capacity_is_what_is_left_of_today_less_absences_by_share_in_ones_own_zone():
    on_leave = worker("boris", share=50, absences=((date(2026, 11, 24), date(2026, 11, 25)),))
    days = days_of(on_leave, now=MONDAY, days=7)
    assert [day.capacity for day in days] == [150, 0, 0, 240, 240, 0, 0]
    laid, beyond = planned_days(days, [100, 200, 400])
    assert [day.planned for day in laid] == [150, 0, 0, 240, 240, 0, 0]
    assert beyond == 70


def test_the_plan_weighs_minutes_against_the_horizon_and_names_who_has_no_time():
    effort = learn_effort(
        pl.DataFrame({"status_group": "new", "order_type": "sale", "size": "single", "minutes": 30.0})
    )
    away = worker("clara", absences=((date(2026, 11, 1), date(2026, 11, 30)),))
    open_work = [work(f"A{place}", "anna") for place in range(20)] + [work("C1", "clara"), work("X", None)]
    plan = plan_work([worker("anna"), worker("boris"), away], open_work, effort, now=MONDAY, horizon=1)
    assert [(one.login, one.orders, one.capacity) for one in plan.people] == [
        ("clara", 1, 0), ("anna", 20, 300), ("boris", 0, 300),
    ]  # fmt: skip
    assert [one.minutes for one in plan.people] == pytest.approx([30, 600, 0])
    assert [one.load for one in plan.people] == [None, pytest.approx(2), 0]
    assert plan.unowned == 1
    levelling = plan.levelling
    assert (levelling.highest_before, levelling.highest_after) == (inf, pytest.approx(1.1))
    assert plan.until == datetime(2026, 11, 23, 23, tzinfo=UTC), "midnight in Warsaw"
    foreseen = {one.login: (round(one.minutes_before), round(one.minutes_after)) for one in plan.foresee()}
    assert foreseen == {"clara": (30, 0), "anna": (600, 330), "boris": (0, 300)}
    assert [move.number for move in levelling.moves][:1] == ["C1"], "what hangs on who is away goes first"


@pytest.mark.parametrize("seed", range(100))
def test_levelling_lowers_the_highest_load_and_breaks_no_constraint(seed: int):
    chance = np.random.default_rng(seed)
    kinds = ["new:sale", "new:wholesale", "confirm:sale"]
    people = [
        Person(f"p{place}", float(chance.choice([0, 240, 480, 960])), frozenset(chance.choice(kinds, 2, replace=False)))
        for place in range(1, 8)
    ] + [Person("p0", 480.0, frozenset(kinds)), Person("p8", 480.0, frozenset(kinds))]
    owners = chance.choice([person.login for person in people], 120, p=_lopsided(len(people)))
    orders = [
        Work(
            str(place),
            str(owner),
            str(chance.choice(kinds)),
            float(chance.integers(1, 60)),
            bool(chance.random() < 0.2),
        )
        for place, owner in enumerate(owners)
    ]
    found = propose(people, orders)
    crew, of = {person.login: person for person in people}, {one.number: one for one in orders}
    assert found.moves
    assert len({move.number for move in found.moves}) == len(found.moves), "an order goes from hand to hand once"
    for move in found.moves:
        one, taker, giver = of[move.number], crew[move.taker], crew[move.giver]
        assert one.kind in taker.may_do
        assert taker.capacity > 0
        assert one.owner == giver.login
        assert not one.is_kept or giver.capacity == 0
    minutes = {login: sum(one.minutes for one in orders if one.owner == login) for login in crew}
    for move in found.moves:
        minutes[move.giver] -= move.minutes
        minutes[move.taker] += move.minutes
    loads = {login: left / (crew[login].capacity or 1e-300) for login, left in minutes.items()}
    loads = {login: 0 if load < 1e-6 else inf if load > 1e9 else load for login, load in loads.items()}
    assert loads == pytest.approx(dict(found.after))
    assert found.highest_after < found.highest_before
    assert propose(people, orders[::-1]) == found, "the same facts give the same proposal"


def test_who_is_away_and_gave_away_all_that_takes_time_has_no_load_left():
    crew = [Person("away", 0.0, frozenset()), Person("here", 480.0, frozenset({"new:sale"}))]
    orders = [Work(str(place), "away", "new:sale", minutes) for place, minutes in enumerate((0.1, 0.2, 0.3, 0.0))]
    found = propose(crew, orders)
    assert (found.taken_from_away, dict(found.after)) == (3, {"away": 0.0, "here": pytest.approx(0.6 / 480)})


def _lopsided(people: int) -> list[float]:
    weights = np.array([6.0, *[1.0] * (people - 1)])
    return list(weights / weights.sum())


def test_where_nothing_lowers_the_highest_load_nothing_is_moved():
    kept = [Work("1", "anna", "new:sale", 50, is_kept=True), Work("2", "anna", "odd", 50)]
    crew = [Person("anna", 60, frozenset({"new:sale", "odd"})), Person("boris", 60, frozenset({"new:sale"}))]
    assert propose(crew, kept).moves == ()
