"""Shops that many tests look at and none writes to: the real orders, and one that lived twenty weeks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from pipelines.demand_forecast import ForecastRun, publish_forecasts
from pipelines.imports.olist import import_olist
from pipelines.jobs import refresh
from pipelines.replenishment import plan_replenishment
from pipelines.simulation import simulate
from pipelines.store import Store

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
    run: ForecastRun


@pytest.fixture(scope="session")
def lived_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> LivedShop:
    """Twenty weeks of life; only proposals may be decided in it."""
    engine, marts = lasting_database(), tmp_path_factory.mktemp("lived") / "marts"
    simulate(engine, until=LAST_DAY, days=140, orders_per_day=25)
    store, sessions = Store(str(marts)), make_sessions(engine)
    refresh(engine, store)
    run = publish_forecasts(store)
    with sessions() as session:
        actor = find_actor(session, "admin")
    plan_replenishment(sessions, store, actor=actor, now=MORNING_AFTER)
    return LivedShop(engine, sessions, store, marts, actor, run)


@pytest.fixture(scope="session")
def olist_engine(lasting_database: Callable[[], Engine], shared: Path) -> Engine:
    """A database with the Olist orders."""
    engine = lasting_database()
    with make_sessions(engine)() as session:
        admin = find_actor(session, "admin")
    import_olist(engine, shared / "data" / "olist", actor=admin)
    return engine


@pytest.fixture(scope="session")
def olist_marts(olist_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the marts of the Olist orders lie."""
    marts = tmp_path_factory.mktemp("olist") / "marts"
    refresh(olist_engine, Store(str(marts)))
    return marts


@pytest.fixture(scope="session")
def olist_store(olist_marts: Path) -> Store:
    """The marts of the Olist orders."""
    return Store(str(olist_marts))
