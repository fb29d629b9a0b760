"""A shop for one test: everything in it is rolled back, and every invariant holds at its end."""

from collections.abc import Iterator

import pytest
from holding import person
from order_life import Shop
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role


@pytest.fixture
def shop(session: Session, actor: Actor) -> Iterator[Shop]:
    """The seeded shop; the deferred guards are asked at the end, as a commit would."""
    shop = Shop(session, actor)
    yield shop
    assert shop.breaches() == {}
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.fixture
def seller(shop: Shop) -> Actor:
    """A manager, who sells."""
    return person(shop, "sel", Role.MANAGER)


@pytest.fixture
def lead(shop: Shop) -> Actor:
    """A lead, who approves first."""
    return person(shop, "lea", Role.LEAD)


@pytest.fixture
def chief(shop: Shop) -> Actor:
    """An executive, who approves last."""
    return person(shop, "eve", Role.EXECUTIVE)
