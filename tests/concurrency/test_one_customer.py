"""Orders of one new customer that come in at the same moment make one customer."""

from decimal import Decimal
from functools import partial

from racing import race
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from tests.building import a_product

ORDERS = 8


def test_a_new_customer_who_orders_many_times_at_once_is_one(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    skus = [f"SKU-{number}" for number in range(ORDERS)]  # no stock in common, which would make them wait in turn
    with fresh_sessions.begin() as session:
        for sku in skus:
            a_product(session, sku)
    ways = ({"email": "Anna@example.com", "phone": "+48 600 100 200"}, {"phone": "+48600100200"})
    placings = [
        partial(
            door.run, fresh_sessions, admin, place_order, channel="desk", lines=[LineRequest(sku, Decimal(1))],
            customer=CustomerRef(name="Anna Nowak", **ways[turn % 2]),
        )
        for turn, sku in enumerate(skus)
    ]  # fmt: skip

    assert [outcome for outcome in race(placings) if isinstance(outcome, Exception)] == []

    with fresh_sessions() as session:
        assert session.execute(text("SELECT count(*), count(DISTINCT customer_id) FROM orders")).one() == (ORDERS, 1)
        assert session.execute(text("SELECT count(*) FROM customers WHERE name = 'Anna Nowak'")).scalar_one() == 1
