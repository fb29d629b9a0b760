"""A scratch database for one benchmark: made beside the shop's own, migrated and seeded, dropped at the end."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine, make_url, text

import oms_core.schema  # noqa: F401 - every process imports the whole schema before it maps anything
from oms_core import embedded, seeding
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from oms_core.migrations import upgrade


@contextmanager
def empty_database(settings: Settings) -> Iterator[URL]:
    """Make an empty database on the configured server (the embedded one by default) and drop it afterwards."""
    server = make_url(settings.database_url or embedded.ensure_running(settings.home))
    name = f"bench_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def scratch_shop(settings: Settings) -> Iterator[Engine]:
    """Make a database with the whole schema and seed, as ``oms init`` would."""
    with empty_database(settings) as url:
        engine = make_engine(url.render_as_string(hide_password=False))
        upgrade(engine)
        with make_sessions(engine).begin() as session:
            seeding.seed(session, currency=settings.currency)
        yield engine
        engine.dispose()
