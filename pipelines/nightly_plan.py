"""The plan by night: forecast and plan once a day, told as it goes; what fails leaves the last good plan standing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.errors import OmsError
from oms_core.purchasing.plan_attempts import begin_attempt, finish_attempt, note_progress
from pipelines.store import Store

NIGHT_HOUR = 2
"""In UTC; the first look after it begins the night's run."""
_TRIES = 3
_OUTDATED = "plan_outdated"
_FORECASTING = 0.9  # of the whole run
log = structlog.get_logger()


def plan_by_night(
    sessions: sessionmaker[Session], store: Store, actor: Actor, *, now: datetime, cluster: str | None = None
) -> int:
    """Forecast and plan if this night's run was not begun yet; returns how much is proposed.

    Long work holds no transaction: readings and the short writes of progress have transactions of their own. A refusal
    (too young a shop, another run at it) is kept for the page by its code; any other failure by its kind, and raised.
    """
    run: Callable[..., Any] = partial(door.run, sessions, actor)
    attempt = run(begin_attempt, at=now, since=_last_night(now))
    if attempt is None:
        return 0
    note: Callable[..., None] = partial(run, note_progress, attempt_id=attempt)
    try:
        from pipelines.demand_forecast import forecast_shop  # scikit-learn takes seconds to import

        forecast_shop(sessions, store, actor, now=now, progress=_begin_of(note), cluster=cluster)
        note(stage="planning", share=_FORECASTING)
        proposals = _plan(sessions, store, actor, now)
    except OmsError as refusal:
        log.warning("plan.refused", code=refusal.code, message=str(refusal))
        run(finish_attempt, attempt_id=attempt, failure=refusal.code)
        return 0
    except Exception as fault:
        run(finish_attempt, attempt_id=attempt, failure=type(fault).__name__)
        raise
    run(finish_attempt, attempt_id=attempt, failure=None)
    return proposals


def _begin_of(note: Callable[..., None]) -> Callable[[str, float], None]:
    return lambda stage, share: note(stage=stage, share=share * _FORECASTING)


def _plan(sessions: sessionmaker[Session], store: Store, actor: Actor, now: datetime) -> int:
    from pipelines.replenishment import plan_replenishment

    for left in reversed(range(_TRIES)):
        try:
            return plan_replenishment(sessions, store, actor=actor, now=now).proposals
        except OmsError as refusal:  # something was bought meanwhile: the next reading knows of it
            if refusal.code != _OUTDATED or not left:
                raise
    return 0


def _last_night(now: datetime) -> datetime:
    tonight = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return tonight if now >= tonight else tonight - timedelta(days=1)
