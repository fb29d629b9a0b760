"""Feeds: where a channel's messages are fetched from, set up by administrators and seen with their state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, NotFound
from oms_core.intake.feed_settings import fault, refuse_feed, settings_of
from oms_core.intake.inbound_models import ChannelFeed, FeedKind
from oms_core.intake.inbound_storing import channel_id_of

LONGEST_ADDRESS, MOST_MINUTES = 500, 24 * 60
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Variables of this installation's own secrets cannot be named: a feed sends what it is told to an address it is told.
_SECRET = re.compile(r"env:OMS_FEED_[A-Z0-9_]{1,60}|file:[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_SCHEMES = {FeedKind.HTTP: {"https", "http"}, FeedKind.IMAP: {"imaps", "imap+plain"}, FeedKind.MAILDIR: {"file"}}
_IN_THE_CLEAR = {"http", "imap+plain"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed with its state; ``gaps`` are days whose counting still misses something, ``stored`` what it brought."""

    id: int
    code: str
    channel: str
    kind: FeedKind
    address: str
    secret: str
    settings: dict[str, Any]
    every_minutes: int
    overlap_minutes: int
    is_active: bool
    version: int
    watermark: str | None
    due_at: datetime
    polled_at: datetime | None
    failures: int
    failed_since: datetime | None
    failure: str
    stored: int
    gaps: int


_FEEDS = text("""
SELECT f.id, f.code, c.code AS channel, f.kind, f.address, f.secret, f.settings, f.every_minutes, f.overlap_minutes,
       f.is_active, f.version, f.watermark, f.due_at, f.polled_at, f.failures, f.failed_since, f.failure,
       (SELECT count(*) FROM inbound_messages m WHERE m.feed_id = f.id) AS stored,
       (SELECT count(*) FROM feed_reconciliations r WHERE r.feed_id = f.id AND r.still_missing <> '{}') AS gaps
FROM channel_feeds f JOIN channels c ON c.id = f.channel_id
ORDER BY f.code
""")


@requires(Permission.INBOX_WORK)
def list_feeds(session: Session) -> list[FeedView]:
    """List the feeds with how they do, by code."""
    return [FeedView(**row._asdict() | {"kind": FeedKind(row.kind)}) for row in session.execute(_FEEDS)]


@requires(Permission.FEEDS_EDIT)
def add_feed(
    session: Session, *, actor: Actor, now: datetime, code: str, channel: str, kind: str, address: str,  # noqa: ARG001 - the door's
    secret: str = "", settings: Mapping[str, Any] | None = None, every_minutes: int = 5, overlap_minutes: int = 15,
    begins: date | None = None,
) -> int:  # fmt: skip
    """Set a feed up and return its version; what changed before ``begins`` (default: now) is not asked for.

    Raises ``Invalid`` (``invalid_feed``) naming fields, ``NotFound`` for the channel, ``Conflict`` (``feed_taken``).
    """
    _refuse_malformed(code, kind, address, secret, every_minutes=every_minutes, overlap_minutes=overlap_minutes)
    if session.scalar(select(ChannelFeed.id).where(ChannelFeed.code == code)) is not None:
        raise Conflict(f"There is a feed '{code}' already.", code="feed_taken", rows=[{"code": code}])
    start = now if begins is None else datetime(begins.year, begins.month, begins.day, tzinfo=UTC)
    feed = ChannelFeed(
        code=code, channel_id=channel_id_of(session, channel), kind=FeedKind(kind), address=address.strip(),
        secret=secret, settings=settings_of(settings or {}).as_dict(), every_minutes=every_minutes,
        overlap_minutes=overlap_minutes, created_at=now, due_at=now, watermark=start.isoformat(),
    )  # fmt: skip
    session.add(feed)
    session.flush()
    return 1


@requires(Permission.FEEDS_EDIT)
def change_feed(
    session: Session, *, actor: Actor, now: datetime, code: str, version: int, address: str, secret: str,  # noqa: ARG001 - the door's
    settings: Mapping[str, Any], every_minutes: int, overlap_minutes: int, is_active: bool,
) -> int:  # fmt: skip
    """Set a feed up anew and return its version; it is asked at once, and from where it was.

    Raises ``Invalid``, ``NotFound``, ``Conflict`` (``stale_version``).
    """
    feed = lock_feed(session, code)
    if feed.version != version:
        rows = [{"code": code, "version": feed.version, "yours": version}]
        raise Conflict(f"Somebody changed the feed '{code}' meanwhile.", code="stale_version", rows=rows)
    _refuse_malformed(code, feed.kind, address, secret, every_minutes=every_minutes, overlap_minutes=overlap_minutes)
    feed.address, feed.secret, feed.settings = address.strip(), secret, settings_of(settings).as_dict()
    feed.every_minutes, feed.overlap_minutes, feed.is_active = every_minutes, overlap_minutes, is_active
    feed.version, feed.due_at, feed.cursor, feed.reached = version + 1, now, None, None
    session.flush()
    return feed.version


def lock_feed(session: Session, code: str) -> ChannelFeed:
    """Lock a feed; raises ``NotFound`` (``unknown_feed``)."""
    wanted = select(ChannelFeed).where(ChannelFeed.code == code).with_for_update()
    feed = session.scalar(wanted.execution_options(populate_existing=True))
    if feed is None:
        raise NotFound(f"There is no feed '{code[:40]}'.", code="unknown_feed", rows=[{"code": code[:40]}])
    return feed


def _refuse_malformed(
    code: str, kind: str, address: str, secret: str, *, every_minutes: int, overlap_minutes: int
) -> None:  # fmt: skip
    faults = []
    if not _CODE.fullmatch(code):
        faults.append(fault("code", "must be 1 to 40 small letters, digits, hyphens, underscores", code))
    if kind not in set(FeedKind):
        faults.append(fault("kind", f"must be one of {', '.join(FeedKind)}", kind))
    elif told := _address_fault(FeedKind(kind), address.strip(), has_secret=bool(secret)):
        faults.append(fault("address", told, address))
    if secret and not _SECRET.fullmatch(secret):
        faults.append(fault("secret", "must name where it lies: env:OMS_FEED_NAME or file:NAME"))
    if not 0 < every_minutes <= MOST_MINUTES:
        faults.append(fault("every_minutes", f"must be from 1 to {MOST_MINUTES}", every_minutes))
    if not 0 <= overlap_minutes <= MOST_MINUTES:
        faults.append(fault("overlap_minutes", f"must be from 0 to {MOST_MINUTES}", overlap_minutes))
    if faults:
        refuse_feed(faults)


def _address_fault(kind: FeedKind, address: str, *, has_secret: bool) -> str | None:
    """Say the first thing that is wrong with an address; None: nothing."""
    try:
        parts = urlsplit(address)
        is_address = address.isprintable() and " " not in address and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or len(address) > LONGEST_ADDRESS:
        return f"must be an address of at most {LONGEST_ADDRESS} characters"
    is_folder = parts.path.startswith("/") and not parts.netloc
    rules = (
        (parts.scheme in _SCHEMES[kind], f"must begin with {_told_schemes(kind)}"),
        (parts.password is None, "must not hold the password: name where it lies as the secret"),
        (kind is not FeedKind.MAILDIR or is_folder, "must be file:///folder"),
        (kind is FeedKind.MAILDIR or bool(parts.hostname), "must name a host"),
        (
            not has_secret or parts.scheme not in _IN_THE_CLEAR or parts.hostname in _LOOPBACK,
            "must be encrypted where a secret is sent",
        ),
    )
    return next((told for is_kept, told in rules if not is_kept), None)


def _told_schemes(kind: FeedKind) -> str:
    return " or ".join(sorted(f"{scheme}://" for scheme in _SCHEMES[kind]))
