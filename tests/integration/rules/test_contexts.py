"""What a rule is told before an order is written is what it is told of the written order."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.billing.payments import receive_payment
from oms_core.customers.registration import CustomerRef
from oms_core.orders import rule_check
from oms_core.orders.holds import open_hold
from oms_core.orders.labels import tag_order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.orders.rule_context import contexts
from oms_core.orders.rule_placement import placement_context
from oms_core.workflow.rule_set import rules_in_force
from oms_core.workflow.vocabulary import FIELDS, PARTS
from tests.building import NOON, an_order
from tests.integration.rules.shop import CUSTOMER, a_rule, with_goods


def test_the_placement_tells_rules_what_the_database_tells_after_it(
    session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_goods(session)
    a_rule(session, code="any", changes=["place"], expression="true")
    an_order(session, {"MUG": 3, "LAMP": 7}, customer=CustomerRef(**CUSTOMER))
    told: list[dict[str, Any]] = []

    def listen(*args: Any, **facts: Any) -> dict[str, Any]:
        told.append(placement_context(*args, **(facts | {"fields": frozenset(f.path for f in FIELDS)})))
        return told[-1]

    monkeypatch.setattr(rule_check, "placement_context", listen)
    lines = [LineRequest("MUG", Decimal(3), discount=Decimal("1.50")), LineRequest("LAMP", Decimal(7), Decimal(30))]
    placed = place_order(
        session, actor=actor, now=NOON, channel="desk", customer=CustomerRef(**CUSTOMER), lines=lines,
        shipping=Decimal("4.90"), comment="ring twice", manager="admin",
    )  # fmt: skip
    read = contexts(session, [placed.id], now=NOON, change=told[0]["change"])[placed.id]
    for part in (*PARTS, "lines"):
        assert read[part] == told[0][part], part


_ABOUT_THE_CUSTOMER = (
    'order.duplicates < 9.0 && customer.orders_before < 9.0 && customer.open_value < 1000.0 && customer.phone != "-"'
    ' && customer.email != "-"'
)


def test_what_is_foreseen_of_a_known_customer_is_what_is_read_of_them_afterwards(
    session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_goods(session)
    an_order(session, {"MUG": 1, "LAMP": 2}, customer=CustomerRef(**CUSTOMER))
    customer_id = session.scalar(text("SELECT customer_id FROM orders"))
    a_rule(session, code="customer", changes=["place"], expression=_ABOUT_THE_CUSTOMER)
    told: list[tuple[Any, dict[str, Any]]] = []

    def listen(session: Session, proposed: Any, **facts: Any) -> dict[str, Any]:
        told.append((proposed, placement_context(session, proposed, **facts)))
        return told[-1][1]

    monkeypatch.setattr(rule_check, "placement_context", listen)
    customer = CustomerRef(id=customer_id)
    for _ in range(2):  # the first makes the rules known
        placed = an_order(session, {"MUG": 1, "LAMP": 2}, customer=customer)
    (first, _), (proposed, context) = told
    assert (first.facts.of_customer, len(proposed.facts.of_customer)) == ((), 7 + len(proposed.foreseen))
    read = contexts(session, [placed.id], now=NOON, fields=rule_fields(session))[placed.id]
    assert context["customer"] == read["customer"]
    assert context["order"]["duplicates"] == read["order"]["duplicates"] == 2.0


def rule_fields(session: Session) -> frozenset[str]:
    return rules_in_force(session).fields_of("place")


def test_a_context_has_every_field_of_its_type(session: Session, actor: Actor) -> None:
    with_goods(session)
    placed = an_order(session, {"MUG": 3, "LAMP": 7}, customer=CustomerRef(**CUSTOMER))
    move_order(session, actor=actor, now=NOON, number=placed.number, to="confirm")
    receive_payment(session, actor=actor, now=NOON, number=placed.number, gross=Decimal(5), method="card")
    tag_order(session, actor=actor, now=NOON, number=placed.number, tag="vip")
    open_hold(session, actor=actor, now=NOON, number=placed.number, cause="ask first")
    context = contexts(session, [placed.id], now=NOON)[placed.id]
    kinds = {"number": float, "text": str, "choice": str, "truth": bool, "words": list}
    for field in FIELDS:
        rows = context["lines"] if field.part == "line" else [context[field.part]]
        for row in rows:
            value = row[field.name]
            assert (value is None and field.is_nullable) or type(value) is kinds[field.type], field.path
        assert {one.name for one in FIELDS if one.part == field.part} == set(rows[0])
    assert context["order"]["holds"] == ["manual"]
    assert context["order"]["tags"] == ["vip"]
    assert context["payments"]["methods"] == ["card"]
    assert context["order"]["has_cost"] is False
    assert [line["backordered"] for line in context["lines"]] == [0.0, 2.0]


def test_what_the_customer_ordered_before_is_counted(session: Session, actor: Actor) -> None:
    with_goods(session)
    first = an_order(session, {"MUG": 1}, customer=CustomerRef(**CUSTOMER))
    again = an_order(session, {"MUG": 1}, customer=CustomerRef(**CUSTOMER))
    session.execute(text("UPDATE customers SET credit_limit = 25"))
    found = contexts(session, [first.id, again.id], now=NOON)
    assert [found[order.id]["customer"]["orders_before"] for order in (first, again)] == [0.0, 1.0]
    assert [found[order.id]["order"]["duplicates"] for order in (first, again)] == [0.0, 1.0]
    assert found[again.id]["customer"]["open_value"] == 10.0
    assert found[again.id]["customer"]["credit_left"] == 5.0


def test_only_what_is_asked_for_is_read(session: Session, actor: Actor) -> None:
    with_goods(session)
    placed = an_order(session, {"MUG": 1}, customer=CustomerRef(**CUSTOMER))
    context = contexts(session, [placed.id], now=NOON, fields=frozenset({"order.total"}))[placed.id]
    assert context["order"]["total"] == 10.0
    assert context["customer"]["phone"] == ""
    assert context["lines"] == []
