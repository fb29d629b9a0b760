"""Shops that many tests look at and none writes to: the real orders, and one that lived twenty weeks."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from pipelines.demand_forecast import publish_forecasts
from pipelines.imports.olist import import_olist
from pipelines.jobs import refresh
from pipelines.known_ahead import listed_prices
from pipelines.replenishment import plan_replenishment
from pipelines.simulation import simulate
from pipelines.store import Store
from tests.once_a_run import once_a_run

LAST_DAY = date(2026, 6, 21)
MORNING_AFTER = datetime(2026, 6, 22, 8, tzinfo=UTC)


@dataclass(frozen=True)
class LivedShop:
    """A simulated shop with its marts, forecasts and plan."""

    engine: Engine
    sessions: sessionmaker[Session]
    store: Store
    marts: Path
    actor: Actor


@pytest.fixture(scope="session")
def lived_template(home: Path, kept_database: Callable[[], Engine]) -> Path:
    """The folder of the marts of twenty weeks of life; its name is that of their database."""

    def make() -> str:
        engine = kept_database()
        marts = home / "made" / str(engine.url.database) / "marts"
        simulate(engine, until=LAST_DAY, days=140, orders_per_day=25)
        store = Store(str(marts))
        refresh(engine, store)
        with make_sessions(engine)() as session:
            prices = listed_prices(session)
        publish_forecasts(store, now=MORNING_AFTER, prices=prices)
        engine.dispose()
        return str(marts)

    return Path(once_a_run(home, "lived", make))


@pytest.fixture(scope="session")
def lived_shop(
    lived_template: Path, lasting_database: Callable[..., Engine], tmp_path_factory: pytest.TempPathFactory
) -> LivedShop:
    """Twenty weeks of life, for this process alone; only proposals may be decided in it."""
    engine, marts = lasting_database(of=lived_template.parent.name), tmp_path_factory.mktemp("lived") / "marts"
    shutil.copytree(lived_template, marts)
    store, sessions = Store(str(marts)), make_sessions(engine)
    with sessions() as session:
        actor = find_actor(session, "admin")
    plan_replenishment(sessions, store, actor=actor, now=MORNING_AFTER)
    return LivedShop(engine, sessions, store, marts, actor)


@pytest.fixture(scope="session")
def olist_shop(home: Path, kept_database: Callable[[], Engine], shared: Path) -> Path:
    """The folder of the marts of the Olist orders; its name is that of their database. Nothing may write to either."""

    def make() -> str:
        engine = kept_database()
        with make_sessions(engine)() as session:
            admin = find_actor(session, "admin")
        import_olist(engine, shared / "data" / "olist", actor=admin)
        marts = home / "made" / str(engine.url.database) / "marts"
        refresh(engine, Store(str(marts)))
        engine.dispose()
        return str(marts)

    return Path(once_a_run(home, "olist", make))


@pytest.fixture(scope="session")
def olist_engine(olist_shop: Path, database_named: Callable[[str], Engine]) -> Iterator[Engine]:
    """The database with the Olist orders."""
    engine = database_named(olist_shop.parent.name)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def olist_marts(olist_shop: Path) -> Path:
    """Where the marts of the Olist orders lie."""
    return olist_shop


@pytest.fixture(scope="session")
def olist_store(olist_shop: Path) -> Store:
    """The marts of the Olist orders."""
    return Store(str(olist_shop))
