"""A shop behind a server process of its own, for the tests of signing in over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from shops import fill
from signing_in import add_person, set_password
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.models import Role
from oms_core.db import make_sessions
from tests.concurrency.serving import serving
from tests.integration.sign_in.browsing import Browser


@dataclass(frozen=True)
class Gated:
    """A served shop, its database and the numbers of its orders."""

    address: str
    sessions: sessionmaker[Session]
    numbers: tuple[str, ...]


@pytest.fixture(scope="module")
def gated(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gated]:
    """Everybody has the same password; ``walter``, ``carl`` and ``clara`` complete the roles."""
    engine, folder = lasting_database(), tmp_path_factory.mktemp("gated")
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=12)
    for login, role in (("walter", Role.WAREHOUSE), ("carl", Role.COURIER), ("clara", Role.CLIENT)):
        add_person(sessions, login, role)
    for login in ("admin", "anna", "boris", "lena", "bob", "eva", "walter", "carl", "clara"):
        set_password(sessions, login)
    folder.chmod(0o711)
    with serving(engine.url.render_as_string(hide_password=False), folder, folder / "server.log") as server:
        yield Gated(f"http://127.0.0.1:{server.port}", sessions, tuple(numbers))


@pytest.fixture
def browser(gated: Gated) -> Iterator[Browser]:
    """A visitor who is not signed in, at a shop that remembers no failed tries."""
    with gated.sessions.begin() as session:
        session.execute(text("DELETE FROM sign_in_attempts"))
    with Browser(gated.address) as browser:
        yield browser
