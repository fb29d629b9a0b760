"""How far a feed is: a walk begun, its pages stored together with where it stands, its failures with growing pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict
from oms_core.intake.feed_settings import FeedSettings, settings_of
from oms_core.intake.feeds import lock_feed
from oms_core.intake.inbound_models import ChannelFeed, FeedKind
from oms_core.intake.inbound_reading import Incoming
from oms_core.intake.inbound_storing import store_incoming

LONGEST_PAUSE = timedelta(hours=1)
_LONGEST_FAILURE = 300


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through a feed as it begins: where from, and where the one before it was stopped.

    ``number`` tells it from walks begun later, to which it loses.
    """

    code: str
    number: int
    channel: str
    time_zone: str
    kind: FeedKind
    address: str
    secret: str
    settings: FeedSettings
    overlap: timedelta
    watermark: str | None
    cursor: str | None
    reached: str | None


@requires(Permission.SYSTEM_RUN)
def list_due_feeds(session: Session, *, now: datetime) -> list[str]:
    """List active feeds whose time has come, the longest due first."""
    due = select(ChannelFeed.code).where(ChannelFeed.is_active, ChannelFeed.due_at <= now)
    return list(session.scalars(due.order_by(ChannelFeed.due_at, ChannelFeed.id)))


@requires(Permission.INBOX_WORK)
def begin_walk(session: Session, *, actor: Actor, now: datetime, code: str) -> Walk:  # noqa: ARG001 - the door's
    """Begin a walk, or go on with one that was stopped; it is due again in its time, whatever comes of this one."""
    feed = lock_feed(session, code)
    feed.pulls += 1
    feed.due_at = now + timedelta(minutes=feed.every_minutes)
    session.flush()
    return _walk_of(session, feed)


@requires(Permission.INBOX_WORK)
def look_at_feed(session: Session, *, code: str) -> Walk:
    """How a feed is asked, without beginning a walk; raises ``NotFound``."""
    feed = session.scalar(select(ChannelFeed).where(ChannelFeed.code == code))
    return _walk_of(session, feed or lock_feed(session, code))


@requires(Permission.INBOX_WORK)
def store_page(
    session: Session, *, actor: Actor, now: datetime, walk: Walk, incoming: Sequence[Incoming], cursor: str | None,  # noqa: ARG001 - the door's
    reached: str | None,
) -> int:  # fmt: skip
    """Store a page and where the walk stands, together; returns how many messages are new.

    ``cursor`` is the next page; None ends the walk, and the watermark becomes ``reached``. Raises ``Conflict``
    (``walk_overtaken``) where another walk began meanwhile: it has begun from what is stored, so nothing is lost.
    """
    feed = lock_feed(session, walk.code)
    if feed.pulls != walk.number:
        raise Conflict(f"Another walk through '{walk.code}' began.", code="walk_overtaken", rows=[{"code": walk.code}])
    stored = store_incoming(session, incoming, channel_id=feed.channel_id, feed_id=feed.id, now=now)
    feed.cursor, feed.reached = cursor, reached if cursor is not None else None
    if cursor is None:
        feed.watermark = reached or feed.watermark
        feed.polled_at = now
        feed.failures, feed.failed_since, feed.failure = 0, None, ""
    session.flush()
    return sum(one.created for one in stored)


@requires(Permission.INBOX_WORK)
def note_failure(
    session: Session, *, actor: Actor, now: datetime, code: str, reason: str, keeps_place: bool  # noqa: ARG001 - the door's
) -> datetime:  # fmt: skip
    """Keep that a feed could not be asked, since when and why; returns when it is tried again.

    Unless it ``keeps_place`` the next walk begins at the watermark: the page it stood at may be what is wrong.
    """
    feed = lock_feed(session, code)
    feed.failures = min(feed.failures + 1, 1_000)
    feed.failed_since = feed.failed_since or now
    feed.failure = reason[:_LONGEST_FAILURE]
    if not keeps_place:
        feed.cursor = feed.reached = None
    pause = timedelta(minutes=feed.every_minutes * 2 ** min(feed.failures - 1, 10))
    feed.due_at = now + min(pause, max(LONGEST_PAUSE, timedelta(minutes=feed.every_minutes)))
    session.flush()
    return feed.due_at


def _walk_of(session: Session, feed: ChannelFeed) -> Walk:
    channel = session.get_one(Channel, feed.channel_id)
    return Walk(
        feed.code, feed.pulls, channel.code, channel.time_zone, feed.kind, feed.address, feed.secret,
        settings_of(feed.settings), timedelta(minutes=feed.overlap_minutes), feed.watermark, feed.cursor, feed.reached,
    )  # fmt: skip
