"""Credit: what was done stays with who held the order then, whoever it is given to later."""

from datetime import date

import pytest
from living_shop import LivingShop, refresh_settled
from sqlalchemy import text

from oms_core.bulk import assign_orders
from oms_core.db import make_sessions
from pipelines import kpi
from pipelines.store import Store

DONE = ("throughput", "stage_time", "cycle_time", "cancelled_value", "cancelled_margin", "fill_rate")
MAY = {"date_from": date(2024, 5, 1), "date_to": date(2024, 6, 1)}


@pytest.fixture
def lived(fresh_engine, tmp_path):
    shop, store = LivingShop(make_sessions(fresh_engine), 21), Store(str(tmp_path))
    shop.live(700)
    refresh_settled(fresh_engine, store)
    return shop, store


def report(store: Store) -> dict[str, tuple]:
    """Last month by manager, and the rows that each number is made of."""
    by_manager = {code: kpi.compute(store, code, by=("manager",), **MAY) for code in DONE}
    return {code: (rows, sorted(kpi.drill(store, code, **MAY).rows(), key=str)) for code, rows in by_manager.items()}


def journal(shop: LivingShop) -> list[tuple]:
    with shop.sessions() as session:
        credited = "SELECT id, manager_id FROM order_events WHERE kind <> 'order.assigned' ORDER BY id"
        return [tuple(row) for row in session.execute(text(credited))]


def test_giving_away_a_hundred_orders_changes_nothing_of_last_months_report(lived, fresh_engine):
    shop, store = lived
    before, written = report(store), journal(shop)
    assert sum(len(rows) for rows, _ in before.values()) > len(DONE)
    with shop.sessions() as session:
        numbers = session.execute(text("SELECT number FROM orders WHERE closed_at IS NULL LIMIT 100")).scalars().all()
    given = assign_orders(shop.sessions, shop.actor, numbers=numbers, manager="admin")
    assert [one.ok for one in given] == [True] * 100
    refresh_settled(fresh_engine, store)
    assert journal(shop)[: len(written)] == written
    after = report(store)
    assert {code for code in DONE if after[code] != before[code]} == set()
