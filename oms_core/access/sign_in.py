"""The steps of a sign-in and of a change of password that touch the database; hashing happens between them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, load_actor
from oms_core.access.models import User
from oms_core.access.passwords import NewPassword
from oms_core.access.permissions import Permission, requires
from oms_core.access.sessions import USUAL_LIMITS, SessionLimits, issue_session, revoke_sessions_of
from oms_core.access.throttle import mark_succeeded, plain_login, record_attempt
from oms_core.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was written down: whom it names, and the hash to check; neither for a login that nobody has."""

    id: int
    user_id: int | None
    hashed: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The secret of the new session, and whose it is."""

    token: str = field(repr=False)
    actor: Actor
    must_change_password: bool


@requires(Permission.SYSTEM_RUN)
def begin_attempt(session: Session, *, actor: Actor, now: datetime, login: str, address: str) -> Attempt:  # noqa: ARG001 - as the door calls
    """Write the try down as failed and return what to check; raises ``Throttled``."""
    typed = plain_login(login)
    attempt_id = record_attempt(session, login=typed, address=address, now=now)
    row = session.execute(
        select(User.id, User.password_hash)
        .where(func.lower(User.login) == typed, User.is_active, User.login != SYSTEM)
        .order_by((User.login == login.replace("\0", "")).desc(), User.id)
    ).first()
    return Attempt(attempt_id, None, None) if row is None else Attempt(attempt_id, row.id, row.password_hash)


@requires(Permission.SYSTEM_RUN)
def complete_sign_in(
    session: Session, *, actor: Actor, now: datetime, attempt: Attempt, address: str, user_agent: str,
    limits: SessionLimits = USUAL_LIMITS,
) -> SignedIn:  # fmt: skip
    """Open the session of a try whose password was right; ``Forbidden`` where they left or changed it meanwhile."""
    known = select(User).where(User.id == attempt.user_id, User.is_active, User.password_hash == attempt.hashed)
    # Who changes the password or shuts them out waits for us, then ends this session too, or we see what they did.
    user = session.scalars(known.with_for_update(read=True)).one_or_none()
    if user is None:
        raise sign_in_failed()
    mark_succeeded(session, attempt.id)
    facts = {"address": address, "user_agent": user_agent}
    token = issue_session(session, actor=actor, now=now, user_id=user.id, limits=limits, **facts)
    who = load_actor(session, user_id=user.id, login=user.login)
    return SignedIn(token, who, user.password_is_one_time)


def sign_in_failed() -> Forbidden:
    """The one refusal of every sign-in that is not right, whatever is wrong with it."""
    return Forbidden("The login or the password is not right.", code="sign_in_failed")


@requires(None)
def store_password(
    session: Session, *, actor: Actor, now: datetime, attempt: Attempt, password: NewPassword, session_id: int | None
) -> None:
    """Replace the actor's own password and end their other sessions; ``Conflict`` when it changed meanwhile."""
    changed = session.execute(
        update(User)
        .where(User.id == actor.id, User.id == attempt.user_id, User.is_active, User.password_hash == attempt.hashed)
        .values(password_hash=password.hashed, password_is_one_time=False)
        .returning(User.id)
    ).all()
    if not changed:
        raise Conflict("The password was changed meanwhile.", code="password_changed")
    mark_succeeded(session, attempt.id)
    revoke_sessions_of(session, user_id=actor.id, now=now, keep=session_id)
