"""Clients that send one order at the same moment get one order."""

import pytest
from building import a_customer, a_stocked_product, asked, levels
from racing import race
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Busy
from oms_core.orders.placement import CustomerRef, PlacedOrder, place_order


@pytest.fixture
def place_eight_at_once(fresh_sessions):
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "TEA", 1_000)
        customer = CustomerRef(id=a_customer(session))
        actor = find_actor(session, "admin")

    def place(**name):
        def client():
            lines = asked({"TEA": 1})
            return door.run(fresh_sessions, actor, place_order, channel="api", customer=customer, lines=lines, **name)

        return race([client] * 8)

    return place


@pytest.mark.parametrize("name", ["external_ref", "idempotency_key"])
def test_eight_clients_with_one_name_get_one_order(fresh_sessions, place_eight_at_once, name):
    for turn in range(5):
        results = place_eight_at_once(**{name: f"W-{turn}"})
        assert all(isinstance(result, PlacedOrder) for result in results), results
        assert len({result.number for result in results}) == 1
        assert [result.created for result in results].count(True) == 1
    with fresh_sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM orders")) == 5
        assert levels(session) == {("MAIN", "TEA"): (1_000, 5)}


def test_without_the_doors_second_try_the_losers_are_turned_away(place_eight_at_once, monkeypatch):
    monkeypatch.setattr(door, "RETRIES", 0)
    results = [result for turn in range(5) for result in place_eight_at_once(external_ref=f"W-{turn}")]
    assert any(isinstance(result, Busy) for result in results)
