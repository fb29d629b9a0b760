"""What a transition needs is asked for wherever the transition is made: by a move, a shipment, a delivery."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.billing.payments import receive_payment
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict
from oms_core.orders.assignment import assign_order
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import LineQuantity, deliver_order, ship_order
from oms_core.orders.progress import move_order
from oms_core.workflow.workflow_document import read_workflow, save_workflow
from tests.integration.orders.order_life import Shop, offered

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOBODY = CustomerRef(name="Anna Kowalska", email="anna@example.com")


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    return Shop(session, actor)


def need(shop: Shop, move: str, *needs: str) -> None:
    workflow = read_workflow(shop.session)
    moves = tuple(replace(one, needs=needs) if one.code == move else one for one in workflow.transitions)
    save_workflow(shop.session, actor=shop.actor, now=NOW, document=replace(workflow, transitions=moves))


def lacks(shop: Shop, use_case: Callable[..., Any], **facts: Any) -> list[str]:
    with pytest.raises(Conflict) as refused, shop.session.begin_nested():
        shop.do(use_case, **facts)
    assert refused.value.code == "not_ready"
    return [row["needs"] for row in refused.value.rows]


def test_everything_that_is_lacking_is_named_on_the_card_and_in_the_refusal(shop: Shop) -> None:
    needs = ("payment", "address", "phone", "manager", "comment")
    need(shop, "new → confirm", *needs)
    number = shop.order((shop.stock("MUG", 9), 2), customer=NOBODY)
    assert offered(shop.card(number))["confirm"] == needs
    assert lacks(shop, move_order, number=number, to="confirm") == list(needs)


def test_an_order_that_has_it_all_goes_on(shop: Shop) -> None:
    need(shop, "new → confirm", "payment", "prepayment:50", "address", "phone", "manager", "stock", "comment")
    customer = CustomerRef(name="Anna Kowalska", phone="+48600100200", address="ul. Długa 1, Kraków")
    number = shop.order((shop.stock("MUG", 9), 2), customer=customer, manager="admin")
    shop.do(receive_payment, number=number, gross=shop.card(number).totals.total, method="card")
    shop.do(comment_order, number=number, text="Called: all is well.")
    assert offered(shop.card(number))["confirm"] == ()
    assert shop.do(move_order, number=number, to="confirm").status == "confirm"


def test_a_prepayment_is_enough_where_no_more_is_asked(shop: Shop) -> None:
    need(shop, "new → confirm", "prepayment:30")
    number = shop.order((shop.stock("MUG", 9), 2), shipping=Decimal("0.02"))  # 20.00 in all
    shop.do(receive_payment, number=number, gross=Decimal("5.99"), method="card")
    assert lacks(shop, move_order, number=number, to="confirm") == ["prepayment:30"]
    shop.do(receive_payment, number=number, gross=Decimal("0.01"), method="card")
    assert shop.do(move_order, number=number, to="confirm").status == "confirm"


def test_a_comment_of_an_earlier_stage_is_none(shop: Shop) -> None:
    need(shop, "confirm → pick", "comment")
    number = shop.order((shop.stock("MUG", 9), 1))
    shop.do(comment_order, number=number, text="Before.")
    shop.do(move_order, number=number, to="confirm")
    assert lacks(shop, move_order, number=number, to="pick") == ["comment"]
    shop.do(comment_order, number=number, text="Now.")
    assert shop.do(move_order, number=number, to="pick").status == "pick"


def test_stock_is_needed_whole_where_the_move_says_so(shop: Shop) -> None:
    need(shop, "confirm → pick", "stock")
    mug = shop.stock("MUG", 1)
    number = shop.order((mug, 3), upto="confirm")
    assert lacks(shop, move_order, number=number, to="pick") == ["stock for 1 line"]
    shop.stock("MUG", 5)
    assert offered(shop.card(number))["pick"] == ("stock for 1 line",)


def test_an_owner_can_be_given_when_one_is_needed(shop: Shop) -> None:
    need(shop, "new → confirm", "manager")
    number = shop.order((shop.stock("MUG", 9), 1))
    assert lacks(shop, move_order, number=number, to="confirm") == ["manager"]
    shop.do(assign_order, number=number, manager="admin")
    assert shop.do(move_order, number=number, to="confirm").status == "confirm"


def test_a_shipment_that_completes_the_order_needs_a_tracking_number_where_its_move_does(shop: Shop) -> None:
    need(shop, "ship → deliver", "tracking")
    number = shop.order((shop.stock("MUG", 9), 2), upto="ship")
    assert offered(shop.card(number))["deliver"] == ("tracking",)
    assert lacks(shop, move_order, number=number, to="deliver") == ["tracking"]
    assert lacks(shop, ship_order, number=number) == ["tracking"]
    assert shop.do(ship_order, number=number, tracking="1Z999").state.status == "deliver"


def test_each_part_needs_its_own_tracking_number(shop: Shop) -> None:
    need(shop, "ship → deliver", "tracking")
    number = shop.order((shop.stock("MUG", 9), 2), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(1))])  # stays where it is: no move, no need
    assert lacks(shop, ship_order, number=number, tracking="1Z999") == ["tracking"]


def test_a_delivery_needs_what_its_move_does(shop: Shop) -> None:
    need(shop, "deliver → done", "payment")
    number = shop.order((shop.stock("MUG", 9), 1), upto="deliver")
    assert lacks(shop, deliver_order, number=number) == ["payment"]
    shop.do(receive_payment, number=number, gross=shop.card(number).totals.total, method="card")
    assert shop.do(deliver_order, number=number).status == "done"
