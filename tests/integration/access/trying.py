"""Signing in for the tests of this room: the moment, the password and the ways to try."""

from datetime import UTC, datetime

import pytest
from signing_in import PASSWORD

from oms_core import door, signing_in
from oms_core.access import passwords
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.access.sessions import resume
from oms_core.access.users import Profile, add_user
from oms_core.errors import OmsError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRONG, ONE_TIME = "not the right one", "one time only 1"


def sign_in(sessions, *, login="admin", password=PASSWORD, address="192.0.2.7", now=NOW, **facts):
    return signing_in.attempt_sign_in(
        sessions, login=login, password=password, address=address, user_agent="a test", now=now, **facts
    )


def refusal(sessions, **facts) -> OmsError:
    with pytest.raises(OmsError) as refused:
        sign_in(sessions, **facts)
    return refused.value


def at(sessions, token, now=NOW):
    return door.read(sessions, None, resume, token=token, now=now)


def add(sessions, admin, login, *roles, password=PASSWORD):
    profile = Profile(name=login.title(), roles=set(roles or [Role.MANAGER]))
    prepared = passwords.prepare_password(password, login=login) if password else None
    door.run(sessions, admin, add_user, login=login, profile=profile, password=prepared)
    return door.read(sessions, None, find_actor, login=login)
