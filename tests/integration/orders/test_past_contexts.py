"""The laboratory sees of a past change what a rule would have been told of it then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shops import fill
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.labels import set_priority, tag_order
from oms_core.orders.rule_context import ALL_FIELDS, contexts
from oms_core.orders.rule_history import PastChange, Scope, past_contexts

OF_NOW = {"now", "change"}
OF_OTHERS = {"open_value", "cancelled_before", "cancelled_percent"}  # other orders went on since


def _steady(part: Any) -> Any:
    return {name: value for name, value in part.items() if name not in OF_OTHERS} if isinstance(part, dict) else part


def _changes(sessions: sessionmaker[Session], **scope: Any) -> dict[str, list[PastChange]]:
    with sessions() as session:
        history = past_contexts(session, Scope(last=1_000, **scope), ALL_FIELDS)
        return {
            order.number: list(changes) for order, changes in history.changes(Scope(last=1_000, **scope), ALL_FIELDS)
        }


def test_the_last_change_of_each_order_leaves_it_as_the_database_has_it(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    numbers = fill(fresh_sessions, orders=40)
    now = datetime.now(UTC)
    for number in numbers[3::7]:
        door.run(fresh_sessions, admin, tag_order, at=now, number=number, tag="gift")
        door.run(fresh_sessions, admin, set_priority, at=now, number=number, priority=1)
    past = _changes(fresh_sessions)
    with fresh_sessions() as session:
        for number, changes in past.items():
            last = changes[-1]
            order_id = session.scalar(text("SELECT id FROM orders WHERE number = :number"), {"number": number})
            live = contexts(session, [order_id], now=last.at)[order_id]
            for part in live.keys() - OF_NOW:
                assert _steady(last.context[part]) == _steady(live[part]), (number, part)


def test_a_placement_is_seen_as_it_was_whatever_happened_later(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    numbers = fill(fresh_sessions, orders=12)
    [placed] = _changes(fresh_sessions, changes={"place"})[numbers[0]]
    assert placed.context["order"]["status"] == "new"
    assert placed.context["order"]["paid"] == 0
    assert placed.context["change"]["kind"] == "place"
    assert all(line["shipped"] == 0 for line in placed.context["lines"])
    assert placed.context["order"]["age_hours"] == 0


def test_each_act_is_told_once_with_what_it_was(fresh_sessions: sessionmaker[Session], admin: Actor) -> None:
    numbers = fill(fresh_sessions, orders=12)
    at = datetime.now(UTC) + timedelta(minutes=1)
    door.run(fresh_sessions, admin, cancel_order, at=at, number=numbers[4], reason="duplicate", note="twice")
    [*_others, cancelled] = _changes(fresh_sessions)[numbers[4]]
    assert cancelled.act.kinds == ("cancel",)
    expected = {
        "kind": "cancel", "from": "new", "to": "cancelled", "from_group": "new", "to_group": "cancelled",
        "reason": "duplicate", "text": "twice", "actor": "admin", "method": "", "manager": "",
        "carrier": "", "tracking": "", "hold": "",
        "quantity": cancelled.context["order"]["quantity"], "value": cancelled.context["order"]["gross"],
    }  # fmt: skip
    assert cancelled.context["change"].items() >= expected.items()
    moves = _changes(fresh_sessions, changes={"move"})[numbers[0]]
    assert [change.context["change"]["to"] for change in moves] == ["confirm", "pick", "ship", "deliver", "done"]
    assert {change.context["change"]["kind"] for change in moves} == {"move"}


def test_a_customers_orders_before_count_by_what_was_known_then(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    fill(fresh_sessions, orders=24)
    with fresh_sessions() as session:
        of_one = "(SELECT min(customer_id) FROM orders)"
        query = f"SELECT number FROM orders WHERE customer_id = {of_one} ORDER BY placed_at"
        named = list(session.scalars(text(query)))
    past = _changes(fresh_sessions, changes={"place"})
    before = [past[number][0].context["customer"]["orders_before"] for number in named]
    assert before == list(range(len(named)))
    assert Decimal(before[-1]) > 1
