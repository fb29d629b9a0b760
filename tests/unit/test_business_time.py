from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.workflow.business_time import Calendar, business_seconds, wall_seconds

SHIFT = ((time(9), time(12, 30)), (time(13), time(18)))
WARSAW = Calendar(
    "Europe/Warsaw",
    dict.fromkeys(range(5), SHIFT),
    {date(2026, 5, 1): (), date(2026, 5, 2): ((time(10), time(14)),)},
)
NIGHTS = Calendar("Europe/Warsaw", dict.fromkeys(range(7), ((time(0), time(6)), (time(22), time(23, 59)))))


def warsaw(*clock: int) -> datetime:
    return datetime(*clock, tzinfo=ZoneInfo("Europe/Warsaw"))


def minutes_counted_one_by_one(start: datetime, end: datetime, calendar: Calendar) -> int:
    zone, count, moment = ZoneInfo(calendar.time_zone), 0, start
    while moment < end:
        local = moment.astimezone(zone)
        hours = calendar.exceptions.get(local.date(), calendar.hours.get(local.weekday(), ()))
        count += any(opens <= local.time() < closes for opens, closes in hours)
        moment += timedelta(minutes=1)
    return count


def test_a_break_and_the_night_do_not_count():
    assert business_seconds(warsaw(2026, 3, 2, 12), warsaw(2026, 3, 3, 9, 10), WARSAW) == (30 + 5 * 60 + 10) * 60


def test_a_weekend_counts_nothing():
    assert business_seconds(warsaw(2026, 3, 6, 18), warsaw(2026, 3, 9, 9), WARSAW) == 0


def test_an_exception_closes_a_weekday_and_opens_a_saturday():
    assert business_seconds(warsaw(2026, 5, 1), warsaw(2026, 5, 3), WARSAW) == 4 * 3600


def test_a_period_that_ends_before_it_begins_is_empty():
    assert business_seconds(warsaw(2026, 3, 2, 12), warsaw(2026, 3, 2, 11), WARSAW) == 0


def test_the_night_on_which_summer_begins_is_an_hour_shorter_and_the_other_an_hour_longer():
    assert business_seconds(warsaw(2026, 3, 29), warsaw(2026, 3, 29, 12), NIGHTS) == 5 * 3600
    assert business_seconds(warsaw(2026, 10, 25), warsaw(2026, 10, 25, 12), NIGHTS) == 7 * 3600


def test_hours_within_the_gap_of_a_clock_change_count_nothing_and_no_second_twice():
    first_summer_day = datetime(2018, 11, 4, tzinfo=ZoneInfo("America/Sao_Paulo"))  # began at 01:00, not at midnight

    def counted(*hours: tuple[time, time]) -> int:
        calendar = Calendar("America/Sao_Paulo", {6: hours})
        periods = list(calendar.open_periods(date(2018, 11, 4), date(2018, 11, 4)))
        assert all(opens < closes for opens, closes in periods)
        return business_seconds(first_summer_day, first_summer_day + timedelta(days=1), calendar)

    half_past, morning = (time(0, 30), time(1)), (time(9), time(10))
    assert counted(half_past) == 0
    assert counted(half_past, morning) == 3600
    assert counted((time(0), time(0, 30)), (time(1), time(2))) == 3600


def test_hours_that_overlap_are_counted_once():
    doubled = Calendar("UTC", {0: ((time(9), time(12)), (time(10), time(11)), (time(12), time(13)))})
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    assert business_seconds(monday, monday + timedelta(days=1), doubled) == 4 * 3600


def test_a_calendar_without_hours_never_counts():
    assert business_seconds(warsaw(2020, 1, 1), warsaw(2026, 1, 1), Calendar("UTC", {})) == 0


FIRST = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 364 * 86_400_000).map(lambda past: FIRST + timedelta(milliseconds=past))
whole_minutes = instants.map(lambda moment: moment.replace(second=0, microsecond=0))
calendars = st.sampled_from([WARSAW, NIGHTS])


@settings(deadline=None)  # the twin counts every minute, and the machine may be busy
@given(start=whole_minutes, length=st.integers(0, 20 * 24 * 60), calendar=calendars)
def test_it_equals_counting_minute_by_minute(start, length, calendar):
    end = start + timedelta(minutes=length)
    assert business_seconds(start, end, calendar) == 60 * minutes_counted_one_by_one(start, end, calendar)


@given(moments=st.lists(instants, min_size=3, max_size=3).map(sorted), calendar=calendars)
def test_the_parts_of_a_split_period_sum_to_the_whole(moments, calendar):
    start, split, end = moments
    parts = business_seconds(start, split, calendar) + business_seconds(split, end, calendar)
    assert parts == business_seconds(start, end, calendar)
    assert wall_seconds(start, split) + wall_seconds(split, end) == wall_seconds(start, end)
    assert 0 <= business_seconds(start, end, calendar) <= wall_seconds(start, end)
