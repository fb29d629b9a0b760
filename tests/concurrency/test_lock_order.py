"""Levels are locked in one order: nobody holds a later one while waiting for an earlier one."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.cancellation import cancel_order
from tests.building import a_product, a_warehouse, an_order, stocked

_LEVEL = """
SELECT FROM stock_levels l JOIN locations o ON o.id = l.location_id WHERE o.code = :code FOR NO KEY UPDATE OF l
"""
_WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def acts(fresh_sessions: sessionmaker[Session]) -> dict[str, Callable[[], object]]:
    """Goods come to NORTH, or are given back there, while another order waits for them."""
    with fresh_sessions.begin() as session:
        a_warehouse(session, "NORTH")
        a_product(session, "MUG")
        stocked(session, "MUG", 1, warehouse="MAIN")
        stocked(session, "MUG", 3, warehouse="NORTH")
        at_north = an_order(session, {"MUG": 2}, warehouse="NORTH")
        an_order(session, {"MUG": 5})
        actor: Actor = find_actor(session, "admin")
    act = partial(door.run, fresh_sessions, actor)
    goods = [ReceiptRequest("MUG", Decimal(1))]
    return {
        "receive": partial(act, receive_goods, warehouse="NORTH", lines=goods),
        "cancel": partial(act, cancel_order, number=at_north.number, reason="fraud"),
    }


def wait_for_a_waiter(sessions: sessionmaker[Session]) -> None:
    until = time.monotonic() + 2
    waiting = 0
    while not waiting:
        with sessions() as observer:  # a transaction sees the activity of its first look only
            waiting = observer.execute(text(_WAITERS)).scalar_one()
        assert time.monotonic() < until, "nobody waits for the level that is held"


@pytest.mark.parametrize("name", ["receive", "cancel"])
def test_who_serves_the_waiting_takes_the_levels_of_all_warehouses_in_one_order(fresh_sessions, acts, name) -> None:
    with ThreadPoolExecutor(1) as pool, fresh_sessions() as first:
        first.execute(text(_LEVEL), {"code": "MAIN"})
        acting = pool.submit(acts[name])
        wait_for_a_waiter(fresh_sessions)
        first.execute(text(_LEVEL + " NOWAIT"), {"code": "NORTH"})
        first.rollback()
        acting.result()


def test_an_order_that_began_to_wait_meanwhile_is_waited_for_without_holding_levels(fresh_sessions, acts) -> None:
    with ThreadPoolExecutor(1) as pool, fresh_sessions() as first, fresh_sessions() as holder:
        first.execute(text(_LEVEL), {"code": "NORTH"})
        acting = pool.submit(acts["receive"])
        wait_for_a_waiter(fresh_sessions)
        order_id = first.scalar(text("UPDATE order_lines SET quantity = 9 WHERE quantity = 2 RETURNING order_id"))
        holder.execute(text("SELECT FROM orders WHERE id = :id FOR UPDATE"), {"id": order_id})
        first.commit()
        time.sleep(0.3)
        holder.execute(text(_LEVEL + " NOWAIT"), {"code": "NORTH"})
        holder.rollback()
        acting.result()
