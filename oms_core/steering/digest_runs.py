"""Runs of digests: what is due is claimed, sent outside of any transaction, and settled; each at most once.

Of what was missed while nobody was at it only the newest is sent. A run that was claimed and never settled may have
gone out: it is not sent again unless the carrier knows that it did not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, load_actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.steering.boards import list_boards
from oms_core.steering.digest_models import SUPERSEDED, DigestRun, DigestSubscription, RunState
from oms_core.steering.digest_times import latest_due
from oms_core.steering.digests import DigestWish, wish_of
from oms_core.tasks.own_clock import zone_of
from oms_core.tasks.sending import Fate

MOST_ATTEMPTS = 8
LOST_AFTER = timedelta(minutes=15)
_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_ERROR = timedelta(minutes=1), timedelta(hours=1), 500


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A digest to be sent now, its reader as they are at this moment, and the cards of their board where it is one."""

    id: int
    due_at: datetime
    wish: DigestWish
    currency: str
    reader: Actor
    email: str
    zone: str
    cards: Sequence[Mapping[str, str]]


@requires(Permission.SYSTEM_RUN)
def note_due(session: Session, *, actor: Actor, now: datetime) -> int:  # noqa: ARG001 - as the door calls
    """Note every digest that has become due, once; what was due before and never sent is not sent any more."""
    noted = 0
    query = select(DigestSubscription).join(User, User.id == DigestSubscription.owner_id)
    for digest in session.scalars(query.where(DigestSubscription.is_active, User.is_active)).all():
        zone = zone_of(session, user_id=digest.owner_id)
        due = latest_due(digest.rhythm, digest.day, digest.hour, zone=zone, now=now)
        if due < digest.since:
            continue
        row = insert(DigestRun).values(subscription_id=digest.id, due_at=due, try_at=now, state=RunState.WAITING)
        if session.scalar(row.on_conflict_do_nothing().returning(DigestRun.id)) is not None:
            noted += 1
            older = (DigestRun.subscription_id == digest.id) & (DigestRun.due_at < due)
            session.execute(
                update(DigestRun)
                .where(older, DigestRun.state == RunState.WAITING)
                .values(state=RunState.FAILED, error=SUPERSEDED)
            )
    return noted


@requires(Permission.SYSTEM_RUN)
def claim_run(session: Session, *, actor: Actor, now: datetime) -> ClaimedRun | None:  # noqa: ARG001
    """Take the next digest that is to be sent; whoever has it must settle it. None: there is none.

    Nothing is sent to people who are no longer active, nor what was paused.
    """
    found = session.execute(
        select(DigestRun, DigestSubscription, User, Channel)
        .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
        .join(User, User.id == DigestSubscription.owner_id)
        .join(Channel, Channel.id == DigestSubscription.channel_id)
        .where(DigestRun.state == RunState.WAITING, DigestRun.try_at <= now)
        .where(DigestSubscription.is_active, User.is_active)
        .order_by(DigestRun.try_at, DigestRun.id)
        .limit(1)
        .with_for_update(of=DigestRun, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    run, digest, user, channel = found
    run.state, run.attempts, run.try_at = RunState.SENDING, run.attempts + 1, now
    reader = load_actor(session, user_id=user.id, login=user.login)
    boards = {board.id: board.cards for board in list_boards(session, actor=reader)}
    return ClaimedRun(
        run.id, run.due_at, wish_of(digest, channel.code), channel.currency, reader, user.email or "",
        zone_of(session, user_id=user.id).key, boards.get(digest.board_id or 0, ()),
    )  # fmt: skip


@requires(Permission.SYSTEM_RUN)
def settle_run(
    session: Session, *, actor: Actor, now: datetime, run_id: int, fate: Fate, error: str = "",  # noqa: ARG001
    as_of: datetime | None = None,
) -> None:  # fmt: skip
    """Say what became of a claimed digest; one to be tried again is, after pauses that grow, a few times."""
    run = session.get_one(DigestRun, run_id, with_for_update=True, populate_existing=True)
    if run.state is not RunState.SENDING:
        return
    run.error, run.as_of = error[:_LONGEST_ERROR], as_of or run.as_of
    if fate is Fate.TAKEN:
        run.state, run.sent_at, run.error = RunState.SENT, now, ""
    elif fate is Fate.REFUSED or run.attempts >= MOST_ATTEMPTS:
        run.state = RunState.FAILED
    else:
        run.state = RunState.WAITING
        run.try_at = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (run.attempts - 1))


@requires(Permission.SYSTEM_RUN)
def list_lost(session: Session, *, now: datetime) -> list[int]:
    """Runs that were claimed long ago and never settled: whoever had them came to grief."""
    query = select(DigestRun.id).where(DigestRun.state == RunState.SENDING, DigestRun.try_at < now - LOST_AFTER)
    return list(session.scalars(query.order_by(DigestRun.id)))
