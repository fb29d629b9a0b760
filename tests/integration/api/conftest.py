"""A client of the API over a database of the test's own."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from oms_core.api.application import create_api


@pytest.fixture
def client(fresh_sessions: sessionmaker[Session]) -> Iterator[TestClient]:
    """Speaks to the API as the administrator."""
    with TestClient(create_api(lambda: fresh_sessions), raise_server_exceptions=False) as client:
        yield client
