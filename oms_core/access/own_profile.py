"""What people see and set about themselves."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.people import Person
from oms_core.access.permissions import requires
from oms_core.errors import Invalid


@requires(None)
def read_own_profile(session: Session, *, actor: Actor) -> Person:
    """Read who the actor is, by name."""
    row = session.execute(select(User.name, User.locale).where(User.id == actor.id)).one()
    return Person(actor.login, row.name, row.locale, actor.roles)


@requires(None)
def choose_language(session: Session, *, actor: Actor, now: datetime, language: str) -> None:  # noqa: ARG001 - the clock of every use case
    """Keep the language (a code of two letters) that the actor's screens speak."""
    if not (len(language) == 2 and language.isascii() and language.isalpha()):
        rows = [{"field": "language", "value": language, "message": "is no language"}]
        raise Invalid("This is no language.", code="unknown_language", rows=rows)
    session.execute(update(User).where(User.id == actor.id).values(locale=language.lower()))
