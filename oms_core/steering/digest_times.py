"""When digests are due by somebody's own clock, and which days they are about."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_core.steering.digest_models import DigestPeriod, Rhythm
from oms_core.tasks.own_clock import instant_of

_DAY = timedelta(days=1)


def latest_due(rhythm: Rhythm, day: int, hour: int, *, zone: ZoneInfo, now: datetime) -> datetime:
    """The last instant by ``now`` at which a digest was due.

    An hour that comes twice means the first of both; one that is skipped is the hour after the change.
    """
    local = now.astimezone(zone).date()
    while True:
        due = instant_of(datetime.combine(local, time(hour)), zone)
        if due <= now and _is_day(rhythm, day, local):
            return due
        local -= _DAY


def days_of_digest(period: DigestPeriod, due_on: date) -> tuple[date, date]:
    """The half-open span of whole days that a digest due on a day is about; weeks begin on Monday."""
    if period is DigestPeriod.YESTERDAY:
        return due_on - _DAY, due_on
    if period is DigestPeriod.LAST_WEEK:
        monday = due_on - due_on.weekday() * _DAY
        return monday - 7 * _DAY, monday
    first = due_on.replace(day=1)
    return (first - _DAY).replace(day=1), first


def _is_day(rhythm: Rhythm, day: int, local: date) -> bool:
    match rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.WEEKLY:
            return local.weekday() == day
        case Rhythm.MONTHLY:
            return local.day == day
