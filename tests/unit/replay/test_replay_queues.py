"""Queues of a replay: event by event as its slow twin, hours that were learnt, how sure a change is."""

import heapq
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.replay import StageChange
from pipelines.replay.course import as_it_was, live_through
from pipelines.replay.hours import Clock, StationHours, clock_of, learn_hours
from pipelines.replay.record import NEVER, Stays
from pipelines.replay.resampling import Days
from pipelines.replay.stations import Station, Stations, in_turn
from tests.unit.replay.past_orders import DAY, FIRST


@pytest.mark.parametrize("capacity", [110, 150, 300])
@pytest.mark.parametrize("seed", range(5))
def test_more_hands_never_end_a_stay_of_a_queue_later(seed, capacity):
    before, stays = shop_of_queues(seed, come_again=0.0)
    after = before.changed({"new": StageChange(capacity)})
    course = live_through(stays, before, after, as_it_was(stays))
    here = stays.stage == "new"
    assert (course.left[here] <= stays.left[here]).all()
    lengths = [np.sort(left[here] - stays.entered[here]) for left in (stays.left, course.left)]
    assert np.quantile(lengths[1], 0.9) <= np.quantile(lengths[0], 0.9)
    assert (course.left[here] < stays.left[here]).any()


@pytest.mark.parametrize("seed", range(5))
def test_the_replay_is_what_a_simulation_event_by_event_gives(seed):
    before, stays = shop_of_queues(seed)
    after = before.changed({"new": StageChange(70), "pick": StageChange(160)})
    course = live_through(stays, before, after, as_it_was(stays))
    entered, left = event_by_event(stays, before, after)
    assert course.entered.tolist() == entered
    assert course.left.tolist() == left


def shop_of_queues(seed: int, come_again: float = 0.2) -> tuple[Stations, Stays]:
    """Orders that go through two desks and two floors that never close, some twice; stays are waits and turns."""
    chance = np.random.default_rng(seed)
    clock = Clock(np.array([0]), np.array([10**9]))
    work = {("new", "a"): 900, ("new", "b"): 1_300, ("pick", "n"): 500, ("pick", "s"): 700}
    hours = StationHours(0, 86_400, np.arange(1))
    known = {key: Station(hours, clock, seconds, 1.0) for key, seconds in work.items()}
    rows = []
    for number, came in enumerate(np.sort(chance.integers(10**6, 10**6 + 150_000, 150))):
        desk, floor = chance.choice(["a", "b"]), chance.choice(["n", "s"])
        path = [("new", desk), ("pick", floor)] * (2 if chance.random() < come_again else 1)
        moment = int(came)
        for visit, (stage, name) in enumerate(path):
            left = moment + int(chance.exponential(4_000))
            rows.append((number, stage, str(name), moment, left, visit))
            moment = left
    columns = list(zip(*rows, strict=True))
    count = len(rows)
    firsts = np.array(columns[5]) == 0
    return Stations(known, {"new": 1.0, "pick": 1.0}, "UTC"), Stays(
        np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), np.array(columns[3]), np.array(columns[4]),
        np.where(firsts, -1, np.arange(count) - 1), np.zeros(count, dtype=bool), np.full(count, NEVER),
    )  # fmt: skip


def event_by_event(stays: Stays, before: Stations, after: Stations) -> tuple[list[int], list[int]]:
    """The slow twin: arrivals one at a time, each station free again when its turn is over."""

    def run(stations: Stations, rest: list[int] | None) -> tuple[list[int], list[int], list[int]]:
        free: dict[tuple[str, str], int] = {}
        entered, left, waits = ([0] * len(stays.row) for _ in range(3))
        due = [(int(stays.entered[at]), int(stays.left[at]), at) for at in range(len(stays.row))
               if rest is None or stays.before[at] < 0]  # fmt: skip
        heapq.heapify(due)
        while due:
            came, _, at = heapq.heappop(due)
            key = (str(stays.stage[at]), str(stays.station[at]))
            work = stations.known[key].work
            begins = max(came, free.get(key, 0))
            free[key] = begins + work
            waits[at], entered[at] = begins - came, came
            if rest is None:
                continue
            least = min(int(stays.left[at] - stays.entered[at]), work)
            left[at] = came + max(waits[at] + work + rest[at], least)
            if at + 1 < len(stays.row) and stays.before[at + 1] == at:
                heapq.heappush(due, (left[at], int(stays.left[at + 1]), at + 1))
        return entered, left, waits

    _, _, waited = run(before, None)
    rest = [int(stays.left[at] - stays.entered[at]) - waited[at] - before.known[str(stays.stage[at]),
            str(stays.station[at])].work for at in range(len(stays.row))]  # fmt: skip
    entered, left, _ = run(after, rest)
    return entered, left


def test_hours_are_those_in_which_work_was_finished_and_days_off_are_known():
    week = [FIRST + day * DAY + timedelta(hours=hour) for day in range(28) for hour in (-1, 3, 6.9)
            if day % 7 < 5 and day != 9]  # fmt: skip
    hours = learn_hours(pl.Series(week).dt.cast_time_unit("us"), "UTC")
    assert (hours.opens, hours.closes) == (9 * 3_600, 17 * 3_600)
    first = (FIRST.date() - date(1970, 1, 1)).days
    assert first + 9 not in hours.days
    assert first + 5 not in hours.days
    assert first + 28 in hours.days
    clock = clock_of(hours, "UTC")
    friday = int((FIRST + 4 * DAY).timestamp()) + 6 * 3_600
    assert clock.moment(clock.worked(np.array([friday])) + 7_200)[0] == friday + 3_600 + 64 * 3_600 + 3_600


def test_orders_of_one_stamp_are_taken_in_the_order_they_were_finished_in():
    assert in_turn(np.array([5, 5, 1]), np.array([9, 7, 20])).tolist() == [2, 1, 0]


def test_few_days_give_no_interval_and_a_change_of_every_order_a_sure_one():
    assert Days(np.array([1, 2, 3])).of_share(np.zeros(3), np.ones(3), np.arange(3)) == (None, None)
    day = np.repeat(np.arange(30), 10)
    chance = np.random.default_rng(2)
    before = chance.exponential(10, 300)
    low, high = Days(day).of_quantile(before, before - 1, 0.5, np.arange(300))
    assert low is not None
    assert high is not None
    assert -1.1 < low <= high < -0.9
    assert Days(day).of_share(np.zeros(300), np.ones(300), np.arange(300)) == (1.0, 1.0)
