"""Who works here: the people one may act as or give an order to."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.models import Role, User, UserRole
from oms_core.access.permissions import requires

_NOBODY = "system"  # the shop itself: it acts, but nobody acts as it


@dataclass(frozen=True, slots=True)
class Person:
    """An active user with what they may be."""

    login: str
    name: str
    locale: str
    roles: frozenset[Role]


@requires(None)
def list_people(session: Session, *, role: Role | None = None) -> list[Person]:
    """Active users by name, the system itself left out; with ``role`` those alone who have it."""
    rows = session.execute(
        select(User.login, User.name, User.locale, UserRole.role)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .where(User.is_active, User.login != _NOBODY)
        .order_by(User.name, User.login)
    ).all()
    roles: dict[str, set[Role]] = {}
    for row in rows:
        roles.setdefault(row.login, set()).update({row.role} if row.role else set())
    people = {row.login: Person(row.login, row.name, row.locale, frozenset(roles[row.login])) for row in rows}
    return [person for person in people.values() if role is None or role in person.roles]
