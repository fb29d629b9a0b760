"""Reconciling: of each business day a channel's own list of orders is held against what came in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.intake.feeds import lock_feed
from oms_core.intake.inbound_models import ChannelFeed, FeedReconciliation
from oms_core.intake.inbound_reading import Incoming, short_id
from oms_core.intake.inbound_storing import store_incoming

SETTLES = timedelta(hours=1)
"""After the end of a business day its orders may still be on their way."""
LOOKS_BACK = timedelta(days=7)
_MISSING = text("""
SELECT g.name FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS g (name, place)
WHERE NOT EXISTS (SELECT FROM inbound_messages m WHERE m.channel_id = :channel_id AND m.external_id = g.name)
  AND NOT EXISTS (SELECT FROM orders o WHERE o.channel_id = :channel_id AND o.external_ref = g.name)
ORDER BY g.place
""")
_LIST = text("""
SELECT f.code AS feed, c.code AS channel, r.day, r.theirs, r.ours, r.missing, r.still_missing, r.recovered,
       r.first_checked_at, r.checked_at
FROM feed_reconciliations r JOIN channel_feeds f ON f.id = r.feed_id JOIN channels c ON c.id = f.channel_id
WHERE (CAST(:feed AS text) IS NULL OR f.code = :feed)
ORDER BY r.day DESC, f.code LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A counted day; ``theirs`` is how many orders the channel has, ``ours`` how many of them are here now."""

    feed: str
    channel: str
    day: date
    theirs: int
    ours: int
    missing: list[str]
    still_missing: list[str]
    recovered: int
    first_checked_at: datetime
    checked_at: datetime


@requires(Permission.INBOX_WORK)
def list_reconciliations(session: Session, *, feed: str | None = None, limit: int = 60) -> list[Reconciled]:
    """List counted days, the newest first."""
    return [Reconciled(**row._asdict()) for row in session.execute(_LIST, {"feed": feed, "limit": min(limit, 500)})]


@requires(Permission.INBOX_WORK)
def record_reconciliation(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - the door's
    now: datetime,
    code: str,
    day: date,
    references: Collection[str],
) -> Reconciled:
    """Hold the channel's references of a day against what is here, and keep what is missing.

    Counted again, the day still tells what was missing first.
    """
    feed = lock_feed(session, code)
    names = sorted({short_id(name) for name in references})
    missing = list(session.scalars(_MISSING, {"names": names, "channel_id": feed.channel_id}))
    counted = {"theirs": len(names), "ours": len(names) - len(missing), "still_missing": missing, "checked_at": now}
    row = {"feed_id": feed.id, "day": day, "missing": missing, "first_checked_at": now} | counted
    session.execute(
        insert(FeedReconciliation).values(row).on_conflict_do_update(index_elements=["feed_id", "day"], set_=counted)
    )
    return _read(session, feed, day)


@requires(Permission.INBOX_WORK)
def store_recovered(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - the door's
    now: datetime,
    code: str,
    incoming: Incoming,
) -> bool:
    """Store a message fetched for a counted day, which misses it no more; tells whether it is new."""
    feed = lock_feed(session, code)
    [stored] = store_incoming(session, [incoming], channel_id=feed.channel_id, feed_id=feed.id, now=now)
    return stored.created


@requires(Permission.SYSTEM_RUN)
def list_uncounted(session: Session, *, now: datetime) -> list[tuple[str, date]]:
    """List feeds with the business days that are over and settled, and were not counted or still miss something."""
    feeds = session.execute(
        select(ChannelFeed, Channel).join(Channel, Channel.id == ChannelFeed.channel_id)
        .where(ChannelFeed.is_active).order_by(ChannelFeed.id)
    ).all()  # fmt: skip
    found = []
    for feed, channel in feeds:
        today = business_day(now - SETTLES, channel)
        first = max(today - LOOKS_BACK, business_day(feed.created_at, channel))
        counted = session.execute(
            select(FeedReconciliation.day, FeedReconciliation.still_missing, FeedReconciliation.checked_at)
            .where(FeedReconciliation.feed_id == feed.id, FeedReconciliation.day >= first)
        ).all()  # fmt: skip
        settled = {row.day for row in counted if not row.still_missing or row.checked_at > now - SETTLES}
        days = [first + timedelta(days=offset) for offset in range((today - first).days)]
        found += [(feed.code, day) for day in days if day not in settled]
    return found


def business_day(moment: datetime, channel: Channel) -> date:
    """The channel's business day of an instant."""
    local = moment.astimezone(ZoneInfo(channel.time_zone))
    start = channel.day_start
    return (local - timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)).date()


@requires(Permission.INBOX_WORK)
def bounds_of_day(session: Session, *, code: str, day: date) -> tuple[datetime, datetime]:
    """From when until when a business day of a feed's channel lasts, in UTC; raises ``NotFound``."""
    channel = session.scalars(
        select(Channel).join(ChannelFeed, ChannelFeed.channel_id == Channel.id).where(ChannelFeed.code == code)
    ).one()
    zone = ZoneInfo(channel.time_zone)
    start = datetime.combine(day, channel.day_start, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), channel.day_start, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _read(session: Session, feed: ChannelFeed, day: date) -> Reconciled:
    rows = session.execute(_LIST, {"feed": feed.code, "limit": 1_000_000})
    return next(Reconciled(**row._asdict()) for row in rows if row.day == day)
