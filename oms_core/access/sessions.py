"""Sessions: somebody signed in from one browser, looked up at every request and ended from anywhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, load_actor, refuse_unless
from oms_core.access.models import User
from oms_core.access.opaque import digest, new_secret
from oms_core.access.people import Person
from oms_core.access.permissions import Permission, requires
from oms_core.access.sign_in_models import AuthSession, SignInAttempt
from oms_core.access.throttle import KNOWN_FOR
from oms_core.errors import NotFound

TOUCH_EVERY = timedelta(minutes=1)
_KEEP_ATTEMPTS, _KEEP_DEAD_SESSIONS = KNOWN_FOR, timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives unused, and at all."""

    idle: timedelta = timedelta(hours=12)
    lifetime: timedelta = timedelta(days=14)


USUAL_LIMITS = SessionLimits()


@dataclass(frozen=True, slots=True)
class Resumed:
    """Whose session it is. Until a one-time password is changed the actor may do nothing that needs a permission."""

    actor: Actor
    person: Person
    session_id: int
    must_change_password: bool
    touch_is_due: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session that is alive, without its secret."""

    id: int
    login: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows of the past were removed."""

    attempts: int
    sessions: int


@requires(Permission.SYSTEM_RUN)
def issue_session(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - as the door calls
    now: datetime,
    user_id: int,
    address: str,
    user_agent: str,
    limits: SessionLimits = USUAL_LIMITS,
) -> str:
    """Open a session for somebody whose identity was proven, and return its secret: it is kept nowhere else."""
    secret = new_secret()
    session.add(
        AuthSession(
            token_hash=digest(secret),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + limits.lifetime,
            address=address.replace("\0", "")[:45],
            user_agent=user_agent.replace("\0", "")[:300],
        )
    )
    session.flush()
    return secret


@requires(None)
def resume(session: Session, *, token: str, now: datetime, limits: SessionLimits = USUAL_LIMITS) -> Resumed | None:
    """Find whose session this is, with roles and permissions as they are now.

    None when the secret is unknown, the session revoked, expired or idle too long, or the person no longer active.
    """
    row = session.execute(
        select(
            AuthSession.id, AuthSession.user_id, AuthSession.last_seen_at,
            User.login, User.name, User.locale, User.password_is_one_time,
        )
        .join(User, User.id == AuthSession.user_id)
        .where(AuthSession.token_hash == digest(token), User.is_active, User.login != SYSTEM, *_is_alive(now, limits))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    actor = load_actor(session, user_id=row.user_id, login=row.login)
    return Resumed(
        actor.narrowed(()) if row.password_is_one_time else actor,
        Person(row.login, row.name, row.locale, actor.roles),
        row.id,
        row.password_is_one_time,
        now - row.last_seen_at >= TOUCH_EVERY,
    )


@requires(None)
def touch_session(session: Session, *, actor: Actor, now: datetime, session_id: int) -> None:
    """Note that the actor's session is in use; call it when ``Resumed.touch_is_due``."""
    session.execute(
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.user_id == actor.id, AuthSession.last_seen_at < now)
        .values(last_seen_at=now)
    )


@requires(None)
def sign_out(session: Session, *, actor: Actor, now: datetime, token: str) -> None:
    """End the actor's session that has this secret."""
    session.execute(
        update(AuthSession)
        .where(AuthSession.token_hash == digest(token), AuthSession.user_id == actor.id)
        .where(AuthSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


@requires(None)
def list_sessions(
    session: Session, *, actor: Actor, now: datetime, login: str | None = None, limits: SessionLimits = USUAL_LIMITS
) -> list[SessionView]:
    """Sessions alive, latest first: the actor's own, or those of ``login`` for who may edit people."""
    whose = login or actor.login
    if whose != actor.login:
        refuse_unless(actor, Permission.PEOPLE_EDIT)
    rows = session.execute(
        select(
            AuthSession.id, User.login, AuthSession.created_at, AuthSession.last_seen_at, AuthSession.expires_at,
            AuthSession.address, AuthSession.user_agent,
        )
        .join(User, User.id == AuthSession.user_id)
        .where(User.login == whose, *_is_alive(now, limits))
        .order_by(AuthSession.last_seen_at.desc(), AuthSession.id.desc())
    ).all()  # fmt: skip
    return [SessionView(*row) for row in rows]


@requires(None)
def revoke_session(session: Session, *, actor: Actor, now: datetime, session_id: int) -> None:
    """End a session: one's own, or anybody's for who may edit people; another's is as unknown as none."""
    mine = [] if actor.may(Permission.PEOPLE_EDIT) else [AuthSession.user_id == actor.id]
    ended = session.execute(
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.revoked_at.is_(None), *mine)
        .values(revoked_at=now)
        .returning(AuthSession.id)
    ).all()
    if not ended:
        raise NotFound("There is no such session.", code="unknown_session", rows=[{"session": session_id}])


def revoke_sessions_of(session: Session, *, user_id: int, now: datetime, keep: int | None = None) -> int:
    """End every session of a person but ``keep``; returns how many."""
    ended = session.execute(
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), AuthSession.id.is_distinct_from(keep))
        .values(revoked_at=now)
        .returning(AuthSession.id)
    ).all()
    return len(ended)


@requires(Permission.SYSTEM_RUN)
def sweep_sign_ins(session: Session, *, actor: Actor, now: datetime) -> Swept:  # noqa: ARG001 - as the door calls
    """Remove attempts older than a month, and sessions that ended or ran out more than a month ago."""
    long_ago = now - _KEEP_DEAD_SESSIONS
    attempts = session.execute(
        delete(SignInAttempt).where(SignInAttempt.occurred_at < now - _KEEP_ATTEMPTS).returning(SignInAttempt.id)
    ).all()
    sessions = session.execute(
        delete(AuthSession)
        .where((AuthSession.revoked_at < long_ago) | (AuthSession.expires_at < long_ago))
        .returning(AuthSession.id)
    ).all()
    return Swept(len(attempts), len(sessions))


def _is_alive(now: datetime, limits: SessionLimits) -> tuple[ColumnElement[bool], ...]:
    """A limit that was lowered holds for the sessions there are; one that was raised, for new ones."""
    return (
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > now,
        AuthSession.created_at > now - limits.lifetime,
        AuthSession.last_seen_at > now - limits.idle,
    )
