from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product

import pytest
from order_life import MONDAY, Shop
from sizes import sampled

from oms_core.access.permissions import Permission
from oms_core.db import Prepared
from oms_core.orders import search_sql
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.placement import CustomerRef
from oms_core.orders.queries import QueueFilters, count_matching, find_numbers, list_orders
from oms_core.orders.search import RANKS
from oms_core.orders.views import Found

LATER = MONDAY + timedelta(days=2)


def rows(shop: Shop, **asked):
    return list_orders(shop.session, actor=shop.actor, **{"now": LATER} | asked).rows


def numbers(shop: Shop, **asked) -> list[str]:
    return [row.number for row in rows(shop, **asked)]


@pytest.fixture(params=["listed", "broad"])
def breadth(request, monkeypatch) -> str:
    """Whether candidates are listed, or one is taken for too many and the queue is gone through instead."""
    if request.param == "broad":
        for way in search_sql.CANDIDATES:
            monkeypatch.setitem(search_sql.CANDIDATES, way, 2 if way is Found.EXACT_NUMBER else 1)
        narrow = Prepared("find_few_orders", search_sql.PARAMETERS, search_sql.candidates())
        monkeypatch.setattr(search_sql, "FIND", narrow)
    return request.param


WHAT_IS_KNOWN = [
    "{number}", " {number} ", "web-77", "WEB-7", "kow", "anna kowalska", "Kowalska An", "+48 600 100", "600 100 200",
    "48600100200", "anna@shop.example", "Anna@", "VASE", "vase", "fragile", "birthday gif", "TRACK-1", "track-12",
]  # fmt: skip


@pytest.mark.parametrize("asked", sampled(product(WHAT_IS_KNOWN, ["match", "newest", "promised"]), 2), ids="-".join)
def test_a_search_finds_an_order_by_whatever_is_known_of_it(shop, breadth, asked):
    q, sort = asked
    for name in ("Jan Nowak", "Zoe O'Hara"):
        shop.order((shop.stock("MUG", 5), 1), customer=CustomerRef(name=name, phone="+44 20 700"), external_ref=name)
    anna = CustomerRef(name="Anna Maria Kowalska", phone="+48 600 100 200", email="anna@shop.example")
    shop.stock("VASE", 5)
    number = shop.order(("VASE", 2), customer=anna, external_ref="WEB-77", comment="Very FRAGILE", upto="ship")
    shop.do(comment_order, number=number, text="A birthday gift")
    shop.do(ship_order, number=number, carrier="post", tracking="Track-12")
    found = numbers(shop, q=q.format(number=number), sort=sort)
    assert found == ([] if q == "web-77" else [number])  # a reference is what the other side wrote, case and all


@pytest.fixture
def alike(shop) -> dict[Found, str]:
    """Orders that one word is met in, each by another way and a second one by the worst; the oldest by the best."""
    word = "120120120"
    found = {}
    plain = lambda **facts: shop.order((shop.stock("MUG", 9), 1), **facts)  # noqa: E731
    found[Found.REFERENCE] = plain(external_ref=word)
    found[Found.TRACKING] = shop.order((shop.stock("MUG", 9), 1), upto="ship")
    shop.do(ship_order, number=found[Found.TRACKING], carrier="post", tracking=word)
    found[Found.CONTACT] = plain(customer=CustomerRef(name="Jan", phone=word))
    found[Found.NAME] = plain(customer=CustomerRef(name=f"Shop {word}", phone="77700"))
    found[Found.PRODUCT] = shop.order((shop.stock(word, 9), 1))
    found[Found.COMMENT] = plain(comment=f"as {word}")
    shop.do(comment_order, number=found[Found.REFERENCE], text=f"see {word}")
    return found


def test_the_best_match_comes_first_and_says_how_it_was_met(shop, alike, breadth):
    found = rows(shop, q="120120120", sort="match")
    assert [(row.found, row.number) for row in found] == list(alike.items())


def test_an_exact_number_comes_before_those_that_begin_with_it(shop, breadth):
    orders = [shop.order((shop.stock("MUG", 9), 1)) for _ in range(3)]
    shop.order((shop.stock("MUG", 9), 1), comment=f"like {orders[1]}")
    found = rows(shop, q=orders[1], sort="match")
    assert [row.found for row in found] == [Found.EXACT_NUMBER, Found.COMMENT]
    assert rows(shop, q=orders[1][:-1], sort="match")[0].found is Found.NUMBER


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_a_search_join_without_a_gap_or_a_repeat(shop, alike, breadth, limit):
    shop.order((shop.stock("MUG", 9), 1), comment="as 120120120")
    whole, cursor, paged = rows(shop, q="120120120", sort="match"), None, []
    while True:
        page = list_orders(
            shop.session, actor=shop.actor, now=LATER, q="120120120", sort="match", cursor=cursor, limit=limit
        )
        paged += page.rows
        if (cursor := page.next_cursor) is None:
            break
    assert [row.number for row in paged] == [row.number for row in whole]
    assert len({row.number for row in whole}) == len(alike) + 1
    keys = [(RANKS[row.found], -row.placed_at.timestamp()) for row in whole]
    assert all(before < after for before, after in pairwise(keys))


def test_a_search_stays_within_the_view_and_the_filters(shop, alike, breadth):
    for asked in ({"view": "to_confirm"}, {"status": "new"}, {"status_group": "new", "channel": "desk"}):
        assert numbers(shop, q="120120120", sort="match", **asked) == [
            number for way, number in alike.items() if way is not Found.TRACKING
        ]
    assert numbers(shop, q="120120120", sort="match", channel="api") == []


def test_all_that_matches_is_counted_and_named(shop, alike, breadth):
    asked = QueueFilters(view="to_confirm", q="120120120")
    expected = sorted(number for way, number in alike.items() if way is not Found.TRACKING)
    assert sorted(find_numbers(shop.session, actor=shop.actor, now=LATER, filters=asked)) == expected
    assert count_matching(shop.session, actor=shop.actor, now=LATER, filters=asked) == len(expected)


def test_who_may_not_see_personal_data_finds_no_customer_by_the_best_match_either(shop, alike, breadth):
    buyer = replace(shop.actor, permissions=frozenset({Permission.ORDER_VIEW}))
    found = list_orders(shop.session, actor=buyer, now=LATER, q="120120120", sort="match").rows
    assert {row.found for row in found} == set(alike) - {Found.CONTACT, Found.NAME}
