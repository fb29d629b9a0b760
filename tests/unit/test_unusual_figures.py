"""Alerts find steps, leave quiet shops alone, do not flap and close by themselves."""

from datetime import date, timedelta

import numpy as np
import pytest

from pipelines.kpi.periods import WorkingDays
from pipelines.steering.unusual import NEEDED, Scale, judge_deviation, judge_standing, judge_threshold

WEEK = WorkingDays(frozenset(range(5)))
START = date(2026, 1, 5)
BY_WEEKDAY = (1.2, 1.1, 1.0, 1.0, 1.1, 0.5, 0.4)


def days_of(count: int) -> list[date]:
    return [START + timedelta(days=place) for place in range(count)]


def orders(seed: int, days: list[date], *, step: float = 1.0, since: int | None = None) -> np.ndarray:
    """Some forty orders a day, fewer at weekends; days wander by themselves by 15 % beside chance."""
    chance = np.random.default_rng(seed)
    usual = np.array([40 * BY_WEEKDAY[day.weekday()] for day in days]) * np.exp(chance.normal(0, 0.15, len(days)))
    if since is not None:
        usual[since:] *= step
    return chance.poisson(usual).astype(float)


def judge(days, values, sensitivity=4.0, working=WEEK):
    recent = slice(max(0, len(days) - NEEDED), None)
    return judge_deviation(
        days[recent], values[recent], values[recent], working=working, scale=Scale.COUNT, sensitivity=sensitivity
    )


@pytest.mark.parametrize("step", [0.5, 1.7])
def test_a_step_is_found_within_ten_days_in_twenty_of_twenty_shops(step):
    days = days_of(180)
    missed = [
        seed
        for seed in range(20)
        if not any(judge(days[:end], orders(seed, days, step=step, since=169)[:end]).is_open for end in range(170, 181))
    ]
    assert missed == []


def test_quiet_shops_raise_less_than_one_alert_a_year():
    """Looked at every sixth day of a hundred days of fifteen shops: four years."""
    days, opened = days_of(260), 0
    for seed in range(15):
        values, was_open = orders(seed, days), False
        for end in range(160, 260, 6):
            is_open = judge(days[:end], values[:end]).is_open
            opened += is_open and not was_open
            was_open = is_open
    assert opened <= 3


def test_an_alert_closes_by_itself_when_the_figure_is_back():
    days = days_of(190)
    values = orders(3, days)
    values[160:174] *= 0.4
    assert judge(days[:174], values[:174]).is_open
    back = judge(days, values)
    assert not back.is_open
    assert back.day == days[-1]


def test_a_step_that_stays_becomes_the_usual_and_its_alert_closes():
    days = days_of(280)
    values = orders(4, days, step=0.5, since=160)
    assert judge(days[:172], values[:172]).is_open
    assert not judge(days, values).is_open


def test_a_holiday_is_no_alert():
    days = days_of(180)
    values = orders(5, days)
    values[-1] = 0
    holidays = WorkingDays(frozenset(range(5)), closed=frozenset({days[-1]}))
    monday_before = days[-1].weekday() < 5
    assert monday_before
    assert judge(days, values).is_open
    assert not judge(days, values, working=holidays).is_open


def test_with_a_short_history_nothing_is_said():
    days = days_of(30)
    verdict = judge(days, orders(1, days))
    assert verdict is not None
    assert not verdict.is_open


def test_a_figure_that_swings_about_its_bound_raises_one_alert_and_not_ten():
    days = days_of(21)
    values = np.array([5.0, 11.0] * 10 + [11.0])
    states = [judge_threshold(days[:end], values[:end], lower=None, upper=10).is_open for end in range(2, 22)]
    assert states == [True] * 20
    calm = np.append(values, [5.0, 5.0])
    assert not judge_threshold(days_of(23), calm, lower=None, upper=10).is_open
    assert judge_threshold(days_of(22), calm[:-1], lower=None, upper=10).is_open


def test_a_bound_is_told_with_the_value_and_since_when():
    values = np.array([20.0, 20.0, 3.0, 2.0])
    verdict = judge_threshold(days_of(4), values, lower=5, upper=None)
    assert (verdict.is_open, verdict.since, verdict.day, verdict.value, verdict.expected) == (
        True, days_of(4)[2], days_of(4)[3], 2, 5,
    )  # fmt: skip
    assert judge_threshold(days_of(2), np.array([np.nan, np.nan]), lower=5, upper=None) is None


@pytest.mark.parametrize(("value", "found"), [(10.1, True), (10, None), (9.9, None), (9.7, False), (4.9, True)])
def test_what_stands_now_stays_as_it_was_close_to_its_bound(value, found):
    assert judge_standing(value, lower=5, upper=10) is found


def test_shares_of_few_rows_wander_and_raise_nothing():
    chance = np.random.default_rng(2)
    days, counts = days_of(180), np.full(180, 12.0)
    shares = chance.binomial(12, 0.05, 180) / 12
    verdict = judge_deviation(days, shares, counts, working=WEEK, scale=Scale.SHARE, sensitivity=4)
    assert not verdict.is_open
    shares[-14:] = chance.binomial(12, 0.5, 14) / 12
    verdict = judge_deviation(days, shares, counts, working=WEEK, scale=Scale.SHARE, sensitivity=4)
    assert verdict.is_open
    assert verdict.expected < 0.12
