"""Rules bind on every way in which an order is changed, with the same words, and leave nothing behind."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sizes import sampled
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Invalid
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import LineQuantity, deliver_order, ship_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.labels import set_priority, tag_order
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return
from oms_core.workflow.vocabulary import CHANGES
from tests.building import NOON, an_order
from tests.integration.rules.shop import CUSTOMER, a_rule, told, with_goods

Act = Callable[[Session, Actor, str], Any]
_WAY = ("confirm", "pick", "ship", "deliver", "done")


def _to(status: str | None) -> Callable[[Session, Actor], str]:
    def bring(session: Session, actor: Actor) -> str:
        number = an_order(session, {"MUG": 3}, customer=CustomerRef(**CUSTOMER)).number
        for step in _WAY[: 0 if status is None else _WAY.index(status) + 1]:
            move_order(session, actor=actor, now=NOON, number=number, to=step)
        return number

    return bring


def _paid(session: Session, actor: Actor) -> str:
    number = _to("done")(session, actor)
    receive_payment(session, actor=actor, now=NOON, number=number, gross=Decimal(30), method="card")
    return number


def _held(session: Session, actor: Actor) -> str:
    number = _to(None)(session, actor)
    open_hold(session, actor=actor, now=NOON, number=number, cause="ask first")
    return number


ACTS: dict[str, tuple[str, Callable[[Session, Actor], str], Callable[..., Any], dict[str, Any]]] = {
    "move": ("move", _to(None), move_order, {"to": "confirm"}),
    "move that ships": ("move", _to("ship"), move_order, {"to": "deliver"}),
    "move that delivers": ("move", _to("deliver"), move_order, {"to": "done"}),
    "cancel": ("cancel", _to(None), cancel_order, {"reason": "changed_mind"}),
    "cancel a part": (
        "cancel", _to(None), cancel_order, {"reason": "changed_mind", "lines": [LineQuantity(1, Decimal(1))]}
    ),
    "ship": ("ship", _to("ship"), ship_order, {"carrier": "DHL"}),
    "deliver": ("deliver", _to("deliver"), deliver_order, {}),
    "assign": ("assign", _to(None), assign_order, {"manager": "admin"}),
    "comment": ("comment", _to(None), comment_order, {"text": "hello"}),
    "hold": ("hold", _to(None), open_hold, {"cause": "ask first"}),
    "release": ("release", _held, close_hold, {}),
    "pay": ("pay", _to(None), receive_payment, {"gross": Decimal(5), "method": "card"}),
    "refund": ("refund", _paid, refund_order, {"gross": Decimal(5)}),
    "return": ("return", _to("done"), receive_return, {"lines": [LineQuantity(1, Decimal(1))], "reason": "too small"}),
    "tag": ("change", _to(None), tag_order, {"tag": "vip"}),
    "priority": ("change", _to(None), set_priority, {"priority": 1}),
}  # fmt: skip


def test_there_is_an_act_for_every_kind_of_change() -> None:
    assert {kind for kind, *_ in ACTS.values()} | {"place"} == set(CHANGES)


@pytest.mark.parametrize("name", ACTS)
def test_a_rule_refuses_the_act_in_its_own_words_and_nothing_is_written(
    session: Session, actor: Actor, name: str
) -> None:
    kind, bring, act, facts = ACTS[name]
    with_goods(session)
    number = bring(session, actor)
    a_rule(session, code="stop", changes=[kind], expression="order.total > 1000", message="Not today.", field="total")
    before = told(session, number)
    with pytest.raises(Invalid, match="Not today") as refused, session.begin_nested():
        act(session, actor=actor, now=NOON, number=number, **facts)
    assert refused.value.code == "rule_broken"
    assert refused.value.rows == [{"rule": "stop", "version": 1, "field": "total", "message": "Not today."}]
    assert told(session, number) == before


@pytest.mark.parametrize("name", sampled(ACTS, 4))
def test_a_rule_is_told_what_kind_of_change_it_is_and_who_makes_it(session: Session, actor: Actor, name: str) -> None:
    kind, bring, act, facts = ACTS[name]
    with_goods(session)
    number = bring(session, actor)
    expression = f"change.kind == '{kind}' && change.actor == 'admin' && 'admin' in change.roles"
    a_rule(session, code="kind", expression=expression)
    act(session, actor=actor, now=NOON, number=number, **facts)


@pytest.mark.parametrize("name", sampled(ACTS, 4))
def test_a_rule_that_warns_lets_the_act_pass_and_tells_the_journal(session: Session, actor: Actor, name: str) -> None:
    kind, bring, act, facts = ACTS[name]
    with_goods(session)
    number = bring(session, actor)
    a_rule(session, code="hint", changes=[kind], severity="warn", message="Mind this.")
    found = act(session, actor=actor, now=NOON, number=number, **facts)
    assert getattr(found, "state", found).warnings == ("Mind this.",)
    row = session.execute(
        text(
            "SELECT e.kind, e.rule, e.payload FROM order_events e JOIN orders o ON o.id = e.order_id"
            " WHERE o.number = :number ORDER BY e.sequence DESC LIMIT 1"
        ),
        {"number": number},
    ).one()
    assert (row.kind, row.rule) == ("rule.warned", "hint@1")
    assert row.payload["message"] == "Mind this."


def test_placing_is_refused_before_anything_is_written(session: Session, actor: Actor) -> None:
    with_goods(session)
    a_rule(session, code="small", changes=["place"], expression="order.total <= 20", message="Too much.")
    with pytest.raises(Invalid, match="Too much"), session.begin_nested():
        an_order(session, {"MUG": 3})
    assert session.execute(text("SELECT count(*) FROM orders")).scalar_one() == 0
    assert session.execute(text("SELECT sum(reserved) FROM stock_levels")).scalar_one() == 0
    assert an_order(session, {"MUG": 2}).created


def test_placing_with_a_warning_tells_it_and_the_journal(session: Session, actor: Actor) -> None:
    with_goods(session)
    a_rule(session, code="hint", changes=["place"], severity="warn", message="Mind this.")
    placed = an_order(session, {"MUG": 3})
    assert placed.warnings == ("Mind this.",)
    assert told(session, placed.number) == ["order.placed", "order.reserved", "rule.warned"]


def test_every_rule_that_is_broken_is_named_at_once(session: Session, actor: Actor) -> None:
    with_goods(session)
    for code in ("one", "two"):
        a_rule(session, code=code, changes=["place"], message=f"Rule {code}.")
    a_rule(session, code="three", changes=["place"], expression="true")
    with pytest.raises(Invalid) as refused:
        an_order(session, {"MUG": 3})
    assert [row["rule"] for row in refused.value.rows] == ["one", "two"]
    assert str(refused.value) == "Rule one. Rule two."
