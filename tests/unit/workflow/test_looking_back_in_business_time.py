"""The instant since which working hours have passed, against counting them forwards."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.workflow.business_time import Calendar, business_moment_before, business_seconds

WARSAW = Calendar("Europe/Warsaw", dict.fromkeys(range(5), ((time(9), time(12, 30)), (time(13), time(18)))))
NIGHTS = Calendar("Europe/Warsaw", dict.fromkeys(range(7), ((time(0), time(6)), (time(22), time(23, 59)))))
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@settings(max_examples=100, deadline=None)
@given(end=MOMENTS, seconds=st.integers(1, 1_000_000), calendar=st.sampled_from([WARSAW, NIGHTS]))
def test_just_that_many_seconds_have_passed_since_and_fewer_a_second_later(
    end: datetime, seconds: int, calendar: Calendar
) -> None:
    since = business_moment_before(end, seconds, calendar)
    assert since is not None
    assert business_seconds(since, end, calendar) == seconds
    assert business_seconds(since + timedelta(seconds=1), end, calendar) == seconds - 1


def test_a_calendar_without_hours_never_has_them() -> None:
    assert business_moment_before(datetime(2026, 3, 2, tzinfo=UTC), 60, Calendar("UTC", {})) is None
