from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.workflow.business_time import Calendar, business_seconds
from pipelines.simulation.clock import NEVER, make_clock, make_horizon
from pipelines.simulation.holidays import easter_sunday, public_holidays

HORIZON = make_horizon(date(2026, 11, 21), 400, "Europe/Warsaw")
HOURS = {weekday: ((time(9), time(18)),) for weekday in range(5)}
CLOSED = frozenset({date(2026, 11, 11), date(2026, 5, 1)})
CLOCK = make_clock(HORIZON, HOURS, CLOSED)
MOMENTS = st.integers(int(HORIZON.midnight(0)), HORIZON.end)


def at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


@given(MOMENTS, MOMENTS)
def test_working_time_of_columns_is_the_business_time_of_the_order_service(one, other):
    start, end = min(one, other), max(one, other)
    slow = business_seconds(at(start), at(end), Calendar("Europe/Warsaw", HOURS, dict.fromkeys(CLOSED, ())))
    assert CLOCK.between(np.array([start]), np.array([end]))[0] == slow


@given(MOMENTS, st.integers(1, 400_000))
def test_adding_working_time_is_the_inverse_of_counting_it(moment, seconds):
    start = np.array([moment])
    assert CLOCK.between(start, CLOCK.add(start, seconds))[0] == seconds


def test_what_never_comes_is_never_followed_by_anything():
    assert CLOCK.add(np.array([NEVER]), 3_600)[0] == NEVER


@given(st.integers(0, HORIZON.days - 1), st.integers(0, 22 * 3_600))
def test_an_instant_lies_on_the_day_whose_midnight_it_follows(day, seconds):
    assert HORIZON.day_of(HORIZON.midnight(day) + np.array([seconds]))[0] == day


def test_a_day_of_the_horizon_may_be_23_or_25_hours_long():
    lengths = {int(HORIZON.midnight(day + 1) - HORIZON.midnight(day)) // 3_600 for day in range(HORIZON.days)}
    assert lengths == {23, 24, 25}


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2038, date(2038, 4, 25))],
)
def test_easter_falls_where_the_almanac_has_it(year, sunday):
    assert easter_sunday(year) == sunday


def test_poland_rests_on_its_feasts_and_since_2025_on_christmas_eve():
    assert len(public_holidays(2024, 2024)) == 12
    assert len(public_holidays(2025, 2025)) == 13
    assert date(2026, 6, 4) in public_holidays(2026, 2026)  # Corpus Christi
    assert date(2024, 12, 24) not in public_holidays(2024, 2024)
    assert date(2025, 12, 24) in public_holidays(2025, 2025)
