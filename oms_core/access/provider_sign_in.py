"""Signing in at an identity provider (OpenID Connect): whom its answer names here; it makes nobody."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, load_actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.access.sessions import USUAL_LIMITS, SessionLimits, issue_session
from oms_core.access.sign_in import SignedIn
from oms_core.errors import Forbidden

_LONGEST_SUBJECT = 200


@requires(Permission.SYSTEM_RUN)
def sign_in_by_provider(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    subject: str,
    verified_email: str | None,
    address: str,
    user_agent: str,
    limits: SessionLimits = USUAL_LIMITS,
) -> SignedIn:
    """Open a session for the active person with this subject; at the first time for the one with this e-mail address.

    That first time links them: from then on the subject alone counts, and a one-time password they never used is
    taken away. Raises ``Forbidden`` (``unknown_at_provider``) for anybody else, and where several have the address.
    """
    user = _linked(session, subject) or _link(session, subject, verified_email)
    if user is None:
        raise Forbidden("Nobody here belongs to this account of the provider.", code="unknown_at_provider")
    facts = {"address": address, "user_agent": user_agent}
    token = issue_session(session, actor=actor, now=now, user_id=user.id, limits=limits, **facts)
    return SignedIn(token, load_actor(session, user_id=user.id, login=user.login), user.password_is_one_time)


def _linked(session: Session, subject: str) -> User | None:
    is_subject = User.oidc_subject == subject
    return session.scalars(select(User).where(is_subject, User.is_active, User.login != SYSTEM)).one_or_none()


def _link(session: Session, subject: str, verified_email: str | None) -> User | None:
    if not verified_email or not 0 < len(subject) <= _LONGEST_SUBJECT:
        return None
    is_taken = session.scalar(select(User.id).where(User.oidc_subject == subject))  # by somebody who has left
    found = session.scalars(
        select(User)
        .where(func.lower(User.email) == verified_email.lower(), User.is_active, User.login != SYSTEM)
        .with_for_update()
    ).all()
    if is_taken is not None or len(found) != 1 or found[0].oidc_subject is not None:
        return None
    [user] = found
    user.oidc_subject = subject
    if user.password_is_one_time:
        user.password_hash, user.password_is_one_time = None, False
    session.flush()
    return user
