"""Undoing: what a rule did is taken back whole when a part of it is refused, and nothing else with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.journal import journalled

# Said by hand: the door ends transactions itself, and the session's own savepoints would outlive them.
_BEGIN = "SAVEPOINT rule_acts; SET LOCAL oms.actor = '{actor_id:d}'"
_KEEP = "RELEASE SAVEPOINT rule_acts; SET LOCAL oms.actor = '{actor_id:d}'"
_UNDO = "ROLLBACK TO SAVEPOINT rule_acts; RELEASE SAVEPOINT rule_acts"


@contextmanager
def undone_when_refused(session: Session, *, acting_as: Actor, for_whom: Actor) -> Iterator[None]:
    """Run what is inside as another actor, for the audit too; whatever it raises undoes it and is raised on.

    What the session loaded is forgotten then, for it may tell of what was undone. Only within a door's transaction.
    """
    session.flush()
    events = journalled(session)
    before = len(events)
    session.execute(text(_BEGIN.format(actor_id=acting_as.id)))
    try:
        yield
        session.flush()
    except Exception:
        session.rollback()  # of what the session holds; to the database, which the door speaks to, this says nothing
        session.execute(text(_UNDO))
        del events[before:]
        raise
    session.execute(text(_KEEP.format(actor_id=for_whom.id)))
