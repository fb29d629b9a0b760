"""The same act on many orders: each in a transaction of its own, so that one refusal does not stop the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.errors import Busy, DatabaseAway, OmsError
from oms_core.orders.absence_cover import (
    list_left_behind,
    list_releasable,
    release_order,
    report_left_behind,
)
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.labels import set_priority
from oms_core.orders.progress import move_order

Progress = Callable[[int], object]
"""Told after each order how many were tried so far."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one order; ``message``, ``code`` and ``rows`` are those of the refusal where there was one.

    ``warnings`` are those of rules that let it pass.
    """

    number: str
    ok: bool
    message: str = ""
    code: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    warnings: tuple[str, ...] = ()


def move_orders(
    sessions: sessionmaker[Session], actor: Actor, *, numbers: Sequence[str], to: str, progress: Progress | None = None
) -> list[BulkResult]:
    """Move each order to the status ``to``."""
    return _each(sessions, actor, move_order, numbers, progress, to=to)


def assign_orders(
    sessions: sessionmaker[Session], actor: Actor, *, numbers: Sequence[str], manager: str | None,
    progress: Progress | None = None,
) -> list[BulkResult]:  # fmt: skip
    """Give each order to the manager with this login, or to nobody."""
    return _each(sessions, actor, assign_order, numbers, progress, manager=manager)


def prioritise_orders(
    sessions: sessionmaker[Session], actor: Actor, *, numbers: Sequence[str], priority: int,
    progress: Progress | None = None,
) -> list[BulkResult]:  # fmt: skip
    """Say of each order how urgent it is."""
    return _each(sessions, actor, set_priority, numbers, progress, priority=priority)


def release_open_orders(
    sessions: sessionmaker[Session], actor: Actor, *, login: str, to: str | None = None, at: datetime | None = None
) -> list[BulkResult]:
    """Give every open order of a person to a colleague, or to the pool, from which anybody takes.

    Raises ``Invalid`` (``colleague_away``) for a colleague who is away today, gone, or the same person.
    """
    now = at or datetime.now(UTC)
    numbers = door.read(sessions, actor, list_releasable, now=now, login=login, to=to)
    return _each(sessions, actor, release_order, numbers, at=now, login=login, to=to)


def release_uncovered(sessions: sessionmaker[Session], system: Actor, *, at: datetime | None = None) -> int:
    """Put every open order of who is away now, or gone, into the pool; returns how many.

    Each is taken once: a second time there is nothing to do. What a rule keeps where it is raises an alert.
    """
    now = at or datetime.now(UTC)
    released = 0
    for left in door.run(sessions, system, list_left_behind, at=now):
        facts = {"number": left.number, "login": left.login, "to": None}
        try:
            released += door.run(sessions, system, release_order, at=now, **facts) is not None
        except (Busy, DatabaseAway):
            raise
        except OmsError as refusal:
            door.run(sessions, system, report_left_behind, at=now, left=left, why=refusal)
    return released


def cancel_orders(
    sessions: sessionmaker[Session], actor: Actor, *, numbers: Sequence[str], reason: str, note: str = "",
    progress: Progress | None = None,
) -> list[BulkResult]:  # fmt: skip
    """Cancel what is open of each order for one reason."""
    return _each(sessions, actor, cancel_order, numbers, progress, reason=reason, note=note)


def warnings_of(outcome: object) -> tuple[str, ...]:
    """What rules warn of, where the outcome of a use case, or the state of the order in it, says so."""
    return tuple(getattr(getattr(outcome, "state", outcome), "warnings", ()))


def _each(
    sessions: sessionmaker[Session],
    actor: Actor,
    use_case: Callable[..., object],
    numbers: Sequence[str],
    progress: Progress | None = None,
    **facts: Any,  # noqa: ANN401 - whatever the use case takes
) -> list[BulkResult]:
    """Act on every number once, in the given order; a refusal is a result, anything else is raised."""
    results: list[BulkResult] = []
    for number in dict.fromkeys(numbers):
        try:
            outcome = door.run(sessions, actor, use_case, number=number, **facts)
        except OmsError as refusal:
            results.append(BulkResult(number, ok=False, message=str(refusal), code=refusal.code, rows=refusal.rows))
        else:
            results.append(BulkResult(number, ok=True, warnings=warnings_of(outcome)))
        if progress is not None:
            progress(len(results))
    return results
