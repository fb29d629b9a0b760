"""A client of the API over a database that its tests share, emptied before each."""

import uuid
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core.api.application import create_api
from oms_core.db import make_engine, make_sessions

# What is seeded stays: to make and drop a database for each test would take ten times as long.
_EMPTY = text("TRUNCATE orders, products, customers, suppliers, stock_moves, idempotency_keys CASCADE")
_ONLY_SEEDED_PEOPLE = text("DELETE FROM users WHERE login NOT IN ('system', 'admin')")
_ALL_ACTIVE = text("UPDATE users SET is_active = true")


@pytest.fixture(scope="session")
def api_engine(admin_engine: Engine, template: str) -> Iterator[Engine]:
    """A clone of the template for the tests of the API, which commit."""
    name = f"api_{uuid.uuid4().hex[:12]}"
    with admin_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = make_engine(admin_engine.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with admin_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def shop(api_engine: Engine) -> sessionmaker[Session]:
    """Sessions of a shop as it is seeded: no products, no orders."""
    with api_engine.begin() as connection:
        for statement in (_EMPTY, _ONLY_SEEDED_PEOPLE, _ALL_ACTIVE):
            connection.execute(statement)
    return make_sessions(api_engine)


@pytest.fixture
def client(shop: sessionmaker[Session]) -> Iterator[TestClient]:
    """Speaks to the API as the administrator."""
    with TestClient(create_api(lambda: shop), raise_server_exceptions=False) as client:
        yield client
