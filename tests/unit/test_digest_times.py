"""When digests are due by somebody's own clock, and which days they tell of."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from oms_core.steering.digest_models import DigestPeriod, Rhythm
from oms_core.steering.digest_times import days_of_digest, latest_due


def test_an_hour_is_that_of_the_readers_clock_also_where_it_changes():
    berlin = ZoneInfo("Europe/Berlin")

    def due(now: datetime, hour: int) -> datetime:
        return latest_due(Rhythm.DAILY, 0, hour, zone=berlin, now=now)

    assert due(datetime(2026, 3, 28, 12, tzinfo=UTC), 7) == datetime(2026, 3, 28, 6, tzinfo=UTC)
    assert due(datetime(2026, 3, 29, 12, tzinfo=UTC), 7) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert due(datetime(2026, 3, 29, 12, tzinfo=UTC), 2) == datetime(2026, 3, 29, 1, tzinfo=UTC), "skipped: 03:00"
    twice = [due(datetime(2026, 10, 25, hour, 30, tzinfo=UTC), 2) for hour in (0, 1, 2)]
    assert set(twice) == {datetime(2026, 10, 25, 0, tzinfo=UTC)}, "an hour that comes twice is due once"


def test_days_are_told_from_the_day_it_is_due():
    due = date(2026, 3, 4)
    assert days_of_digest(DigestPeriod.YESTERDAY, due) == (date(2026, 3, 3), due)
    assert days_of_digest(DigestPeriod.LAST_WEEK, due) == (date(2026, 2, 23), date(2026, 3, 2))
    assert days_of_digest(DigestPeriod.LAST_MONTH, due) == (date(2026, 2, 1), date(2026, 3, 1))
