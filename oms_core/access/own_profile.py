"""What people set about themselves."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import requires
from oms_core.errors import Invalid


@requires(None)
def choose_language(session: Session, *, actor: Actor, now: datetime, language: str) -> None:  # noqa: ARG001 - the clock of every use case
    """Keep the language (a code of two letters) that the actor's screens speak."""
    if not (len(language) == 2 and language.isascii() and language.isalpha()):
        rows = [{"field": "language", "value": language, "message": "is no language"}]
        raise Invalid("This is no language.", code="unknown_language", rows=rows)
    session.execute(update(User).where(User.id == actor.id).values(locale=language.lower()))
