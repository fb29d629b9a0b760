"""A shop for one test: everything in it is rolled back, and every invariant holds at its end."""

from collections.abc import Iterator

import pytest
from order_life import Shop
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor


@pytest.fixture
def shop(session: Session, actor: Actor) -> Iterator[Shop]:
    """The seeded shop; the deferred guards are asked at the end, as a commit would."""
    shop = Shop(session, actor)
    yield shop
    assert shop.breaches() == {}
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
