"""Many threads want a few scarce products: exactly the stock is promised, and nobody sees how that is done."""

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from building import a_customer, a_stocked_product, asked, levels
from racing import race
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import Prepared
from oms_core.errors import Conflict
from oms_core.orders import placement_facts
from oms_core.orders.placement import CustomerRef, place_order

PRODUCTS = [f"RARE-{index}" for index in range(10)]
LOCK = "FOR NO KEY UPDATE OF l"


@pytest.fixture
def customer(fresh_sessions):
    with fresh_sessions.begin() as session:
        return CustomerRef(id=a_customer(session))


def stock_up(sessions: sessionmaker[Session], quantity: int) -> None:
    with sessions.begin() as session:
        for sku in PRODUCTS:
            a_stocked_product(session, sku, quantity)


def outcomes_of_the_race(
    sessions: sessionmaker[Session], customer: CustomerRef, *, threads: int, orders: int, all_or_nothing: float = 0
) -> list[str]:
    """Place ``orders`` of two lines from ``threads`` threads; says of each ``placed``, ``refused`` or the error."""
    with sessions() as session:
        actor = find_actor(session, "admin")

    def client(seed: int) -> Sequence[str]:
        draw = random.Random(seed)
        outcomes = []
        for _ in range(orders // threads):
            wanted = {sku: draw.randint(1, 2) for sku in draw.sample(PRODUCTS, 2)}
            whole = draw.random() < all_or_nothing
            try:
                door.run(
                    sessions, actor, place_order,
                    channel="desk", customer=customer, lines=asked(wanted), allow_backorder=not whole,
                )  # fmt: skip
                outcomes.append("placed")
            except Conflict as refusal:
                outcomes.append("refused" if whole and refusal.code == "short_of_stock" else repr(refusal))
        return outcomes

    results = race([lambda seed=seed: client(seed) for seed in range(threads)])
    return [outcome for result in results for outcome in (result if isinstance(result, list) else [repr(result)])]


def assert_exactly_the_stock_is_promised(sessions: sessionmaker[Session], quantity: int) -> None:
    with sessions() as session:
        assert levels(session) == {("MAIN", sku): (quantity, quantity) for sku in PRODUCTS}
        promised = session.execute(
            text("SELECT product_id, sum(quantity) FROM reservations WHERE state = 'committed' GROUP BY product_id")
        ).all()
        assert [row.sum for row in promised] == [quantity] * len(PRODUCTS)


def test_sixteen_threads_promise_exactly_the_stock(fresh_sessions, customer):
    stock_up(fresh_sessions, 100)
    outcomes = outcomes_of_the_race(fresh_sessions, customer, threads=16, orders=1_000, all_or_nothing=0.3)
    assert set(outcomes) == {"placed", "refused"}
    assert len(outcomes) == 16 * (1_000 // 16)
    assert_exactly_the_stock_is_promised(fresh_sessions, 100)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_sixty_four_threads_placing_twenty_thousand_orders_promise_exactly_the_stock(fresh_sessions, customer):
    stock_up(fresh_sessions, 1_500)
    outcomes = outcomes_of_the_race(fresh_sessions, customer, threads=64, orders=20_032)
    assert outcomes == ["placed"] * 20_032
    assert_exactly_the_stock_is_promised(fresh_sessions, 1_500)


def without_the_lock(monkeypatch) -> None:
    assert LOCK in placement_facts.READ.sql
    unlocked = Prepared("unlocked_read", placement_facts.READ.parameters, placement_facts.READ.sql.replace(LOCK, ""))
    monkeypatch.setattr(placement_facts, "READ", unlocked)


def test_without_the_lock_only_the_check_stands_and_callers_are_hurt(fresh_sessions, customer, monkeypatch):
    without_the_lock(monkeypatch)
    stock_up(fresh_sessions, 30)
    outcomes = outcomes_of_the_race(fresh_sessions, customer, threads=8, orders=400)
    assert any("not enough stock" in outcome for outcome in outcomes)
    with fresh_sessions() as session:
        assert all(reserved <= on_hand for on_hand, reserved in levels(session).values())


def test_without_the_lock_and_the_check_more_is_promised_than_there_is(fresh_sessions, customer, monkeypatch):
    without_the_lock(monkeypatch)
    stock_up(fresh_sessions, 30)
    with fresh_sessions.begin() as session:
        session.execute(text("ALTER TABLE stock_levels DROP CONSTRAINT ck_stock_levels_reserved_within_on_hand"))
    outcomes_of_the_race(fresh_sessions, customer, threads=8, orders=400)
    with fresh_sessions() as session:
        assert any(reserved > on_hand for on_hand, reserved in levels(session).values())


def test_one_product_with_one_piece_goes_to_one_of_eight(fresh_sessions, customer):
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "LAST", 1)
        actor = find_actor(session, "admin")

    def buy():
        return door.run(
            fresh_sessions, actor, place_order,
            channel="desk", customer=customer, lines=asked({"LAST": 1}), allow_backorder=False,
        )  # fmt: skip

    results = race([buy] * 8)
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 7 + ["PlacedOrder"]
    with fresh_sessions() as session:
        assert levels(session) == {("MAIN", "LAST"): (Decimal(1), Decimal(1))}
