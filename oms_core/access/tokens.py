"""API tokens: a program's key to act as a person, with no more than the scopes it was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, load_actor, refuse_unless
from oms_core.access.models import User
from oms_core.access.opaque import digest, new_secret
from oms_core.access.permissions import Permission, requires
from oms_core.access.sign_in_models import ApiToken
from oms_core.errors import Forbidden, Invalid, NotFound

PREFIX = "oms_"  # by which people and secret scanners know one
LONGEST_DAYS = 3_650
TOUCH_EVERY = timedelta(minutes=1)
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its secret; ``scopes`` None means all that its person may do."""

    id: int
    login: str
    name: str
    prefix: str
    scopes: Sequence[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResumedToken:
    """Whose token it is; the actor may no more than its scopes."""

    actor: Actor
    token_id: int
    touch_is_due: bool


@requires(None)
def add_token(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    login: str,
    name: str,
    scopes: Sequence[str] | None = None,
    days: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for the actor, or for another where the actor may edit people; returns it with its secret.

    Scopes beyond what the person may now do are not kept, whatever they gain later, and nobody makes a token
    that may more than they themselves (``Forbidden`` ``beyond_own``): a token cannot widen itself. Raises ``Invalid``
    for a scope that is no permission, an empty name or a life outside 1–3650 days.
    """
    if login != actor.login:
        refuse_unless(actor, Permission.PEOPLE_EDIT)
    user_id = session.scalar(select(User.id).where(User.login == login, User.is_active, User.login != SYSTEM))
    if user_id is None:
        raise NotFound(f"There is no active user '{login}'.", code="unknown_actor", rows=[{"login": login}])
    _check(name, scopes, days)
    owner = load_actor(session, user_id=user_id, login=login)
    holder = owner if scopes is None else owner.narrowed(scopes)
    _refuse_wider(actor, holder)
    secret = new_secret(PREFIX)
    token = ApiToken(
        user_id=user_id,
        name=name.strip(),
        prefix=secret[:_SHOWN],
        token_hash=digest(secret),
        scopes=None if scopes is None else sorted(permission.value for permission in holder.permissions),
        created_at=now,
        created_by=actor.id,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    return token, secret


def _refuse_wider(actor: Actor, holder: Actor) -> None:
    if beyond := holder.permissions - actor.permissions:
        rows = [{"field": "scopes", "value": code.value, "message": "is beyond what you may do"} for code in beyond]
        raise Forbidden("A token may not do more than who makes it.", code="beyond_own", rows=rows)


def _check(name: str, scopes: Sequence[str] | None, days: int | None) -> None:
    known = {permission.value for permission in Permission}
    faults = [
        {"field": "scopes", "value": scope, "message": "is no permission"}
        for scope in scopes or ()
        if scope not in known
    ]
    if not 0 < len(name.strip()) <= 100:
        faults.append({"field": "name", "value": name, "message": "must have 1 to 100 characters"})
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        faults.append({"field": "days", "value": str(days), "message": f"must be between 1 and {LONGEST_DAYS}"})
    if faults:
        raise Invalid("The token cannot be made so.", code="invalid_token", rows=faults)


@requires(None)
def resume_token(session: Session, *, secret: str, now: datetime) -> ResumedToken | None:
    """Find whose token this is, with permissions as they are now.

    None when it is unknown, revoked or expired, or its person no longer active.
    """
    if not secret.startswith(PREFIX):
        return None
    row = session.execute(
        select(ApiToken.id.label("token_id"), ApiToken.scopes, ApiToken.last_used_at, User.id, User.login)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_hash == digest(secret), ApiToken.revoked_at.is_(None), User.is_active)
        .where(User.login != SYSTEM, ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now))
    ).one_or_none()
    if row is None:
        return None
    actor = load_actor(session, user_id=row.id, login=row.login)
    known = {permission.value for permission in Permission}
    if row.scopes is not None:
        actor = actor.narrowed(scope for scope in row.scopes if scope in known)
    return ResumedToken(actor, row.token_id, row.last_used_at is None or now - row.last_used_at >= TOUCH_EVERY)


@requires(None)
def touch_token(session: Session, *, actor: Actor, now: datetime, token_id: int) -> None:
    """Note that the actor's token is in use; call it when ``ResumedToken.touch_is_due``."""
    session.execute(
        update(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == actor.id).values(last_used_at=now)
    )


@requires(None)
def list_tokens(session: Session, *, actor: Actor, login: str | None = None) -> list[TokenView]:
    """Tokens, newest first: the actor's own, or for who may edit people everybody's or those of ``login``."""
    sees_all = actor.may(Permission.PEOPLE_EDIT)
    if login not in (None, actor.login):
        refuse_unless(actor, Permission.PEOPLE_EDIT)
    query = (
        select(
            ApiToken.id, User.login, ApiToken.name, ApiToken.prefix, ApiToken.scopes, ApiToken.created_at,
            ApiToken.expires_at, ApiToken.last_used_at, ApiToken.revoked_at,
        )
        .join(User, User.id == ApiToken.user_id)
        .order_by(ApiToken.id.desc())
    )  # fmt: skip
    if login is not None or not sees_all:
        query = query.where(User.login == (login or actor.login))
    return [TokenView(*row) for row in session.execute(query).all()]


@requires(None)
def revoke_token(session: Session, *, actor: Actor, now: datetime, token_id: int) -> None:
    """End a token: one's own, or anybody's for who may edit people; another's is as unknown as none."""
    mine = [] if actor.may(Permission.PEOPLE_EDIT) else [ApiToken.user_id == actor.id]
    ended = session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None), *mine)
        .values(revoked_at=now)
        .returning(ApiToken.id)
    ).all()
    if not ended:
        raise NotFound("There is no such token.", code="unknown_token", rows=[{"token": token_id}])


def revoke_tokens_of(session: Session, *, user_id: int, now: datetime) -> None:
    """End every token of a person."""
    session.execute(
        update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
