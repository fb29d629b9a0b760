"""Orders that name the same products in opposite order never wait for each other in a circle."""

import random

import psycopg2.errors
import pytest
from building import NOON, a_customer, a_stocked_product, asked
from racing import race

from oms_core.access.actors import find_actor
from oms_core.db import Prepared
from oms_core.orders import placement_facts
from oms_core.orders.placement import CustomerRef, place_order

SKUS = [f"P-{index:02}" for index in range(40)]
IN_KEY_ORDER = "ORDER BY l.location_id, l.product_id"


@pytest.fixture
def place_in_opposite_orders(fresh_sessions):
    """Place orders from six threads without the door, whose retries would hide a deadlock; returns the errors."""
    with fresh_sessions.begin() as session:
        for sku in SKUS:
            a_stocked_product(session, sku, 1_000_000)
        customer = CustomerRef(id=a_customer(session))
        actor = find_actor(session, "admin")

    def client(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(25):
            skus = sorted(draw.sample(SKUS, 30), reverse=seed % 2 == 1)
            with fresh_sessions.begin() as session:
                place_order(
                    session,
                    actor=actor,
                    now=NOON,
                    channel="desk",
                    customer=customer,
                    lines=asked(dict.fromkeys(skus, 1)),
                )

    return lambda: [
        result for result in race([lambda seed=seed: client(seed) for seed in range(6)]) if result is not None
    ]


def test_products_in_opposite_order_do_not_deadlock(place_in_opposite_orders):
    assert place_in_opposite_orders() == []


def test_locked_in_the_order_of_the_request_they_do(place_in_opposite_orders, monkeypatch):
    as_asked = "ORDER BY array_position(ARRAY(SELECT product_id FROM asked ORDER BY place), l.product_id)"
    assert IN_KEY_ORDER in placement_facts.READ.sql
    unsorted = Prepared(
        "unsorted_read", placement_facts.READ.parameters, placement_facts.READ.sql.replace(IN_KEY_ORDER, as_asked)
    )
    monkeypatch.setattr(placement_facts, "READ", unsorted)
    errors = place_in_opposite_orders()
    assert any(isinstance(error, psycopg2.errors.DeadlockDetected) for error in errors), errors
