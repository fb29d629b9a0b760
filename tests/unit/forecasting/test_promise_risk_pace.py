"""The parts of promise risk beside their slow and obvious twins."""

import numpy as np
import polars as pl
import pytest

from forecasting.promise_risk_history import DAY, NEVER, Happened
from forecasting.promise_risk_pace import Leg, life_table
from forecasting.promise_risk_scores import reliability, risk_scores


def test_sums_count_what_happened_strictly_before_and_inside_the_window() -> None:
    random = np.random.default_rng(3)
    key, instant = random.integers(0, 4, 200), random.integers(0, 40, 200) * DAY
    instant[::9] = NEVER
    value = random.random(200)
    asked_key, asked = random.integers(0, 4, 60), random.integers(0, 45, 60) * DAY
    for days in (None, 5):
        count, (total,) = Happened(key, instant, value).before(asked_key, asked, days)
        for row in range(60):
            is_in = (key == asked_key[row]) & (instant < asked[row]) & (instant < NEVER)
            is_in &= instant >= asked[row] - days * DAY if days else True
            assert count[row] == is_in.sum()
            assert total[row] == pytest.approx(value[is_in].sum())


def slow_hazard(leg: Leg, members: np.ndarray, day: int, window: int, age: int) -> tuple[int, int]:
    """Count who ended at an age and who lived to it in the days before, order by order."""
    deaths = exposed = 0
    for row in np.flatnonzero(members & (leg.started < NEVER)):
        begun, stopped = leg.started[row] // DAY, leg.stopped[row] // DAY
        then = begun + age
        if day - window <= then < day and stopped >= then:
            exposed += 1
            deaths += int(stopped == then and leg.got_through[row])
    return deaths, exposed


def a_leg(count: int = 400) -> Leg:
    random = np.random.default_rng(5)
    started = np.sort(random.integers(0, 60 * DAY, count))
    stopped = started + random.integers(0, 20 * DAY, count)
    through = random.random(count) < 0.8
    stopped[::11] = NEVER
    through[::11] = False
    return Leg(started.copy(), started, stopped, through)


def test_a_life_table_counts_as_the_slow_twin_does() -> None:
    leg = a_leg()
    every = np.zeros(400, dtype=np.int64)
    table = life_table(leg, every, 90, 14)
    for day in (10, 30, 55):
        going = 1.0
        for age in range(12):
            deaths, exposed = slow_hazard(leg, every == 0, day, 14, age)
            going *= 1 - (deaths + 0.1) / (exposed + 2)
            found = table.survival[0, day - table.first_day, age + 1]
            assert found == pytest.approx(going, rel=1e-4)


def test_the_pace_of_a_day_is_that_of_the_days_before_it() -> None:
    leg = a_leg()
    every, rows = np.zeros(400, dtype=np.int64), np.arange(400)
    day = 40
    is_past = leg.stopped < day * DAY
    known = Leg(
        leg.placed,
        np.where(leg.started < day * DAY, leg.started, NEVER),
        np.where(is_past, leg.stopped, NEVER),
        leg.got_through & is_past,
    )
    asked = np.full(400, day * DAY)
    for share in (0.5, 0.8):
        whole = life_table(leg, every, 90, 14).days_until(share, rows, asked)
        np.testing.assert_array_equal(whole, life_table(known, every, 90, 14).days_until(share, rows, asked))


def test_half_of_the_orders_are_through_at_the_median() -> None:
    started = np.arange(0, 60 * DAY, DAY // 10)
    stopped = started + 5 * DAY
    leg = Leg(started, started, stopped, np.full(len(started), fill_value=True))
    table = life_table(leg, np.zeros(len(started), dtype=np.int64), 90, 28)
    rows = np.array([0])
    assert table.days_until(0.5, rows, np.array([50 * DAY]))[0] == pytest.approx(5.5, abs=0.3)
    early, late = (np.array([age * DAY]) for age in (2, 30))
    assert table.still_going(rows, np.array([50 * DAY]), np.array([50 * DAY]), np.array([50 * DAY]) + early)[0] > -0.1
    assert table.still_going(rows, np.array([50 * DAY]), np.array([50 * DAY]), np.array([50 * DAY]) + late)[0] < -3


def test_scores_of_a_few_orders_are_those_counted_by_hand() -> None:
    probability = np.array([0.9, 0.8, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.0, 0.0])
    late = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    scores = risk_scores(probability, late)
    assert scores["auc_score"] == pytest.approx(15 / 16)
    assert scores["brier_loss"] == pytest.approx((0.01 + 0.64 + 0.36 + 0.09 + 0.04 + 0.04 + 0.01 + 0.01) / 10)
    assert scores["lift_score"] == pytest.approx(5.0)
    assert scores["calibration_error"] == pytest.approx(np.abs(probability - late).mean())
    assert reliability(probability, late)["predicted"].is_sorted()


def test_bins_hold_equally_many_orders() -> None:
    bins = reliability(np.linspace(0, 1, 105), np.arange(105) % 2 == 0)
    assert bins["orders"].sum() == 105
    assert set(bins["orders"]) == {10, 11}
    assert isinstance(bins, pl.DataFrame)
