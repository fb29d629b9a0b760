"""Who may do what: the matrix of roles and permissions, saved whole, versioned, and restored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role, RolePermission
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Forbidden, Invalid
from oms_core.workflow.versions import keep_version, latest_version, version_of

KIND, CODE = "permissions", "roles"
# Without these nobody could give a permission back.
ADMIN_KEEPS = frozenset({Permission.PEOPLE_VIEW, Permission.PEOPLE_EDIT, Permission.WORKFLOW_VIEW})

Matrix = Mapping[Role, Iterable[Permission]]


@dataclass(frozen=True, slots=True)
class MatrixView:
    """What each role may do now, and the version that says so; 0 where nothing was ever changed."""

    granted: dict[Role, frozenset[Permission]]
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """A permission that a role gains, or loses; ``people`` counts the active users who have the role."""

    role: Role
    permission: Permission
    is_granted: bool
    people: int


@requires(Permission.PEOPLE_VIEW)
def read_matrix(session: Session) -> MatrixView:
    """What each role may do."""
    return MatrixView(_granted(session), latest_version(session, kind=KIND, code=CODE))


@requires(Permission.PEOPLE_VIEW)
def preview_matrix(session: Session, *, matrix: Matrix) -> list[Change]:
    """What saving the matrix would change, role by role."""
    now_granted = _granted(session)
    counts: dict[str, int] = {row.role: row.people for row in session.execute(_PEOPLE_BY_ROLE)}
    return [
        Change(role, permission, permission in wanted, counts.get(role.value, 0))
        for role in Role
        for wanted in [set(matrix.get(role, ()))]
        for permission in Permission
        if (permission in wanted) != (permission in now_granted[role])
    ]


@requires(Permission.PEOPLE_EDIT)
def save_matrix(
    session: Session, *, actor: Actor, now: datetime, matrix: Matrix, seen: int | None = None, note: str = ""
) -> int:
    """Replace what each role may do, and return the version kept; in force from everybody's next request.

    Only an administrator may, and no narrowed token of theirs (``Forbidden`` ``admins_only``). Raises ``Invalid``
    where administrators would lose the right to edit people or clients would gain any, and ``Conflict`` where the
    matrix is not version ``seen`` any more.
    """
    if not actor.decides_on_roles:
        raise Forbidden("Only an administrator decides what roles may do.", code="admins_only")
    session.execute(text("LOCK TABLE role_permissions IN SHARE ROW EXCLUSIVE MODE"))
    if seen is not None and seen != (current := latest_version(session, kind=KIND, code=CODE)):
        rows = [{"field": "version", "given": seen, "current": current}]
        raise Conflict("The matrix was changed meanwhile.", code="stale_matrix", rows=rows)
    before = _granted(session)
    wanted = {role: frozenset(matrix.get(role, ())) for role in Role}
    _refuse_faults(wanted)
    if latest_version(session, kind=KIND, code=CODE) == 0:  # so that there is a way back to how it began
        keep_version(session, kind=KIND, code=CODE, document=_document(before), actor=actor, now=now)
    _write(session, before, wanted)
    return keep_version(session, kind=KIND, code=CODE, document=_document(wanted), actor=actor, now=now, note=note)


@requires(Permission.PEOPLE_EDIT)
def rollback_matrix(session: Session, *, actor: Actor, now: datetime, version: int) -> int:
    """Save an old version anew, byte for byte; permissions that no longer exist are left out."""
    document = version_of(session, KIND, CODE, version)
    return save_matrix(session, actor=actor, now=now, matrix=matrix_of(document), note=f"Rollback to version {version}")


def matrix_of(document: Mapping[str, Any]) -> dict[Role, frozenset[Permission]]:
    """Read a kept version."""
    known = {permission.value for permission in Permission}
    roles: Mapping[str, Sequence[str]] = document["roles"]
    return {role: frozenset(Permission(code) for code in roles.get(role.value, ()) if code in known) for role in Role}


_PEOPLE_BY_ROLE = text("""
SELECT r.role, count(*) AS people FROM user_roles r JOIN users u ON u.id = r.user_id
WHERE u.is_active AND u.login <> 'system' GROUP BY r.role
""")


def _granted(session: Session) -> dict[Role, frozenset[Permission]]:
    known = {permission.value for permission in Permission}
    granted: dict[Role, set[Permission]] = {role: set() for role in Role}
    for role, code in session.execute(select(RolePermission.role, RolePermission.permission)).all():
        if code in known:
            granted[role].add(Permission(code))
    return {role: frozenset(permissions) for role, permissions in granted.items()}


def _document(matrix: Matrix) -> dict[str, Any]:
    return {"roles": {role.value: sorted(one.value for one in matrix[role]) for role in Role}}


def _refuse_faults(wanted: Mapping[Role, frozenset[Permission]]) -> None:
    faults = [
        {"field": Role.ADMIN.value, "value": permission.value, "message": "must stay with administrators"}
        for permission in sorted(ADMIN_KEEPS - wanted[Role.ADMIN])
    ]
    # There are no pages of clients' own yet, so whatever they were given would show them everybody's orders.
    faults += [
        {"field": Role.CLIENT.value, "value": permission.value, "message": "cannot be given to clients"}
        for permission in sorted(wanted[Role.CLIENT])
    ]
    if faults:
        raise Invalid("The roles cannot be kept so.", code="invalid_matrix", rows=faults)


def _write(
    session: Session, before: Mapping[Role, frozenset[Permission]], wanted: Mapping[Role, frozenset[Permission]]
) -> None:
    for role in Role:
        lost = [permission.value for permission in before[role] - wanted[role]]
        session.execute(delete(RolePermission).where(RolePermission.role == role, RolePermission.permission.in_(lost)))
        gained = sorted(wanted[role] - before[role])
        session.add_all(RolePermission(role=role, permission=permission.value) for permission in gained)
    session.flush()
