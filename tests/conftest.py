"""Fixtures: one embedded server per run, one migrated and seeded template, clones of it for tests that commit."""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import embedded, schema, seeding
from oms_core.access.actors import Actor, find_actor
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from oms_core.migrations import upgrade
from tests.lasting_shops import lived_shop, lived_template, olist_engine, olist_marts, olist_shop, olist_store
from tests.once_a_run import once_a_run

__all__ = ["lived_shop", "lived_template", "olist_engine", "olist_marts", "olist_shop", "olist_store"]

HOME_VARIABLE = "CADENCE_TEST_HOME"
MEMORY_FOR_HOME = 10 * 2**30  # bytes free; a run needs about four
assert schema.metadata is not None  # every process imports the whole schema before it maps anything


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a home of its own, shared by its xdist workers through the environment."""
    if HOME_VARIABLE not in os.environ and not hasattr(config, "workerinput"):
        home = Path(tempfile.mkdtemp(prefix="cadence-test-", dir=_in_memory()))
        home.chmod(0o711)  # ours and new: the database's user must be able to pass through
        os.environ[HOME_VARIABLE] = str(home)
        config.stash[_own_home] = home


def pytest_collection_finish() -> None:
    """What was imported and collected lasts to the end: a tenth of a run went on walking it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's server and remove its home."""
    home = config.stash.get(_own_home, None)
    if home is not None:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _in_memory() -> str | None:
    """A folder in memory where there is plenty: hundreds of databases are made, each of some hundred files."""
    folder = Path("/dev") / "shm"
    if not folder.is_dir():
        return None
    found = os.statvfs(folder)
    free = min(found.f_bavail * found.f_frsize, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return str(folder) if free >= MEMORY_FOR_HOME and not found.f_flag & os.ST_NOEXEC else None


_own_home: pytest.StashKey[Path] = pytest.StashKey()


@pytest.fixture(scope="session")
def home() -> Path:
    """The home of this test run (OMS_HOME of what it starts)."""
    return Path(os.environ[HOME_VARIABLE])


@pytest.fixture(scope="session")
def admin_engine(home: Path) -> Iterator[Engine]:
    """Autocommitting engine for CREATE and DROP DATABASE."""
    engine = create_engine(embedded.ensure_running(home), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(home: Path, admin_engine: Engine) -> str:
    """Name of a database migrated by `alembic upgrade head` and seeded; never written to by tests."""

    def make() -> str:
        name = f"template_{uuid.uuid4().hex[:12]}"
        with admin_engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine = make_engine(_url(admin_engine, name))
        upgrade(engine)
        with make_sessions(engine).begin() as session:
            seeding.seed(session)
        engine.dispose()
        return name

    return once_a_run(home, "template", make)


@pytest.fixture(scope="session")
def engine(admin_engine: Engine, template: str) -> Iterator[Engine]:
    """A clone of the template for tests that roll back."""
    yield from _clone(admin_engine, template)


@pytest.fixture
def fresh_engine(admin_engine: Engine, template: str) -> Iterator[Engine]:
    """A clone of the template for one test that commits."""
    yield from _clone(admin_engine, template)


@pytest.fixture
def fresh_sessions(fresh_engine: Engine) -> sessionmaker[Session]:
    """Sessions on a database of the test's own."""
    return make_sessions(fresh_engine)


@pytest.fixture
def admin(fresh_sessions: sessionmaker[Session]) -> Actor:
    """The administrator of the test's own database."""
    with fresh_sessions() as session:
        return find_actor(session, "admin")


@pytest.fixture
def fresh_database(admin_engine: Engine, template: str) -> Iterator[Callable[[], Engine]]:
    """Make as many databases as the test asks for, each a clone of the template."""
    yield from _make_clones(admin_engine, template)


@pytest.fixture(scope="session")
def database_named(admin_engine: Engine) -> Callable[[str], Engine]:
    """Open a database of the run by its name."""
    return lambda name: make_engine(_url(admin_engine, name))


@pytest.fixture(scope="session")
def kept_database(admin_engine: Engine, template: str) -> Callable[[], Engine]:
    """Make databases that outlive the process: shops of the whole run."""
    return lambda: _make_clone(admin_engine, template)


@pytest.fixture(scope="session")
def lasting_database(admin_engine: Engine, template: str) -> Iterator[Callable[..., Engine]]:
    """Make databases that outlive a test: shops that many tests only look at; clones of the template or another."""
    yield from _make_clones(admin_engine, template)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose every change is rolled back; a commit inside only ends a savepoint."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture
def actor(session: Session) -> Actor:
    """The administrator."""
    return find_actor(session, "admin")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; under CI it must be there."""
    folder = Settings().shared
    if not folder.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"OMS_SHARED: {folder} is not there, and under CI the tests on real data must run")
        pytest.skip(f"no real data at {folder}")
    return folder


def _make_clone(admin_engine: Engine, template: str) -> Engine:
    name = f"clone_{uuid.uuid4().hex[:12]}"
    with admin_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    return make_engine(_url(admin_engine, name))


def _clone(admin_engine: Engine, template: str) -> Iterator[Engine]:
    engine = _make_clone(admin_engine, template)
    yield engine
    engine.dispose()
    _drop(admin_engine, str(engine.url.database))


def _make_clones(admin_engine: Engine, template: str) -> Iterator[Callable[..., Engine]]:
    clones: list[Iterator[Engine]] = []

    def make(of: str = template) -> Engine:
        clones.append(_clone(admin_engine, of))
        return next(clones[-1])

    yield make
    for clone in clones:
        next(clone, None)


def _drop(admin_engine: Engine, name: str) -> None:
    with admin_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _url(admin_engine: Engine, database: str) -> str:
    return make_url(admin_engine.url).set(database=database).render_as_string(hide_password=False)
