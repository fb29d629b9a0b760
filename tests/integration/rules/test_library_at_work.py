"""Rules of the library at work: real orders that each lets pass, and the one thing about them that it does not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sizes import sampled
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Invalid
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.holds import open_hold
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.workflow.rule_library import rule_library
from tests.building import NOON, an_order
from tests.integration.rules.shop import CUSTOMER, a_person, switched_on, with_goods

MESSAGES = {rule.code: str(rule.document["message"]) for rule in rule_library()}


def mugs(quantity: int = 3, price: str | None = None, discount: str = "0") -> list[LineRequest]:
    return [LineRequest("MUG", Decimal(quantity), None if price is None else Decimal(price), Decimal(discount))]


# What differs from a sound order placed by a manager; a mug costs us 6 and is sold for 10.
PLACED: dict[str, dict[str, Any]] = {
    "address_long_enough": {"address": "Main 1"},
    "address_has_a_number": {"address": "Long Street, Kraków"},
    "region_with_address": {"region": None},
    "phone_format": {"phone": "123"},
    "phone_with_country_code": {"phone": "600 100 200"},
    "email_format": {"email": "ada@shop"},
    "email_is_lasting": {"email": "x@mailinator.com"},
    "a_way_to_reach": {"phone": None, "email": None},
    "company_has_an_email": {"email": None, "kind": "b2b"},
    "full_name": {"name": "Ada"},
    "no_trial_orders": {"name": "Test Testowy"},
    "big_orders_need_a_phone": {"phone": None, "lines": mugs(100)},
    "discount_limit": {"lines": mugs(discount="5")},
    "line_discount_limit": {"lines": mugs(discount="10")},
    "price_not_under_cost": {"lines": mugs(price="5.99")},
    "margin_is_low": {"lines": mugs(price="6.50")},
    "price_near_the_list": {"lines": mugs(price="6.50")},
    "price_above_the_list": {"lines": mugs(price="15.01")},
    "nothing_for_free": {"lines": mugs(price="0")},
    "order_minimum": {"lines": mugs(price="1")},
    "order_maximum": {"lines": mugs(price="20000")},
    "shipping_is_charged": {"shipping": Decimal(0)},
    "shipping_within_reason": {"shipping": Decimal("30.01")},
    "quantity_is_unusual": {"lines": mugs(101)},
    "quantity_limit": {"lines": mugs(1001)},
    "product_named_once": {"lines": mugs() + mugs()},
    "first_order_is_large": {"lines": mugs(101)},
    "wished_for_the_future": {"requested_at": NOON - timedelta(hours=1)},
    "wished_within_months": {"requested_at": NOON + timedelta(days=91)},
    "no_wish_for_a_sunday": {"requested_at": NOON + timedelta(days=6)},
    "no_weekend_promise": {"requested_at": NOON + timedelta(days=5)},
}


def place(session: Session, actor: Actor, differs: dict[str, Any]) -> tuple[str, ...]:
    """Place the sound order with what differs; the messages that it is refused or warned with."""
    customer = CustomerRef(**{**CUSTOMER, **{name: differs[name] for name in differs if hasattr(CustomerRef(), name)}})
    facts = {"lines": mugs(), "shipping": Decimal("4.90")}
    facts |= {name: value for name, value in differs.items() if not hasattr(customer, name)}
    try:
        with session.begin_nested():
            return place_order(session, actor=actor, now=NOON, channel="desk", customer=customer, **facts).warnings
    except Invalid as refused:
        return tuple(row["message"] for row in refused.rows)


def test_a_third_of_the_library_and_more_is_at_work_here() -> None:
    assert len(PLACED) * 3 >= len(MESSAGES)


@pytest.mark.parametrize("code", sampled(PLACED, 3))
def test_a_rule_minds_the_order_it_is_for_and_no_other(session: Session, code: str) -> None:
    with_goods(session)
    manager = a_person(session, "mia", Role.MANAGER)
    switched_on(session, code)
    assert place(session, manager, PLACED[code]) == (MESSAGES[code],)
    assert place(session, manager, {"name": "Grace Hopper"}) == ()


def test_the_same_order_again_is_refused_but_not_one_of_other_goods(session: Session, actor: Actor) -> None:
    with_goods(session)
    switched_on(session, "not_twice_the_same")
    assert place(session, actor, {}) == ()
    assert place(session, actor, {}) == (MESSAGES["not_twice_the_same"],)
    assert place(session, actor, {"lines": mugs(4)}) == ()


def test_an_order_beyond_the_credit_limit_is_refused(session: Session, actor: Actor) -> None:
    with_goods(session)
    switched_on(session, "credit_limit")
    assert place(session, actor, {}) == ()
    session.execute(text("UPDATE customers SET credit_limit = 50"))
    assert place(session, actor, {}) == (MESSAGES["credit_limit"],)
    session.execute(text("UPDATE customers SET credit_limit = 70"))
    assert place(session, actor, {}) == ()


def test_what_must_be_there_to_confirm_to_ship_and_to_cancel(session: Session, actor: Actor) -> None:
    with_goods(session)
    switched_on(session, "manager_to_confirm", "paid_before_shipping", "tracking_when_shipped", "cancel_with_a_note")
    number = an_order(session, {"MUG": 3}).number
    with pytest.raises(Invalid, match="manager"), session.begin_nested():
        move_order(session, actor=actor, now=NOON, number=number, to="confirm")
    number = an_order(session, {"MUG": 3}, manager="admin").number
    for step in ("confirm", "pick", "ship"):
        move_order(session, actor=actor, now=NOON, number=number, to=step)
    with pytest.raises(Invalid, match="paid") as refused, session.begin_nested():
        ship_order(session, actor=actor, now=NOON, number=number)
    assert {row["rule"] for row in refused.value.rows} == {"paid_before_shipping", "tracking_when_shipped"}
    with pytest.raises(Invalid, match="note"), session.begin_nested():
        cancel_order(session, actor=actor, now=NOON, number=number, reason="fraud")
    cancel_order(session, actor=actor, now=NOON, number=number, reason="fraud", note="same card, five names")


def test_what_is_said_says_something(session: Session, actor: Actor) -> None:
    with_goods(session)
    switched_on(session, "comment_says_something", "no_card_numbers", "hold_says_why")
    number = an_order(session, {"MUG": 3}).number
    for words in ("ok", "card 4111 1111 1111 1111"):
        with pytest.raises(Invalid), session.begin_nested():
            comment_order(session, actor=actor, now=NOON, number=number, text=words)
    comment_order(session, actor=actor, now=NOON, number=number, text="called, will pay on Monday")
    with pytest.raises(Invalid, match="held"), session.begin_nested():
        open_hold(session, actor=actor, now=NOON, number=number, cause="hm")
