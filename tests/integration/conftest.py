"""The real orders, imported and refreshed once for all tests that ask about them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from oms_core.access.actors import find_actor
from oms_core.db import make_sessions
from pipelines.imports.olist import import_olist
from pipelines.jobs import refresh
from pipelines.store import Store


@pytest.fixture(scope="session")
def olist_engine(lasting_database: Callable[[], Engine], shared: Path) -> Engine:
    """A database with the Olist orders; do not write to it."""
    engine = lasting_database()
    with make_sessions(engine)() as session:
        admin = find_actor(session, "admin")
    import_olist(engine, shared / "data" / "olist", actor=admin)
    return engine


@pytest.fixture(scope="session")
def olist_store(olist_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The marts of the Olist orders."""
    store = Store(str(tmp_path_factory.mktemp("olist") / "marts"))
    refresh(olist_engine, store)
    return store
