"""Signing in and changing a password: try, check outside any transaction, complete."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access import passwords
from oms_core.access.actors import SYSTEM, Actor, find_actor
from oms_core.access.sessions import USUAL_LIMITS, SessionLimits
from oms_core.access.sign_in import (
    SignedIn,
    begin_attempt,
    complete_sign_in,
    sign_in_failed,
    store_password,
)
from oms_core.errors import Invalid


def attempt_sign_in(
    sessions: sessionmaker[Session],
    *,
    login: str,
    password: str,
    address: str,
    user_agent: str,
    now: datetime | None = None,
    limits: SessionLimits = USUAL_LIMITS,
) -> SignedIn:
    """Sign somebody in by password and open their session.

    Raises ``Throttled`` after too many failures, and otherwise one and the same ``Forbidden`` (``sign_in_failed``)
    whether the login is unknown, inactive or without a password, or the password wrong. The try is committed before
    the password is looked at, so that a failed one counts; takes about 0.1 s whatever the answer.
    """
    moment = now or datetime.now(UTC)
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    attempt = door.run(sessions, system, begin_attempt, at=moment, login=login, address=address)
    if not passwords.verify(password, attempt.hashed):
        raise sign_in_failed()
    return door.run(
        sessions, system, complete_sign_in, at=moment, attempt=attempt, address=address, user_agent=user_agent,
        limits=limits,
    )  # fmt: skip


def change_password(
    sessions: sessionmaker[Session],
    actor: Actor,
    *,
    current: str,
    new: str,
    address: str,
    session_id: int | None,
    now: datetime | None = None,
) -> None:
    """Replace the actor's own password and end their sessions but ``session_id``.

    Raises ``Invalid`` (``weak_password``, ``wrong_password``), and ``Throttled`` as a sign-in does: a session left
    open must not become a place to guess the password at.
    """
    moment = now or datetime.now(UTC)
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    attempt = door.run(sessions, system, begin_attempt, at=moment, login=actor.login, address=address)
    if not passwords.verify(current, attempt.hashed) or attempt.user_id != actor.id:
        raise Invalid("The present password is not right.", code="wrong_password", rows=[{"field": "current"}])
    password = passwords.prepare_password(new, login=actor.login)
    if new == current:
        rows = [{"field": "password", "message": "is the present one"}]
        raise Invalid("This password cannot be used: it is the present one.", code="weak_password", rows=rows)
    door.run(sessions, actor, store_password, at=moment, attempt=attempt, password=password, session_id=session_id)
