"""Pulling: what is due is fetched page by page, each stored together with how far the walk is."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import structlog

from oms_core.errors import Conflict, OmsError
from oms_core.intake.feed_progress import Walk, begin_walk, list_due_feeds, look_at_feed, note_failure, store_page
from oms_core.intake.inbound_models import FeedKind
from oms_core.intake.reconciling import (
    Reconciled,
    bounds_of_day,
    list_uncounted,
    record_reconciliation,
    store_recovered,
)
from pipelines.feeds.http_orders import HttpOrders
from pipelines.feeds.imap import Mailbox
from pipelines.feeds.maildir import Maildir
from pipelines.feeds.source import FeedAwayError, Source, secret_of

Run = Callable[..., Any]
LONGEST_WALK_SECONDS = 30.0
"""A longer walk goes on in the next round: the worker has other work."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a walk brought; ``failure`` says why it stopped, ``is_whole`` that it came to its end."""

    feed: str
    pages: int = 0
    messages: int = 0
    new: int = 0
    is_whole: bool = False
    failure: str = ""


def source_of(walk: Walk, home: Path) -> Source:
    """Make the source of a feed; raises ``FeedAwayError`` where its secret cannot be read."""
    secret = secret_of(walk.secret, home)
    if walk.kind is FeedKind.HTTP:
        return HttpOrders(walk, secret)
    return Mailbox(walk, secret) if walk.kind is FeedKind.IMAP else Maildir(walk)


def pull_due(run: Run, read: Run, home: Path) -> int:
    """Pull every feed whose time has come and return how many messages are new; ``run`` and ``read`` are the door."""
    return sum(_pull_alone(run, code, home) for code in read(list_due_feeds, now=datetime.now(UTC)))


def _pull_alone(run: Run, code: str, home: Path) -> int:
    """Pull one of many feeds: whatever happens to it keeps no other from being pulled."""
    try:
        return pull_feed(run, code, home).new
    except OmsError as refusal:
        log.warning("feeds.not_pulled", feed=code, code=refusal.code, message=str(refusal))
    except Exception as error:
        log.exception("feeds.pull_failed", feed=code)
        _note(run, code, f"What it sent could not be read ({type(error).__name__}).", keeps_place=False)
    return 0


def pull_feed(run: Run, code: str, home: Path, *, seconds: float = LONGEST_WALK_SECONDS) -> Pulled:
    """Walk through what a feed has that is new. An outage is noted and loses nothing: the next walk begins earlier."""
    walk: Walk = run(begin_walk, code=code)
    pages = messages = new = 0
    deadline = time.monotonic() + seconds
    try:
        with closing(source_of(walk, home).pages()) as walked:  # type: ignore[type-var]
            for page in walked:
                facts = {"incoming": page.incoming, "cursor": page.cursor, "reached": page.reached}
                new += run(store_page, walk=walk, **facts)
                pages, messages = pages + 1, messages + len(page.incoming)
                if page.cursor is None:
                    return Pulled(code, pages, messages, new, is_whole=True)
                if time.monotonic() > deadline:
                    return Pulled(code, pages, messages, new)
    except FeedAwayError as error:
        return Pulled(code, pages, messages, new, failure=_note(run, code, str(error), keeps_place=error.is_outage))
    except Conflict as overtaken:
        return Pulled(code, pages, messages, new, failure=str(overtaken))
    raise AssertionError("a walk ends with a page that has no next one")


def reconcile_due(run: Run, read: Run, home: Path) -> int:
    """Count every business day that is over, fetch what is missing, and return how many messages were missing."""
    missing = 0
    for code, day in read(list_uncounted, now=datetime.now(UTC)):
        try:
            counted = reconcile_day(run, read, code, day, home)
            missing += len(counted.still_missing)
            repull(run, read, counted, home)
        except FeedAwayError as error:
            _note(run, code, str(error))
        except OmsError as refusal:  # a feed that was set up wrongly keeps no other from being counted
            log.warning("feeds.not_counted", feed=code, day=day.isoformat(), code=refusal.code, message=str(refusal))
    return missing


def reconcile_day(run: Run, read: Run, code: str, day: date, home: Path) -> Reconciled:
    """Hold a day of the channel's own list against what is here; raises ``FeedAwayError`` where it cannot be asked."""
    walk: Walk = read(look_at_feed, code=code)
    start, end = read(bounds_of_day, code=code, day=day)
    references = source_of(walk, home).references(day, start, end)
    counted: Reconciled = run(record_reconciliation, code=code, day=day, references=references)
    log.info("feeds.counted", feed=code, day=day.isoformat(), theirs=counted.theirs, missing=counted.still_missing)
    return counted


def repull(run: Run, read: Run, counted: Reconciled, home: Path) -> Sequence[str]:
    """Fetch what a counted day misses, one by one; returns what is here now.

    Raises ``FeedAwayError`` where the channel cannot be asked; what was fetched before stays.
    """
    source = source_of(read(look_at_feed, code=counted.feed), home)
    fetched = []
    for name in counted.still_missing:
        incoming = source.one(name)
        if incoming is not None:
            run(store_recovered, code=counted.feed, incoming=incoming)
            fetched.append(name)
    return fetched


def _note(run: Run, code: str, reason: str, *, keeps_place: bool = True) -> str:
    due_at = run(note_failure, code=code, reason=reason, keeps_place=keeps_place)
    log.warning("feeds.away", feed=code, reason=reason, again_at=due_at.isoformat())
    return reason
