"""The plan by night: once, told as it goes, and a failure leaves the plan before it standing."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.actors import Actor, find_actor
from oms_core.errors import Busy, Conflict
from oms_core.purchasing.plan_attempts import newest_attempt
from oms_core.purchasing.proposals import list_proposals
from pipelines import demand_forecast, nightly_plan
from pipelines.demand_forecast import forecast_shop
from pipelines.marts import MARTS
from pipelines.nightly_plan import plan_by_night
from pipelines.one_at_a_time import one_at_a_time
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER, LivedShop


def attempts(engine: Engine) -> list[tuple[str, bool, str | None]]:
    sql = "SELECT stage, finished_at IS NOT NULL, failure FROM replenishment_attempts ORDER BY id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_shop_too_young_to_forecast_is_told_so_once_a_night(
    fresh_engine: Engine, fresh_sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with fresh_sessions() as session:
        system = find_actor(session, "system")
    store, dawn = Store(str(tmp_path)), MORNING_AFTER.replace(hour=nightly_plan.NIGHT_HOUR)
    for name in ("daily_stock", "daily_demand"):
        store.publish(name, pl.DataFrame(schema=MARTS[name].schema))
    for hours in (0, 1, 23):
        assert plan_by_night(fresh_sessions, store, system, now=dawn + timedelta(hours=hours)) == 0
    assert len(attempts(fresh_engine)) == 1
    plan_by_night(fresh_sessions, store, system, now=dawn + timedelta(hours=24))
    told = attempts(fresh_engine)
    assert len(told) == 2
    assert all(over and failure == "no_demand" for _stage, over, failure in told)


def test_one_forecast_of_a_shop_is_made_at_a_time(
    fresh_engine: Engine, fresh_sessions: sessionmaker[Session], admin: Actor, tmp_path: Path
) -> None:
    store = Store(str(tmp_path))
    for name in ("daily_stock", "daily_demand"):
        store.publish(name, pl.DataFrame(schema=MARTS[name].schema))
    with one_at_a_time(fresh_engine, demand_forecast._LOCK, Busy("Somebody is at it.")):
        with pytest.raises(Busy, match="wait") as second:
            forecast_shop(fresh_sessions, store, admin, now=MORNING_AFTER)
        assert plan_by_night(fresh_sessions, store, admin, now=MORNING_AFTER) == 0
    assert second.value.code == "forecast_running"
    assert [failure for _stage, _over, failure in attempts(fresh_engine)] == ["forecast_running"]
    for _turn in range(2):  # who was refused gives the lock back
        with pytest.raises(Conflict, match="no demand"):
            forecast_shop(fresh_sessions, store, admin, now=MORNING_AFTER)


def test_what_breaks_is_kept_and_raised_and_the_last_good_plan_stands(lived_shop: LivedShop, tmp_path: Path) -> None:
    with lived_shop.sessions() as session:
        before = list_proposals(session, actor=lived_shop.actor)
    broken = Store(str(tmp_path))
    for name in ("daily_stock", "daily_demand"):
        broken.publish(name, pl.DataFrame({"nothing": [1]}))
    with pytest.raises(TypeError):
        plan_by_night(lived_shop.sessions, broken, lived_shop.actor, now=MORNING_AFTER)
    with lived_shop.sessions() as session:
        attempt = newest_attempt(session)
        assert list_proposals(session, actor=lived_shop.actor) == before
    assert attempt is not None
    assert attempt.failure == "TypeError"
    assert attempt.finished_at is not None


@pytest.mark.full
def test_a_night_forecasts_plans_and_says_how_far_it_is(lived_shop: LivedShop) -> None:
    night = MORNING_AFTER + timedelta(days=2)
    assert plan_by_night(lived_shop.sessions, lived_shop.store, lived_shop.actor, now=night) > 0
    assert attempts(lived_shop.engine)[-1] == ("planning", True, None)
    assert plan_by_night(lived_shop.sessions, lived_shop.store, lived_shop.actor, now=night) == 0
