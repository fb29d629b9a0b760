"""Signing people in for tests: a real session in the database, as the sign-in page would open it."""

from functools import cache

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.access.passwords import hash_password
from oms_core.access.sessions import issue_session
from oms_core.access.tokens import add_token
from oms_core.db import make_engine, make_sessions

PASSWORD = "correct horse battery 7"  # noqa: S105 - of tests


def issue(sessions: sessionmaker[Session], login: str) -> str:
    """Open a session for a person and return its token; whose password was for one time has chosen their own."""
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        user.password_is_one_time = False
        user_id = user.id
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    facts = {"user_id": user_id, "address": "127.0.0.1", "user_agent": "a test"}
    return door.run(sessions, system, issue_session, **facts)


def as_person(url: str, login: str) -> str:
    """Open a session in the database at this address and return its token."""
    engine: Engine = make_engine(url)
    try:
        return issue(make_sessions(engine), login)
    finally:
        engine.dispose()


def token_of(sessions: sessionmaker[Session], login: str, **facts: object) -> str:
    """Make an API token for a person and return its secret."""
    actor = door.read(sessions, None, find_actor, login=login)
    _token, secret = door.run(sessions, actor, add_token, login=login, name="a test", **facts)
    return secret


def set_password(
    sessions: sessionmaker[Session], login: str, password: str = PASSWORD, *, one_time: bool = False
) -> None:
    """Give a person a password."""
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        user.password_hash, user.password_is_one_time = _hashed(password), one_time


@cache
def _hashed(password: str) -> str:
    """Hash a password once in a process: it takes a tenth of a second on purpose."""
    return hash_password(password)


def bearer(sessions: sessionmaker[Session], login: str = "admin", **facts: object) -> dict[str, str]:
    """The header by which a program acts as a person."""
    return {"Authorization": f"Bearer {token_of(sessions, login, **facts)}"}


def add_person(sessions: sessionmaker[Session], login: str, *roles: Role, **facts: object) -> None:
    """Enter a person with these roles."""
    with sessions.begin() as session:
        user = User(login=login, name=facts.pop("name", login.title()), **facts)
        session.add(user)
        session.flush()
        session.add_all(UserRole(user_id=user.id, role=role) for role in roles)
