"""Use cases run through the door, or rehearsed: all in one transaction that keeps nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from oms_core import door
from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import requirement_of
from oms_core.db import make_sessions

Run = Callable[..., Any]
"""Takes a use case and its facts; a refusal undoes that use case alone."""


def through_the_door(engine: Engine, actor: Actor, now: datetime) -> Run:
    """Run each use case in a transaction of its own, as the desk does."""
    return partial(door.run, make_sessions(engine), actor, at=now)


@contextmanager
def rehearsal(engine: Engine, actor: Actor, now: datetime) -> Iterator[tuple[Session, Run]]:
    """Run use cases in one session that is rolled back in the end, each under a savepoint of its own."""
    with make_sessions(engine)() as session:

        def run(use_case: Run, **facts: Any) -> Any:  # noqa: ANN401 - whatever the use case takes and gives
            refuse_unless(actor, requirement_of(use_case).permission)
            with session.begin_nested():
                return use_case(session, actor=actor, now=now, **facts)

        yield session, run
        session.rollback()
