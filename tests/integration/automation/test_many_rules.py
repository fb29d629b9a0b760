"""A hundred rules over a thousand orders: each answers each once, and what they add is bounded."""

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


def test_a_hundred_rules_answer_every_order_once(shop, hundred):
    place(shop, 20)
    per_order = shop.ask("SELECT count(*) AS runs, count(DISTINCT rule_code) AS rules FROM automation_runs")[0]
    assert per_order.runs == 20 * per_order.rules
    assert per_order.rules > RULES / 10


@pytest.mark.full
def test_a_hundred_rules_add_less_than_ten_seconds_to_a_thousand_orders(shop, hundred):
    place(shop, 5)  # compiled at the first
    with_rules = place(shop, 1_000)
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE automation_rules SET mode = 'off'"))
        session.execute(text("UPDATE config_revisions SET revision = revision + 1"))
    added = with_rules - place(shop, 1_000)
    print(f"100 rules × 1,000 orders: {added:.2f} s")  # noqa: T201 - told by pytest -s
    assert added < 10
