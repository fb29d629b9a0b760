"""Digests: what people have themselves sent, kept and changed by themselves alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.boards import list_boards
from oms_core.steering.digest_models import (
    SUPERSEDED,
    DigestFile,
    DigestPeriod,
    DigestRun,
    DigestSubscription,
    Rhythm,
    RunState,
)

MOST_DIGESTS, MOST_FIGURES, LONGEST_NAME = 20, 24, 60
LANGUAGES = ("en", "ru", "pl", "zh")
_CODE = re.compile(r"[a-z0-9_]{1,40}")
_LAST_RUNS = 50
_WRONG = {"name": "is empty or too long", "figures": "are none, or too many"}


@dataclass(frozen=True, slots=True)
class DigestWish:
    """What a digest is of and when it comes: a board, or figures by their codes where ``board_id`` is None."""

    name: str
    channel: str
    period: DigestPeriod
    rhythm: Rhythm
    hour: int
    day: int = 0
    file_kind: DigestFile = DigestFile.BOTH
    language: str = "en"
    board_id: int | None = None
    figures: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest of one's own."""

    id: int
    wish: DigestWish
    is_active: bool
    version: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A sending of a digest of one's own; ``as_of`` is None where no figures were told."""

    id: int
    digest_id: int
    name: str
    due_at: datetime
    state: RunState
    attempts: int
    as_of: datetime | None
    error: str
    sent_at: datetime | None


@requires(Permission.ANALYTICS_VIEW)
def keep_digest(
    session: Session, *, actor: Actor, now: datetime, wish: DigestWish, is_active: bool = True,
    digest_id: int | None = None, version: int | None = None,
) -> int:  # fmt: skip
    """Have oneself sent a digest from now on, or change one; returns its id.

    Raises ``Invalid`` (``invalid_digest``) naming fields, ``NotFound``, ``Conflict`` (``too_many_digests``,
    ``stale_version``).
    """
    channel_id = session.scalar(select(Channel.id).where(Channel.code == wish.channel))
    boards = {board.id for board in list_boards(session, actor=actor)}
    if (faults := _faults(wish, boards, knows_channel=channel_id is not None)) or channel_id is None:
        raise Invalid("The digest cannot be kept so.", code="invalid_digest", rows=faults)
    if digest_id is None:
        own = select(func.count()).select_from(DigestSubscription).where(DigestSubscription.owner_id == actor.id)
        if (session.scalar(own) or 0) >= MOST_DIGESTS:
            raise Conflict(f"Nobody keeps more than {MOST_DIGESTS} digests.", code="too_many_digests")
        digest = DigestSubscription(owner_id=actor.id, version=0)
        session.add(digest)
    else:
        digest = _own(session, actor, digest_id, version)
        waits = (DigestRun.subscription_id == digest.id) & (DigestRun.state == RunState.WAITING)
        session.execute(update(DigestRun).where(waits).values(state=RunState.FAILED, error=SUPERSEDED))
    digest.name, digest.channel_id, digest.language = " ".join(wish.name.split()), channel_id, wish.language
    digest.board_id, digest.figures = wish.board_id, [] if wish.board_id else list(wish.figures)
    digest.period, digest.rhythm, digest.hour, digest.file_kind = wish.period, wish.rhythm, wish.hour, wish.file_kind
    digest.day = 0 if wish.rhythm is Rhythm.DAILY else wish.day
    digest.is_active, digest.since, digest.version = is_active, now, digest.version + 1
    session.flush()
    return digest.id


@requires(Permission.ANALYTICS_VIEW)
def remove_digest(session: Session, *, actor: Actor, now: datetime, digest_id: int, version: int) -> None:  # noqa: ARG001
    """Have oneself sent a digest no longer; what was told of its sendings goes with it."""
    session.delete(_own(session, actor, digest_id, version))


@requires(Permission.ANALYTICS_VIEW)
def ask_digest(session: Session, *, actor: Actor, now: datetime, digest_id: int) -> None:
    """Have one's own digest sent as soon as may be, beside those due by the clock; one that waits already is it."""
    digest = _own(session, actor, digest_id, None)
    if not digest.is_active:
        raise Conflict("This digest is paused.", code="digest_paused")
    waits = select(DigestRun.id).where(DigestRun.subscription_id == digest.id, DigestRun.state == RunState.WAITING)
    if session.scalar(waits.limit(1)) is None:
        row = insert(DigestRun).values(subscription_id=digest.id, due_at=now, try_at=now, state=RunState.WAITING)
        session.execute(row.on_conflict_do_nothing())


@requires(Permission.ANALYTICS_VIEW)
def list_digests(session: Session, *, actor: Actor) -> list[DigestView]:
    """One's own digests by name."""
    found = session.execute(
        select(DigestSubscription, Channel.code)
        .join(Channel, Channel.id == DigestSubscription.channel_id)
        .where(DigestSubscription.owner_id == actor.id)
        .order_by(DigestSubscription.name, DigestSubscription.id)
    ).all()
    return [DigestView(digest.id, wish_of(digest, code), digest.is_active, digest.version) for digest, code in found]


@requires(Permission.ANALYTICS_VIEW)
def list_runs(session: Session, *, actor: Actor) -> list[RunView]:
    """The last sendings of one's own digests, the newest first."""
    found = session.execute(
        select(DigestRun, DigestSubscription.name)
        .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
        .where(DigestSubscription.owner_id == actor.id)
        .order_by(DigestRun.due_at.desc(), DigestRun.id.desc())
        .limit(_LAST_RUNS)
    ).all()
    return [
        RunView(run.id, run.subscription_id, name, run.due_at, run.state, run.attempts, run.as_of, run.error,
                run.sent_at)
        for run, name in found
    ]  # fmt: skip


@requires(Permission.ANALYTICS_VIEW)
def read_address(session: Session, *, actor: Actor) -> str:
    """Where one's own digests go; empty where no address is known."""
    return session.scalar(select(User.email).where(User.id == actor.id)) or ""


def wish_of(digest: DigestSubscription, channel: str) -> DigestWish:
    """What a kept digest is of and when it comes."""
    return DigestWish(
        digest.name, channel, digest.period, digest.rhythm, digest.hour, digest.day, digest.file_kind, digest.language,
        digest.board_id, tuple(digest.figures),
    )  # fmt: skip


def _faults(wish: DigestWish, boards: set[int], *, knows_channel: bool) -> list[dict[str, Any]]:
    days = {Rhythm.DAILY: range(31), Rhythm.WEEKLY: range(7), Rhythm.MONTHLY: range(1, 29)}[wish.rhythm]
    name, codes = " ".join(wish.name.split()), list(wish.figures)
    sound = {
        "name": 1 <= len(name) <= LONGEST_NAME and name.isprintable(),
        "channel": knows_channel,
        "hour": wish.hour in range(24),
        "day": wish.day in days,
        "language": wish.language in LANGUAGES,
        "board": wish.board_id is None or wish.board_id in boards,
        "figures": wish.board_id is not None
        or (1 <= len(codes) <= MOST_FIGURES and all(_CODE.fullmatch(code) for code in codes)),
    }
    return [
        {"field": field, "message": _WRONG.get(field, "is unknown")}
        for field, is_sound in sound.items()
        if not is_sound
    ]


def _own(session: Session, actor: Actor, digest_id: int, version: int | None) -> DigestSubscription:
    digest = session.get(DigestSubscription, digest_id, with_for_update=True, populate_existing=True)
    if digest is None or digest.owner_id != actor.id:
        raise NotFound("There is no such digest among yours.", code="unknown_digest", rows=[{"id": digest_id}])
    if version is not None and version != digest.version:
        rows = [{"field": "version", "given": version, "current": digest.version}]
        raise Conflict("You saved this digest elsewhere meanwhile.", code="stale_version", rows=rows)
    return digest
