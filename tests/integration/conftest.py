"""The real orders, imported and refreshed once for all tests that ask about them."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from pipelines.imports.olist import import_olist
from pipelines.jobs import refresh
from pipelines.store import Store


@pytest.fixture(scope="session")
def olist_engine(admin_engine: Engine, template: str, shared: Path) -> Iterator[Engine]:
    """A database with the Olist orders; do not write to it."""
    name = f"olist_{uuid.uuid4().hex[:12]}"
    with admin_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = make_engine(make_url(admin_engine.url).set(database=name).render_as_string(hide_password=False))
    with make_sessions(engine)() as session:
        admin = find_actor(session, "admin")
    import_olist(engine, shared / "data" / "olist", actor=admin)
    yield engine
    engine.dispose()
    with admin_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def olist_store(olist_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The marts of the Olist orders."""
    store = Store(str(tmp_path_factory.mktemp("olist") / "marts"))
    refresh(olist_engine, store)
    return store
