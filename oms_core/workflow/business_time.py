"""Business time: seconds within working hours, by a calendar in its own zone. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Hours = Sequence[tuple[time, time]]

_DAY = timedelta(days=1)
_STEP_DAYS, _FARTHEST_DAYS = 14, 1_096
_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Calendar:
    """Working hours: ``hours`` by weekday (0 is Monday, several pairs make breaks), days that differ in ``exceptions``.

    A day of ``exceptions`` replaces its weekday altogether; without hours it is closed. Hours are read off the clock
    of ``time_zone``: a time that occurs twice when summer ends means the earlier, one that is skipped when summer
    begins is read by the clock before the change; hours that this would turn round are empty.
    """

    time_zone: str
    hours: Mapping[int, Hours]
    exceptions: Mapping[date, Hours] = field(default_factory=dict)

    def open_periods(self, first_day: date, last_day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open periods (UTC, half-open, ascending, disjoint) of the local days, both included."""
        zone = ZoneInfo(self.time_zone)
        day, until = first_day, datetime.min.replace(tzinfo=UTC)
        while day <= last_day:
            hours = self.exceptions.get(day, self.hours.get(day.weekday(), ()))
            for opens, closes in _merged(hours):
                # Two skipped times, or one and the next real one, may change places: no second is counted twice.
                start, end = max(_instant(day, opens, zone), until), _instant(day, closes, zone)
                if start < end:
                    until = end
                    yield start, end
            day += _DAY


def business_seconds(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Count the whole seconds of working hours in ``[start, end)``; 0 where ``end`` is not after ``start``.

    Instants are aware and cut to the second first, so that the parts of a split period sum exactly to the whole.
    """
    start, end = _cut(start), _cut(end)
    if end <= start:
        return 0
    zone = ZoneInfo(calendar.time_zone)
    periods = calendar.open_periods(start.astimezone(zone).date(), end.astimezone(zone).date())
    return sum(int((min(end, closes) - max(start, opens)).total_seconds()) for opens, closes in periods
               if opens < end and closes > start)  # fmt: skip


def after_business_seconds(start: datetime, seconds: int, calendar: Calendar) -> datetime:
    """Return when that many seconds of working hours have passed since ``start``: the inverse of ``business_seconds``.

    0 is ``start`` itself. A calendar without hours for a year counts the rest by the clock, so that nothing waits for
    ever.
    """
    moment, left = _cut(start), seconds
    if left <= 0:
        return moment
    day = moment.astimezone(ZoneInfo(calendar.time_zone)).date()
    for opens, closes in calendar.open_periods(day, day + _YEAR):
        begins = max(opens, moment)
        if (passes := int((closes - begins).total_seconds())) > 0:
            if passes >= left:
                return begins + timedelta(seconds=left)
            left -= passes
            moment = closes
    return moment + timedelta(seconds=left)


def business_moment_before(end: datetime, seconds: int, calendar: Calendar) -> datetime | None:
    """Return the last instant since which ``seconds`` of working hours have passed until ``end``.

    None where a calendar had not that many within three years.
    """
    end = _cut(end)
    if seconds <= 0:
        return end
    last, left = end.astimezone(ZoneInfo(calendar.time_zone)).date(), seconds
    for back in range(0, _FARTHEST_DAYS, _STEP_DAYS):  # periods are listed forwards, so a stretch at a time
        day = last - back * _DAY
        for opens, closes in reversed(list(calendar.open_periods(day - (_STEP_DAYS - 1) * _DAY, day))):
            within = int((min(end, closes) - opens).total_seconds())
            if within >= left:
                return min(end, closes) - timedelta(seconds=left)
            left -= max(within, 0)
    return None


def wall_seconds(start: datetime, end: datetime) -> int:
    """Count the seconds between two instants, each cut to the second as ``business_seconds`` does."""
    return int((_cut(end) - _cut(start)).total_seconds())


def _cut(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return _cut(datetime.combine(day, clock, tzinfo=zone))


def _merged(hours: Hours) -> list[tuple[time, time]]:
    """Join hours that overlap or touch, so that no second is counted twice."""
    merged: list[tuple[time, time]] = []
    for opens, closes in sorted(hours):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged
