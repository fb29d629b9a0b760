"""Several people at one order, and several orders at one product."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door, integrity
from oms_core.access.actors import Actor, find_actor
from oms_core.catalog.models import Product
from oms_core.errors import OmsError
from oms_core.inventory.backorders import lock_to_serve
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders import cancellation, progress
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.models import Order
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.progress import move_order

WRITERS = 8


@pytest.fixture
def actor(fresh_sessions) -> Actor:
    with fresh_sessions() as session:
        return find_actor(session, "admin")


def stocked(sessions: sessionmaker[Session], actor: Actor, *skus: str, quantity: int) -> None:
    with sessions.begin() as session:
        session.add_all([Product(sku=sku, name=sku) for sku in skus])
    lines = [ReceiptRequest(sku, Decimal(quantity)) for sku in skus]
    door.run(sessions, actor, receive_goods, warehouse="MAIN", lines=lines)


def ordered(sessions: sessionmaker[Session], actor: Actor, *skus: str) -> str:
    lines = [LineRequest(sku, Decimal(2), Decimal("9.99")) for sku in skus]
    customer = CustomerRef(name="Anna", phone="+48 600 100 200")
    return door.run(sessions, actor, place_order, channel="desk", customer=customer, lines=lines).number


def outcomes(tasks) -> Counter:
    """Start all tasks at one moment and count what became of them."""
    start = Barrier(len(tasks))

    def attempt(task) -> str:
        start.wait()
        try:
            task()
        except OmsError as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001 - what must not happen is counted by its name
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(tasks)) as pool:
        return Counter(pool.map(attempt, tasks))


def breaches(sessions: sessionmaker[Session]) -> dict[str, int]:
    with sessions() as session:
        return {finding.code: finding.rows for finding in integrity.check(session) if finding.rows}


def test_of_many_who_saw_one_version_one_moves_the_order(fresh_sessions, actor):
    stocked(fresh_sessions, actor, "MUG", quantity=9)
    number = ordered(fresh_sessions, actor, "MUG")
    confirm = partial(door.run, fresh_sessions, actor, move_order, number=number, to="confirm", version=1)
    assert outcomes([confirm] * WRITERS) == {"done": 1, "stale_version": WRITERS - 1}
    assert breaches(fresh_sessions) == {}


def test_without_the_lock_the_race_is_lost(fresh_sessions, actor, monkeypatch):
    stocked(fresh_sessions, actor, "MUG", quantity=9)
    number = ordered(fresh_sessions, actor, "MUG")
    together = Barrier(2)

    def read_without_lock(session: Session, number: str, *, version: int | None = None) -> Order:
        order = session.scalars(select(Order).where(Order.number == number)).one()
        assert order.version == version
        together.wait(timeout=5)
        return order

    monkeypatch.setattr(progress, "lock_order", read_without_lock)
    confirm = partial(door.run, fresh_sessions, actor, move_order, number=number, to="confirm", version=1)
    assert outcomes([confirm] * 2) != {"done": 1, "stale_version": 1}


def test_moving_and_cancelling_at_once_end_in_one_of_both(fresh_sessions, actor):
    stocked(fresh_sessions, actor, "MUG", quantity=99)
    for _ in range(5):
        number = ordered(fresh_sessions, actor, "MUG")
        confirm = partial(door.run, fresh_sessions, actor, move_order, number=number, to="confirm")
        cancel = partial(door.run, fresh_sessions, actor, cancel_order, number=number, reason="fraud")
        assert set(outcomes([confirm, cancel, confirm, cancel])) <= {"done", "not_permitted", "not_cancellable"}
    assert breaches(fresh_sessions) == {}
    with fresh_sessions() as session:
        assert set(session.scalars(text("SELECT status FROM orders"))) == {"cancelled"}


def test_cancelling_receiving_and_placing_on_the_same_products_end_without_a_deadlock(fresh_sessions, actor):
    skus = [f"SKU-{number}" for number in range(4)]
    stocked(fresh_sessions, actor, *skus, quantity=10)
    orders = [ordered(fresh_sessions, actor, *skus[turn % 4 :], *skus[: turn % 4]) for turn in range(12)]
    receipt = [ReceiptRequest(sku, Decimal(1)) for sku in reversed(skus)]
    tasks = [
        partial(door.run, fresh_sessions, actor, cancel_order, number=number, reason="changed_mind")
        for number in orders[:6]
    ]
    tasks += [partial(door.run, fresh_sessions, actor, receive_goods, warehouse="MAIN", lines=receipt)] * 3
    tasks += [partial(ordered, fresh_sessions, actor, *reversed(skus))] * 3
    assert outcomes(tasks) == {"done": len(tasks)}
    assert breaches(fresh_sessions) == {}


def cancelled_at_once(sessions: sessionmaker[Session], actor: Actor, monkeypatch) -> Counter:
    """Cancel orders that wait for each other's stock, all at one moment, and let the door try each only once."""
    stocked(sessions, actor, "MUG", "CUP", quantity=8)
    orders = [ordered(sessions, actor, "MUG", "CUP") for _ in range(4 * WRITERS)]
    monkeypatch.setattr(door, "RETRIES", 0)
    waiting, counts = orders[4:], Counter()
    for turn in range(0, len(waiting), WRITERS):
        crowd = waiting[turn : turn + WRITERS]
        counts += outcomes(
            [partial(door.run, sessions, actor, cancel_order, number=number, reason="fraud") for number in crowd]
        )
    return counts


def test_orders_that_wait_for_each_other_are_cancelled_at_once_without_a_single_retry(
    fresh_sessions, actor, monkeypatch
):
    assert cancelled_at_once(fresh_sessions, actor, monkeypatch) == {"done": 4 * WRITERS - 4}


@pytest.mark.full
def test_locking_one_order_and_then_those_that_wait_ends_in_deadlocks(fresh_sessions, actor, monkeypatch):
    all_have_theirs = Barrier(WRITERS)

    def own_order_first(session: Session, number: str, *, version: int | None = None) -> Order:
        order = lock_order(session, number, version=version)
        all_have_theirs.wait(timeout=10)
        lock_to_serve(session, {line.product_id for line in lines_of(session, order)})
        return order

    monkeypatch.setattr(cancellation, "lock_order_and_waiting", own_order_first)
    told = cancelled_at_once(fresh_sessions, actor, monkeypatch)
    assert told["busy"] > 0, told
