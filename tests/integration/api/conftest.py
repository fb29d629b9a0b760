"""A client of the API over a database that its tests share, emptied before each."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from signing_in import bearer
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import schema
from oms_core.api.application import create_api
from oms_core.db import make_engine, make_sessions

# What is seeded stays: to make and drop a database for each test would take ten times as long. Journals refuse to be
# emptied, so their guards are set aside meanwhile; a TRUNCATE of customers would take the users along.
_GUARDS = text("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid = 'refuse_change'::regproc")
_ONLY_SEEDED_PEOPLE = (
    text("DELETE FROM user_roles WHERE user_id > (SELECT max(id) FROM users WHERE login IN ('system', 'admin'))"),
    text("DELETE FROM users WHERE login NOT IN ('system', 'admin')"),
    text("UPDATE users SET is_active = true"),
)


@pytest.fixture(scope="session")
def api_engine(admin_engine: Engine, template: str) -> Iterator[Engine]:
    """A clone of the template for the tests of the API, which commit."""
    name = f"api_{uuid.uuid4().hex[:12]}"
    with admin_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    engine = make_engine(admin_engine.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with admin_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def filled_by_tests(api_engine: Engine) -> list[str]:
    """The tables that a shop begins without a row in, those first that point to others."""
    with api_engine.connect() as connection:
        names = [table.name for table in reversed(schema.metadata.sorted_tables)]
        return [name for name in names if connection.scalar(text(f"SELECT NOT EXISTS (SELECT FROM {name})"))]


@pytest.fixture
def shop(api_engine: Engine, filled_by_tests: list[str]) -> sessionmaker[Session]:
    """Sessions of a shop as it is seeded: no products, no orders."""
    with api_engine.begin() as connection:
        guards = connection.execute(_GUARDS).all()
        _set(connection, guards, "DISABLE")
        for name in filled_by_tests:
            connection.execute(text(f"DELETE FROM {name}"))
        for statement in _ONLY_SEEDED_PEOPLE:
            connection.execute(statement)
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # else what is deferred is in the way of the guards
        _set(connection, guards, "ENABLE")
    return make_sessions(api_engine)


@pytest.fixture
def client(shop: sessionmaker[Session]) -> Iterator[TestClient]:
    """Speaks to the API as the administrator, by a token."""
    with TestClient(create_api(lambda: shop), raise_server_exceptions=False, headers=bearer(shop)) as client:
        yield client


def _set(connection: Connection, guards: Sequence[Row[Any]], state: str) -> None:
    for table, name in guards:
        connection.execute(text(f"ALTER TABLE {table} {state} TRIGGER {name}"))
