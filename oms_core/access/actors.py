"""Actors: the people to whom writes are attributed, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.models import Role, RolePermission, User, UserRole
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Forbidden, NotFound

SYSTEM = "system"  # the shop itself: it acts, but nobody signs in as it


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with roles and permissions as they were when looked up; every use case is given one."""

    id: int
    login: str
    roles: frozenset[Role] = field(default=frozenset(), compare=False)
    permissions: frozenset[Permission] = field(default=frozenset(), compare=False)
    is_narrowed: bool = field(default=False, compare=False)

    @property
    def decides_on_roles(self) -> bool:
        """Tell whether they may hand out what they do not have: an administrator, but not by a key that may less."""
        return Role.ADMIN in self.roles and not self.is_narrowed

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the actor's roles grants the permission."""
        return permission in self.permissions

    def narrowed(self, scopes: Iterable[str]) -> "Actor":
        """The same person with no more than these permissions, as an API token grants them."""
        kept = self.permissions & {Permission(scope) for scope in scopes}
        return Actor(self.id, self.login, self.roles, kept, is_narrowed=True)


@requires(None)
def find_actor(session: Session, login: str) -> Actor:
    """Find the active user by login; raises ``NotFound`` when unknown or no longer active."""
    row = session.execute(select(User.id, User.login).where(User.login == login, User.is_active)).one_or_none()
    if row is None:
        raise NotFound(f"There is no active user '{login}'.", code="unknown_actor", rows=[{"login": login}])
    return load_actor(session, user_id=row.id, login=row.login)


def load_actor(session: Session, *, user_id: int, login: str) -> Actor:
    """Read a known user's roles and what they grant; the system itself may do everything."""
    rows = session.execute(
        select(UserRole.role, RolePermission.permission)
        .outerjoin(RolePermission, RolePermission.role == UserRole.role)
        .where(UserRole.user_id == user_id)
    ).all()
    known = set(Permission)
    granted = known if login == SYSTEM else {row.permission for row in rows if row.permission in known}
    return Actor(user_id, login, frozenset(row.role for row in rows), frozenset(Permission(code) for code in granted))


def refuse_unless(actor: Actor, permission: Permission | None) -> None:
    """Raise ``Forbidden`` (``not_allowed``, the row names the permission) unless the actor has it."""
    if permission is not None and not actor.may(permission):
        raise Forbidden(
            f"'{actor.login}' may not do this: it needs the permission {permission.value}.",
            code="not_allowed",
            rows=[{"field": "permission", "value": permission.value, "message": "is needed"}],
        )


def refuse_beyond(actor: Actor, permissions: Iterable[str]) -> None:
    """Raise ``Forbidden`` (``beyond_own``) unless the actor may do all of this: nobody hands out more than they have.

    An administrator may: they decide what every role may do. Their narrowed tokens do not.
    """
    beyond = set() if actor.decides_on_roles else set(permissions) - {one.value for one in actor.permissions}
    if beyond:
        rows = [
            {"field": "permission", "value": code, "message": "is beyond what you may do"} for code in sorted(beyond)
        ]
        raise Forbidden(f"'{actor.login}' may not do all that this person may.", code="beyond_own", rows=rows)
