"""A hundred rules over a thousand orders: what they add to placing them is told and bounded."""

import time

import pytest
from sqlalchemy import text

from oms_core.automation.rule_library import library
from oms_core.automation.rules import add_automation
from oms_core.customers.registration import CustomerRef
from oms_core.orders.placement import place_order
from tests.building import NOON, asked

RULES = 100


@pytest.fixture
def hundred(shop):
    """A hundred rules in mode suggest that listen to placing, made of the library's conditions."""
    conditions = [rule.document["condition"] for rule in library().values()]
    with shop.sessions.begin() as session:
        for place in range(RULES):
            document = {
                "code": f"many_{place}", "name": f"Rule {place}", "event": "order.placed", "mode": "suggest",
                "condition": conditions[place % len(conditions)], "actions": [{"kind": "tag", "tag": "seen"}],
            }  # fmt: skip
            add_automation(session, document, actor=shop.actor, now=NOON, note="")


def place(shop, orders: int) -> float:
    begun = time.perf_counter()
    for _ in range(orders):
        shop.run(place_order, channel="desk", customer=CustomerRef(name="Ada"), lines=asked({"A": 1}))
    return time.perf_counter() - begun


@pytest.mark.parametrize("orders", [50, pytest.param(1_000, marks=pytest.mark.full)])
def test_a_hundred_rules_answer_a_thousand_orders_within_ten_seconds(shop, hundred, orders, record_property):
    with_rules = place(shop, orders)
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE automation_rules SET mode = 'off'"))
        session.execute(text("UPDATE config_revisions SET revision = revision + 1"))
    without = place(shop, orders)
    per_thousand = (with_rules - without) * 1_000 / orders
    record_property("seconds_per_thousand_orders", per_thousand)
    print(f"100 rules × 1,000 orders: {per_thousand:.2f} s")  # noqa: T201 - told by pytest -s
    assert per_thousand < 10
