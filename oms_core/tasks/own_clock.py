"""One's own clock: the zone of the calendar that a person works by, and what a time on it means."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import requires

_ZONE = text("""
SELECT c.time_zone FROM users u JOIN work_calendars c ON c.id = u.calendar_id WHERE u.id = :user_id
""")


@requires(None)
def read_own_zone(session: Session, *, actor: Actor) -> ZoneInfo:
    """The zone by whose clock the reader works."""
    return zone_of(session, user_id=actor.id)


def zone_of(session: Session, *, user_id: int) -> ZoneInfo:
    """The zone of somebody's work calendar; UTC where they have none."""
    return ZoneInfo(session.scalar(_ZONE, {"user_id": user_id}) or "UTC")


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a time on the clock.

    A time that comes twice when summer ends means the earlier, one that is skipped when summer begins is read by the
    clock before the change.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def days_of(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the first day begins and when the one after the last does, by the clock of a zone."""
    begins, ends = (datetime.combine(day, time()) for day in (first, last + timedelta(days=1)))
    return instant_of(begins, zone), instant_of(ends, zone)
