"""The nights of the plan: begun once a day, how far it is, what came of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.purchasing.plan_models import ReplenishmentAttempt


@dataclass(frozen=True, slots=True)
class PlanAttempt:
    """The newest run by night; the plan before it still stands where it came to nothing.

    ``failure`` says why: the code of a refusal, or the kind of an error that nobody foresaw.
    """

    started_at: datetime
    finished_at: datetime | None
    stage: str
    share: Decimal
    failure: str | None


@requires(Permission.PURCHASE_ORDER)
def begin_attempt(session: Session, *, actor: Actor, now: datetime, since: datetime) -> int | None:
    """Begin a run unless one was begun at or after ``since``; returns its id, None where there is nothing to do."""
    _ = actor
    begun = select(ReplenishmentAttempt.id).where(ReplenishmentAttempt.started_at >= since).limit(1)
    if session.scalars(begun).one_or_none() is not None:
        return None
    attempt = ReplenishmentAttempt(started_at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


@requires(Permission.PURCHASE_ORDER)
def note_progress(session: Session, *, actor: Actor, now: datetime, attempt_id: int, stage: str, share: float) -> None:
    """Say how far a run is: what it does and the share of the whole, 0 to 1."""
    _ = actor, now
    _change(session, attempt_id, stage=stage[:60], share=Decimal(str(round(share, 3))))


@requires(Permission.PURCHASE_ORDER)
def finish_attempt(session: Session, *, actor: Actor, now: datetime, attempt_id: int, failure: str | None) -> None:
    """Say that a run is over, and why it failed if it did."""
    _ = actor
    _change(session, attempt_id, finished_at=now, failure=failure)


@requires(Permission.PURCHASE_VIEW)
def newest_attempt(session: Session) -> PlanAttempt | None:
    """Read the newest run; None before the first."""
    row = session.scalars(select(ReplenishmentAttempt).order_by(ReplenishmentAttempt.id.desc()).limit(1)).one_or_none()
    return None if row is None else PlanAttempt(row.started_at, row.finished_at, row.stage, row.share, row.failure)


def _change(session: Session, attempt_id: int, **values: object) -> None:
    session.execute(update(ReplenishmentAttempt).where(ReplenishmentAttempt.id == attempt_id).values(**values))
