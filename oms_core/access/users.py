"""Users: who works here, what they are, and whether they may sign in."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, refuse_beyond
from oms_core.access.models import Role, RolePermission, Team, User, UserRole
from oms_core.access.passwords import NewPassword
from oms_core.access.permissions import Permission, requires
from oms_core.access.sessions import revoke_sessions_of
from oms_core.access.throttle import forget_failures
from oms_core.access.tokens import revoke_tokens_of
from oms_core.errors import Conflict, Invalid, NotFound

LOGIN_PATTERN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,59}")
LARGEST_SHARE = 500
_EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LOCALE_PATTERN = re.compile(r"[a-z]{2}(_[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is kept of a person; calendar and team by code, ``share`` in percent of a full share of dealt-out work."""

    name: str
    roles: Collection[Role]
    email: str | None = None
    locale: str = "en"
    calendar: str | None = None
    team: str | None = None
    share: int = 100


@requires(Permission.PEOPLE_EDIT)
def add_user(
    session: Session, *, actor: Actor, now: datetime, login: str, profile: Profile, password: NewPassword | None = None
) -> int:
    """Add a person and return the user's id; a one-time password is to be changed at the first sign-in.

    Raises ``Invalid`` naming each field, ``Conflict`` for a login that is taken, ``Forbidden`` for roles beyond what
    the actor may do.
    """
    faults = _faults(profile)
    if not LOGIN_PATTERN.fullmatch(login):
        message = "must be 2 to 60 small letters, digits or . _ - + @"
        faults.append({"field": "login", "value": login, "message": message})
    _refuse_faults(faults)
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Conflict(f"The login '{login}' is taken.", code="login_taken", rows=[{"field": "login", "value": login}])
    refuse_beyond(actor, _granted_by(session, profile.roles))
    user = User(login=login, created_at=now, **_columns(session, profile))
    if password is not None:
        user.password_hash, user.password_is_one_time = password.hashed, password.is_one_time
    session.add(user)
    session.flush()
    _set_roles(session, user.id, profile.roles)
    return user.id


@requires(Permission.PEOPLE_EDIT)
def change_user(session: Session, *, actor: Actor, now: datetime, login: str, profile: Profile) -> None:  # noqa: ARG001 - as the door calls
    """Replace what is kept of a person. The last active administrator stays one (``Conflict`` ``last_admin``)."""
    _refuse_faults(_faults(profile))
    user = lock_user(session, login)
    _change_roles(session, actor, user, profile.roles)
    for column, value in _columns(session, profile).items():
        setattr(user, column, value)


@requires(Permission.PEOPLE_EDIT)
def set_roles(session: Session, *, actor: Actor, now: datetime, login: str, roles: Collection[Role]) -> None:  # noqa: ARG001 - as the door calls
    """Replace what a person is; in force from their next request. The last active administrator stays one."""
    _change_roles(session, actor, lock_user(session, login), roles)


@requires(Permission.PEOPLE_EDIT)
def deactivate_user(session: Session, *, actor: Actor, now: datetime, login: str) -> None:
    """Let a person act no more: their sessions and tokens end at once, what they did keeps their name.

    The last active administrator cannot leave (``Conflict`` ``last_admin``).
    """
    user = _lock_covered(session, actor, login)
    if Role.ADMIN in _roles_of(session, user.id):
        _refuse_without_admin(session, user)
    user.is_active = False
    revoke_sessions_of(session, user_id=user.id, now=now)
    revoke_tokens_of(session, user_id=user.id, now=now)


@requires(Permission.PEOPLE_EDIT)
def reactivate_user(session: Session, *, actor: Actor, now: datetime, login: str) -> None:  # noqa: ARG001 - as the door calls
    """Let a person act again; they sign in anew with the password they had."""
    _lock_covered(session, actor, login).is_active = True


@requires(Permission.PEOPLE_EDIT)
def give_password(session: Session, *, actor: Actor, now: datetime, login: str, password: NewPassword) -> None:
    """Give a person a new password; their sessions and tokens end, and failed tries count no more.

    Say a one-time password (``password.clear``) once: it is kept nowhere.
    """
    user = _lock_covered(session, actor, login)
    user.password_hash, user.password_is_one_time = password.hashed, password.is_one_time
    revoke_sessions_of(session, user_id=user.id, now=now)
    revoke_tokens_of(session, user_id=user.id, now=now)
    forget_failures(session, login)


@requires(Permission.SYSTEM_RUN)
def give_first_password(session: Session, *, actor: Actor, now: datetime, login: str, password: NewPassword) -> bool:  # noqa: ARG001 - as the door calls
    """Give a password to somebody active who cannot sign in in any way yet; tells whether they got it."""
    user = lock_user(session, login)
    if user.password_hash is not None or user.oidc_subject is not None or not user.is_active:
        return False
    user.password_hash, user.password_is_one_time = password.hashed, password.is_one_time
    return True


def lock_user(session: Session, login: str) -> User:
    """Lock a person's row and return it as it stands; raises ``NotFound``, for the system itself too."""
    query = select(User).where(User.login == login, User.login != SYSTEM).with_for_update(key_share=True)
    user = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if user is None:
        raise NotFound(f"There is no user '{login}'.", code="unknown_user", rows=[{"login": login}])
    return user


def _lock_covered(session: Session, actor: Actor, login: str) -> User:
    """Lock a person whom the actor may handle: nobody takes over, or shuts out, who may do more than they."""
    user = lock_user(session, login)
    refuse_beyond(actor, _granted_by(session, _roles_of(session, user.id)))
    return user


def _faults(profile: Profile) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = []
    if not 0 < len(profile.name.strip()) <= 200:
        faults.append({"field": "name", "value": profile.name, "message": "must have 1 to 200 characters"})
    if profile.email and not (len(profile.email) <= 200 and _EMAIL_PATTERN.fullmatch(profile.email)):
        faults.append({"field": "email", "value": profile.email, "message": "is not an e-mail address"})
    if not 0 <= profile.share <= LARGEST_SHARE:
        message = f"must be from 0 to {LARGEST_SHARE}"
        faults.append({"field": "share", "value": profile.share, "message": message})
    if not _LOCALE_PATTERN.fullmatch(profile.locale):
        faults.append({"field": "locale", "value": profile.locale, "message": "is no language"})
    return faults


def _refuse_faults(faults: Sequence[dict[str, Any]]) -> None:
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults)
        raise Invalid(f"The person cannot be kept so: {told}.", code="invalid_user", rows=faults)


def _columns(session: Session, profile: Profile) -> dict[str, Any]:
    team_id = None if not profile.team else session.scalar(select(Team.id).where(Team.code == profile.team))
    calendar_id = None
    if profile.calendar:
        known = text("SELECT id FROM work_calendars WHERE code = :code")
        calendar_id = session.scalar(known, {"code": profile.calendar})
    _refuse_faults([
        {"field": field, "value": code, "message": "is unknown"}
        for field, code, found in (("team", profile.team, team_id), ("calendar", profile.calendar, calendar_id))
        if code and found is None
    ])  # fmt: skip
    return {
        "name": profile.name.strip(),
        "email": (profile.email or "").strip() or None,
        "locale": profile.locale,
        "calendar_id": calendar_id,
        "team_id": team_id,
        "share": profile.share,
    }


def _roles_of(session: Session, user_id: int) -> set[Role]:
    return set(session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))


def _change_roles(session: Session, actor: Actor, user: User, roles: Collection[Role]) -> None:
    before = _roles_of(session, user.id)
    refuse_beyond(actor, _granted_by(session, {*before, *roles}))
    if Role.ADMIN in before and Role.ADMIN not in roles:
        _refuse_without_admin(session, user)
    _set_roles(session, user.id, roles)


def _set_roles(session: Session, user_id: int, roles: Collection[Role]) -> None:
    before = _roles_of(session, user_id)
    for role in before - set(roles):
        session.execute(delete(UserRole).where(UserRole.user_id == user_id, UserRole.role == role))
    session.add_all(UserRole(user_id=user_id, role=role) for role in sorted(set(roles) - before))
    session.flush()


def _granted_by(session: Session, roles: Collection[Role]) -> set[str]:
    query = select(RolePermission.permission).where(RolePermission.role.in_(list(roles)))
    return set(session.scalars(query))


def _refuse_without_admin(session: Session, leaving: User) -> None:
    """Raise ``Conflict`` unless another active administrator stays; two who leave at once wait for each other here."""
    admins = (
        select(User)
        .where(User.id.in_(select(UserRole.user_id).where(UserRole.role == Role.ADMIN)), User.login != SYSTEM)
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    left = session.scalars(admins.execution_options(populate_existing=True)).all()
    if not any(user.is_active and user.id != leaving.id for user in left):
        raise Conflict(
            f"'{leaving.login}' is the last active administrator.",
            code="last_admin",
            rows=[{"login": leaving.login}],
        )
