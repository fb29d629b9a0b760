"""What the laboratory predicts of an automation rule is how it runs when the same orders live again with it on."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_story import Act, open_shop, story, tell
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.permissions import Permission
from oms_core.automation.laboratory import Rehearsal, rehearse_rule
from oms_core.automation.rules import add_automation, save_automation
from oms_core.db import make_sessions
from oms_core.errors import Forbidden, Invalid
from oms_core.orders.labels import tag_order
from oms_core.workflow.hold_policies import save_hold_policy
from oms_core.workflow.validation import save_rule

ORDERS = 50
LISTENING = {
    "large": ("order.placed", "order.total > 300.0 && !order.has_manager"),
    "always": ("order.placed", "true"),
    "held_when_placed": ("order.placed", "order.is_held"),
    "first_order": ("order.placed", "customer.orders_before == 0.0"),
    "short": ("order.placed", "stock.short_lines > 0.0"),
    "told_as_placing": ("order.placed", 'change.kind == "place" && change.to == "new" && change.from == ""'),
    "reserved": ("order.reserved", 'change.kind == "change" && order.total > 200.0'),
    "shipped_unpaid": ("order.status_changed", '!order.is_paid && change.to == "ship"'),
    "any_step": ("order.status_changed", "order.total > 200.0"),
    "into_work": ("order.status_changed", 'change.from_group == "new" && change.to_group != "cancelled"'),
    "goods_left": ("order.shipped", 'order.group == "in_delivery" || order.total > 500.0'),
    "part_cancelled": ("line.cancelled", 'change.reason == "duplicate" && change.quantity == 0.0'),
    "cancelled": ("order.cancelled", 'order.group == "cancelled" && order.total > 100.0'),
    "paid_by_card": ("payment.received", 'change.method == "card" && change.value > 50.0'),
    "given_to_anna": ("order.assigned", 'change.manager == "anna"'),
    "held_for_goods": ("hold.opened", 'change.hold == "stock" && order.total > 200.0'),
    "lifted": ("hold.closed", 'change.actor == "admin"'),
    "warned": ("rule.warned", "order.total > 900.0"),
    "gift_tagged": ("order.tagged", '"gift" in order.tags && order.priority == 0.0'),
    "tagged_by_the_shop": ("order.tagged", 'change.actor == "system" && "big" in order.tags'),
}  # fmt: skip
DOES = [{"kind": "tag", "tag": "seen"}]
BIG = {
    "code": "big", "name": "Big", "event": "order.placed", "condition": "order.total > 500.0", "mode": "auto",
    "actions": [{"kind": "tag", "tag": "big"}], "priority": 900,
}  # fmt: skip
WARNS = {
    "code": "dear", "name": "Dear", "message": "Dear", "field": "order", "expression": "order.total <= 600.0",
    "severity": "warn", "changes": ["place"], "is_active": True,
}  # fmt: skip


@pytest.fixture
def shops(fresh_database: Callable[[], Engine]) -> Callable[[], sessionmaker[Session]]:
    """Open the same shop twice: in it orders are held for goods, warned of, and tagged by a rule."""

    def make() -> sessionmaker[Session]:
        sessions = make_sessions(fresh_database())
        open_shop(sessions, stock=ORDERS)
        _do(sessions, save_hold_policy, document={"kind": "stock", "is_active": True, "parameters": {}})
        _do(sessions, save_automation, document=BIG)
        _do(sessions, save_rule, document=WARNS)
        return sessions

    return make


def _do(sessions: sessionmaker[Session], use_case: Callable[..., Any], **facts: Any) -> None:
    with sessions() as session:
        admin = find_actor(session, "admin")
    door.run(sessions, admin, use_case, **facts)


def _switch_on(sessions: sessionmaker[Session], rules: list[dict[str, Any]]) -> None:
    """Save the rules without a trial of each: the laboratory has tried them."""
    with sessions.begin() as session:
        admin = find_actor(session, "admin")
        for rule in rules:
            add_automation(session, rule, actor=admin, now=datetime.now(UTC), note="")


def _rule(code: str, event: str, condition: str, **scope: Any) -> dict[str, Any]:
    known = {"code": code, "name": code, "event": event, "condition": condition, "actions": DOES, "mode": "suggest"}
    return known | scope


def _rehearse(
    sessions: sessionmaker[Session], document: dict[str, Any], *, by: str = "admin", **facts: Any
) -> Rehearsal:
    with sessions() as session:
        actor = find_actor(session, by)
    return door.read(sessions, actor, rehearse_rule, document=document, kind="automation", **facts)


def _runs(sessions: sessionmaker[Session], code: str) -> Counter[str]:
    ran = text("SELECT o.number FROM automation_runs r JOIN orders o ON o.id = r.order_id WHERE r.rule_code = :code")
    with sessions() as session:
        return Counter(session.scalars(ran, {"code": code}))


def _acts(orders: int) -> list[Act]:
    """The story, with a word stuck on every fourth order by a person."""
    told = story(orders)
    placed = {act.order: act for act in reversed(told)}
    tags = [
        Act(placed[order].at.replace(microsecond=1), order, tag_order, {"tag": "gift"})
        for order in range(0, orders, 4)
    ]  # fmt: skip
    return sorted([*told, *tags], key=lambda act: (act.at, act.order))


@pytest.mark.full
def test_every_rule_runs_on_the_orders_predicted_and_as_often_when_they_live_again(
    shops: Callable[[], sessionmaker[Session]],
) -> None:
    acts = _acts(ORDERS)
    rules = [_rule(code, event, condition) for code, (event, condition) in LISTENING.items()]
    rules.append(_rule("of_the_desk", "order.placed", "true", channels=["desk"], order_types=["sale"]))
    before, after = shops(), shops()
    tell(before, acts)
    trials = {rule["code"]: _rehearse(before, rule) for rule in rules}
    _switch_on(after, rules)
    tell(after, acts)
    assert {code: found.error for code, found in trials.items() if found.failures} == {}
    ran = {code: _runs(after, code) for code in trials}
    assert {code: {row.number for row in found.rows} for code, found in trials.items()} == {
        code: set(runs) for code, runs in ran.items()
    }
    assert {code: found.times for code, found in trials.items()} == {code: runs.total() for code, runs in ran.items()}
    assert [code for code, runs in ran.items() if not runs] == []
    assert trials["any_step"].times > trials["any_step"].hits  # an order moves more than once


@pytest.mark.parametrize("event", ["status.overdue", "order.silent", "promise.near"])
def test_an_event_of_the_clock_is_refused_and_not_told_to_have_met_nobody(
    event: str, session: Session, actor: Actor
) -> None:
    with pytest.raises(Invalid) as refusal:
        rehearse_rule(session, actor=actor, kind="automation", document=_rule("late", event, "true"))
    assert refusal.value.code == "no_past_of_time"
    assert [row["field"] for row in refusal.value.rows] == ["event"]


def test_an_unknown_event_and_a_condition_on_what_one_may_not_see_are_refused(session: Session, actor: Actor) -> None:
    with pytest.raises(Invalid):
        rehearse_rule(session, actor=actor, kind="automation", document=_rule("odd", "order.sung", "true"))
    blind = replace(actor, permissions=actor.permissions - {Permission.COST_VIEW})
    prying = _rule(
        "prying", "order.placed", "order.has_cost && order.margin_percent != null && order.margin_percent > 40.0"
    )
    with pytest.raises(Forbidden):
        rehearse_rule(session, actor=blind, kind="automation", document=prying)
    assert rehearse_rule(session, actor=actor, kind="automation", document=prying).times == 0


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_hundreds_of_orders_meet_the_rules_as_predicted(
    shops: Callable[[], sessionmaker[Session]], capsys: pytest.CaptureFixture[str]
) -> None:
    acts = _acts(400)
    before, after = shops(), shops()
    tell(before, acts)
    rules = [_rule(code, event, condition) for code, (event, condition) in LISTENING.items()]
    began = time.perf_counter()
    trials = {rule["code"]: _rehearse(before, rule) for rule in rules}
    seconds = (time.perf_counter() - began) / len(rules)
    _switch_on(after, rules)
    tell(after, acts)
    with capsys.disabled():
        print(f"\n400 orders tried in {seconds:.2f} s a rule; {sum(t.times for t in trials.values())} runs predicted")  # noqa: T201
    assert {code: found.times for code, found in trials.items()} == {
        code: _runs(after, code).total() for code in trials
    }
