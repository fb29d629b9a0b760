"""A shop that all tests of what comes in share, and a marketplace for each."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from oms_core import schema
from oms_core.access.models import Role
from oms_core.db import make_sessions
from pipelines.feeds.source import SECRETS
from tests.building import a_stocked_product
from tests.integration.inbound.marketplace import TOKEN, Marketplace, open_marketplace
from tests.integration.inbound.receiving_shop import ReceivingShop
from tests.signing_in import add_person

assert schema.metadata is not None
_NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def receiving_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> ReceivingShop:
    """A shop with goods and people, whose channel has the marketplace's secret."""
    home = tmp_path_factory.mktemp("receiving")
    (home / SECRETS).mkdir()
    (home / SECRETS / "market").write_text(TOKEN + "\n")
    sessions = make_sessions(lasting_database())
    with sessions.begin() as session:
        for sku in ("TEA", "MUG"):
            a_stocked_product(session, sku, 10_000)
    add_person(sessions, "anna", Role.MANAGER)
    return ReceivingShop(sessions, home)


@pytest.fixture
def shop(receiving_shop: ReceivingShop) -> Iterator[ReceivingShop]:
    """The shop, with names of the test's own; nothing of it is left undecided for the next."""
    yield ReceivingShop(receiving_shop.sessions, receiving_shop.home, f"t{next(_NAMES)}")
    receiving_shop.decide()


@pytest.fixture
def market() -> Iterator[Marketplace]:
    """A marketplace."""
    with open_marketplace() as market:
        yield market


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """An empty mailbox that is a folder."""
    for part in ("new", "cur", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    return tmp_path / "mail"
