"""Dealing orders out: to whose customer it is, by share or by load; nobody away, nobody waits for anybody."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from oms_core.access.models import Role
from oms_core.automation.assignees import DEALT_OVER, dealt_by_share
from oms_core.automation.suggestions import deliver_again
from oms_core.customers.registration import CustomerRef
from oms_core.orders.assignment import assign_order
from tests.building import NOON

DEAL = {"kind": "assign", "to": "round_robin", "role": "manager"}
LEAST = {"kind": "assign", "to": "least_loaded", "role": "manager"}
OWN = {"kind": "assign", "to": "customer_manager"}
LONG_AGO = NOON - timedelta(days=400)


def staff(shop, **shares: int) -> None:
    for login, share in shares.items():
        shop.person(login, share=share, created_at=LONG_AGO)


def absent(shop, login: str, first: str, last: str) -> None:
    with shop.sessions.begin() as session:
        added = "INSERT INTO absences (user_id, first_day, last_day) SELECT id, :first, :last FROM users"
        session.execute(text(f"{added} WHERE login = :login"), {"login": login, "first": first, "last": last})


def dealt(shop) -> Counter:
    rows = shop.ask("SELECT u.login FROM orders o LEFT JOIN users u ON u.id = o.manager_id ORDER BY o.id")
    return Counter(row.login for row in rows)


def test_orders_are_dealt_out_by_share_exactly(shop):
    staff(shop, anna=100, boris=50, clara=50, idle=0)
    shop.rule("deal", "order.placed", DEAL)
    for _ in range(40):
        shop.order()
    assert dealt(shop) == {"anna": 20, "boris": 10, "clara": 10}


def test_equals_take_turns_and_the_first_is_always_the_same(shop):
    staff(shop, boris=100, anna=100)
    shop.rule("deal", "order.placed", DEAL)
    given = [shop.order() for _ in range(4)]
    rows = shop.ask("SELECT o.number, u.login FROM orders o JOIN users u ON u.id = o.manager_id")
    of = {row.number: row.login for row in rows}
    assert [of[number] for number in given] == ["anna", "boris", "anna", "boris"]


def test_who_is_away_is_left_out_and_gets_no_backlog_on_return(shop):
    staff(shop, anna=100, boris=100)
    absent(shop, "anna", "2026-03-02", "2026-03-07")
    shop.rule("deal", "order.placed", DEAL)
    for day in range(6):
        for _ in range(10):
            shop.order(at=NOON + timedelta(days=day))
    assert dealt(shop) == {"boris": 60}
    for _ in range(30):
        shop.order(at=NOON + timedelta(days=6))
    back = dealt(shop)["anna"]
    assert 15 <= back <= 25  # a day's worth ahead of boris at most, never the sixty that he had


def test_what_was_dealt_long_ago_counts_no_more(shop):
    staff(shop, anna=100, boris=100)
    for _ in range(10):
        shop.run(assign_order, number=shop.order(), manager="anna")
    shop.rule("deal", "order.placed", DEAL)
    later = NOON + DEALT_OVER + timedelta(days=1)
    for _ in range(4):
        shop.order(at=later)
    assert dealt(shop) == {"anna": 12, "boris": 2}


def test_the_least_loaded_has_the_fewest_open_orders(shop):
    staff(shop, anna=100, boris=100)
    for _ in range(3):
        shop.run(assign_order, number=shop.order(), manager="anna")
    shop.rule("least", "order.placed", LEAST)
    for _ in range(5):
        shop.order()
    assert dealt(shop) == {"anna": 4, "boris": 4}


def test_a_customers_own_manager_comes_before_who_had_the_last_order(shop):
    staff(shop, anna=100, boris=100)
    ada = CustomerRef(name="Ada", phone="+48600100200")
    shop.run(assign_order, number=shop.order(customer=ada), manager="boris")
    shop.rule("own", "order.placed", OWN)
    shop.order(customer=ada)
    assert dealt(shop) == {"boris": 2}
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE customers SET manager_id = (SELECT id FROM users WHERE login = 'anna')"))
    shop.order(customer=ada)
    assert dealt(shop) == {"boris": 2, "anna": 1}
    absent(shop, "anna", "2026-03-02", "2026-03-02")
    shop.order(customer=ada)
    assert dealt(shop) == {"boris": 3, "anna": 1}


def test_what_is_nobodys_customers_is_dealt_out(shop):
    staff(shop, anna=100)
    shop.rule("own", "order.placed", OWN, priority=10)
    shop.rule("deal", "order.placed", DEAL, priority=20, condition="!order.has_manager")
    shop.order()
    assert dealt(shop) == {"anna": 1}


def test_where_everybody_is_away_the_order_waits_in_the_pool_and_somebody_is_told(shop):
    staff(shop, anna=100)
    absent(shop, "anna", "2026-03-01", "2026-03-05")
    shop.rule("deal", "order.placed", DEAL)
    shop.order()
    assert dealt(shop) == {None: 1}
    assert [alert.details["code"] for alert in shop.alerts()] == ["nobody_there"]


@pytest.mark.parametrize("action", [DEAL, LEAST])
def test_who_moves_no_orders_gets_none(shop, action):
    shop.person("eva", Role.EXECUTIVE)
    shop.person("anna")
    shop.rule("deal", "order.placed", action)
    shop.order()
    assert dealt(shop) == {"anna": 1}


def test_two_orders_dealt_at_one_moment_go_to_two_people_and_nobody_waits(shop):
    staff(shop, anna=100, boris=100)
    numbers = [shop.order() for _ in range(2)]
    ids = {row.number: row.id for row in shop.ask("SELECT id, number FROM orders")}
    facts = {"role": "manager", "team": None, "now": NOON}
    with shop.sessions() as first, shop.sessions() as second:
        one = dealt_by_share(first, order_id=ids[numbers[0]], **facts)
        second.execute(text("SET LOCAL statement_timeout = '2s'"))
        other = dealt_by_share(second, order_id=ids[numbers[1]], **facts)
        third = dealt_by_share(second, order_id=ids[numbers[0]], **facts)
    assert {one, other} == {"anna", "boris"}
    assert third == other  # its own turn is its own


def test_a_storm_of_orders_is_dealt_by_share_but_for_those_in_flight(shop):
    staff(shop, anna=100, boris=100, clara=50)
    numbers = [shop.order() for _ in range(100)]
    shop.rule("deal", "order.placed", DEAL)
    threads = 8
    together = threading.Barrier(threads)

    def give(part: list[str]) -> None:
        together.wait(30)
        for number in part:
            shop.run(deliver_again, number=number, sequence=1)

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(give, numbers[index::threads]) for index in range(threads)]:
            done.result(timeout=120)
    counts = dealt(shop)
    assert sum(counts.values()) == 100
    for login, fair in (("anna", 40), ("boris", 40), ("clara", 20)):
        assert abs(counts[login] - fair) <= threads, counts
