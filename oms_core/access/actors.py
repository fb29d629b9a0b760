"""Actors: the people to whom writes are attributed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.models import User
from oms_core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; every use case is given one, and every write carries its id."""

    id: int
    login: str


def find_actor(session: Session, login: str) -> Actor:
    """Find the active user by login; raises ``NotFound`` when unknown or no longer active."""
    row = session.execute(select(User.id, User.login).where(User.login == login, User.is_active)).one_or_none()
    if row is None:
        raise NotFound(f"There is no active user '{login}'.", code="unknown_actor", rows=[{"login": login}])
    return Actor(id=row.id, login=row.login)
