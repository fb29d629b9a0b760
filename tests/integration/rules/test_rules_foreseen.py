"""A look at a change says what the rules will say of it: no refusal comes as a surprise when it is saved."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Invalid
from oms_core.orders import rule_check
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.changing import ChangePreview, change_order, preview_change
from oms_core.orders.fulfilment import LineQuantity, ship_order
from oms_core.orders.labels import tag_order
from oms_core.orders.progress import move_order
from oms_core.orders.rule_context import ALL_FIELDS, contexts
from oms_core.orders.rule_facts import context_of_facts
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.rule_set import RuleSet
from oms_core.workflow.vocabulary import PARTS
from tests.building import NOON, a_price, a_warehouse, an_order, stocked
from tests.integration.rules.shop import CUSTOMER, a_rule, with_goods


def edit(*lines: tuple[int | None, str, int, str | None, str | None], **header: Any) -> OrderEdit:
    edits = [
        LineEdit(sku, Decimal(quantity), position, *(None if said is None else Decimal(said) for said in terms))
        for position, sku, quantity, *terms in lines
    ]
    return OrderEdit(lines=edits or None, **header)


EDITS = {
    "more, another and money off": edit((1, "MUG", 12, None, None), (2, "LAMP", 9, "35.00", "2.00"),
                                        (None, "MUG", 1, "9.00", None)),
    "less of one, the other gone": edit((1, "MUG", 1, None, None)),
    "a twin of the order before": edit((1, "MUG", 1, None, None), (2, "LAMP", 2, None, None)),
    "the same product again": edit((2, "LAMP", 7, None, None), (None, "MUG", 3, "8.00", None)),
    "terms": edit(ship_to={"text": "Elsewhere 5"}, ship_region="Gdańsk", shipping=Decimal("7.00"), comment="ring"),
    "delivery": edit(delivery_method="courier"),
}  # fmt: skip


@pytest.fixture
def number(session: Session, actor: Actor) -> str:
    """Three mugs and seven lamps, two of which wait, of a customer who ordered one mug and two lamps before."""
    with_goods(session)
    a_warehouse(session, "EAST")
    stocked(session, "MUG", 4, warehouse="EAST")
    a_price(session, "MUG", "8.50", min_quantity=10)
    an_order(session, {"MUG": 1, "LAMP": 2}, customer=CustomerRef(**CUSTOMER))
    placed = an_order(session, {"MUG": 3, "LAMP": 7}, customer=CustomerRef(**CUSTOMER))
    tag_order(session, actor=actor, now=NOON, number=placed.number, tag="gift")
    return placed.number


def seen(session: Session, actor: Actor, number: str, change: OrderEdit, note: str = "") -> ChangePreview:
    return preview_change(session, actor=actor, now=NOON, number=number, change=change, note=note)


@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS.keys())
def test_what_rules_are_told_of_a_planned_change_is_what_they_are_told_when_it_is_written(
    session: Session, actor: Actor, number: str, change: OrderEdit, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_rule(session, code="any", changes=["change"], expression="true")
    told: list[dict[str, Any]] = []

    def listen(*facts: Any) -> dict[str, Any]:
        told.append(context_of_facts(*facts))
        return told[-1]

    monkeypatch.setattr(RuleSet, "fields_of", lambda *_: ALL_FIELDS)
    monkeypatch.setattr(rule_check, "context_of_facts", listen)
    assert not seen(session, actor, number, change, note="rang").faults
    change_order(session, actor=actor, now=NOON, number=number, version=None, change=change, note="rang")
    order_id = session.scalar(text("SELECT id FROM orders WHERE number = :number"), {"number": number})
    written = contexts(session, [order_id], now=NOON, change=told[0]["change"])[order_id]
    for part in (*PARTS, "lines"):
        assert told[0][part] == written[part], part


def test_what_will_refuse_or_warn_is_shown_before_and_nothing_is_written(
    session: Session, actor: Actor, number: str
) -> None:
    a_rule(session, code="cheap", changes=["change"], expression="order.discount_percent < 10.0", message="Too cheap.")
    a_rule(session, code="why", changes=["change"], expression='change.text != ""', message="Say why.", severity="warn")
    cheap = edit((1, "MUG", 3, None, "25.00"))
    look = seen(session, actor, number, cheap)
    told = [(breach.message, breach.severity) for breach in look.breaches]
    assert told == [("Too cheap.", Severity.REFUSE), ("Say why.", Severity.WARN)]
    assert look.is_refused
    assert session.scalar(text("SELECT count(*) FROM order_events WHERE kind = 'rule.warned'")) == 0
    with pytest.raises(Invalid) as refusal, session.begin_nested():
        change_order(session, actor=actor, now=NOON, number=number, version=None, change=cheap)
    assert [row["rule"] for row in refusal.value.rows] == ["cheap"]
    fair = seen(session, actor, number, edit((1, "MUG", 4, None, None)), note="she rang")
    assert (fair.breaches, fair.is_refused) == ((), False)


def test_a_rule_of_the_status_that_a_change_leads_to_is_foreseen_too(
    session: Session, actor: Actor, number: str
) -> None:
    for status in ("confirm", "pick", "ship"):
        move_order(session, actor=actor, now=NOON, number=number, to=status)
    ship_order(session, actor=actor, now=NOON, number=number, lines=[LineQuantity(1, Decimal(3))])
    a_rule(session, code="whole", to_statuses=["deliver"], expression="false", message="Not so.")
    change = edit((1, "MUG", 3, None, None))
    assert [breach.code for breach in seen(session, actor, number, change).breaches] == ["whole"]
    assert not seen(session, actor, number, edit(comment="ring")).breaches


def test_with_no_rule_nothing_is_foreseen(session: Session, actor: Actor, number: str) -> None:
    assert seen(session, actor, number, edit(comment="ring")).breaches == ()


def test_what_a_change_gives_back_itself_is_not_short(session: Session, actor: Actor, number: str) -> None:
    change = edit((1, "MUG", 3, None, None), (None, "LAMP", 6, "30.00", None))
    look = seen(session, actor, number, change)
    assert [(short.sku, short.quantity) for short in look.shortages] == [("LAMP", Decimal(3))]
    change_order(session, actor=actor, now=NOON, number=number, version=None, change=change)
    assert session.scalar(text("SELECT sum(reserved) FROM stock_levels JOIN products p ON p.id = product_id"
                               " WHERE p.sku = 'LAMP'")) == 5  # fmt: skip
