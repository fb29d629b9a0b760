"""A delivery method is chosen: reservation, route, pick task and promise stand in the same transaction."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from order_life import Shop
from sqlalchemy import text
from test_changing import changed, edit

from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, requirement_of
from oms_core.automation.react import react
from oms_core.errors import Invalid
from oms_core.journal import journalled
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.delivery_methods import DeliveryMethodView, list_delivery_methods, save_delivery_method
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.progress import move_order

EXPRESS = DeliveryMethodView("express", "Express", carrier="DPD", charge=Decimal("12.50"), transit_days=2)


@pytest.fixture
def express(shop: Shop) -> str:
    """A method that costs something and takes two days."""
    shop.do(save_delivery_method, method=EXPRESS)
    return EXPRESS.code


def answered(shop: Shop) -> None:
    """Answer what was journalled, as the door does before the commit."""
    react(shop.session, actor=shop.actor, now=shop.now)
    journalled(shop.session).clear()


def rows(shop: Shop, sql: str) -> list[Any]:
    return [tuple(row) for row in shop.session.execute(text(sql))]


FOUR = (
    "SELECT (SELECT count(*) FROM reservations WHERE state = 'committed'),"
    " (SELECT count(*) FROM fulfilments WHERE state = 'open'),"
    " (SELECT count(*) FROM tasks WHERE kind = 'pack' AND done_at IS NULL),"
    " (SELECT count(*) FROM orders WHERE promised_at IS NOT NULL AND delivery_method_id IS NOT NULL)"
)


def test_choosing_a_method_brings_reservation_route_pick_task_and_promise(shop: Shop, express: str):
    number = shop.order((shop.stock("MUG", 9), 3))
    changed(shop, number, edit(delivery_method=express))
    answered(shop)
    assert rows(shop, FOUR) == [(1, 1, 1, 1)]
    card = shop.card(number)
    assert (card.totals.shipping, card.totals.total) == (Decimal("12.50"), Decimal("42.47"))
    [(handover, due, task_due)] = rows(
        shop, "SELECT f.due_at, o.promised_at - interval '2 days', t.due_at FROM orders o"
        " JOIN fulfilments f ON f.order_id = o.id JOIN tasks t ON t.order_id = o.id",
    )  # fmt: skip
    assert handover == due == task_due > shop.now
    assert card.first_promised_at != card.promised_at


def test_a_method_at_placement_brings_the_same(shop: Shop, express: str):
    mug = shop.stock("MUG", 9)
    placed = shop.do(
        place_order, channel="desk", customer=CustomerRef(name="Ada"), delivery_method=express,
        lines=[LineRequest(mug, Decimal(2), Decimal("9.99"))],
    )  # fmt: skip
    answered(shop)
    assert rows(shop, FOUR) == [(1, 1, 1, 1)]
    card = shop.card(placed.number)
    assert card.totals.shipping == Decimal("12.50")
    assert card.promised_at == card.first_promised_at
    assert card.promised_at - timedelta(days=2) == rows(shop, "SELECT due_at FROM tasks")[0][0]


def test_a_charge_that_is_said_stands_against_the_methods(shop: Shop, express: str):
    number = shop.order((shop.stock("MUG", 9), 3), delivery_method=express, shipping=Decimal(0))
    assert shop.card(number).totals.shipping == 0
    changed(shop, number, edit(delivery_method="pickup", shipping=Decimal(1)))
    assert shop.card(number).totals.shipping == 1


def test_without_a_method_placing_asks_and_writes_nothing_of_it(shop: Shop):
    shop.order((shop.stock("MUG", 9), 3))
    answered(shop)
    assert rows(shop, FOUR) == [(1, 0, 0, 0)]


def test_another_method_is_due_anew_and_asks_for_no_second_picking(shop: Shop, express: str):
    number = shop.order((shop.stock("MUG", 9), 3), delivery_method=express)
    answered(shop)
    changed(shop, number, edit(delivery_method="pickup"))
    answered(shop)
    assert rows(shop, FOUR) == [(1, 1, 1, 1)]
    assert rows(shop, "SELECT note FROM tasks") == [("pickup",)]


def test_the_route_stays_planned_until_work_begins_and_the_task_ends_with_the_picking(shop: Shop, express: str):
    number = shop.order((shop.stock("MUG", 9), 3), delivery_method=express)
    answered(shop)
    work = "SELECT state, acknowledged_at IS NOT NULL FROM fulfilments"
    shop.do(move_order, number=number, to="confirm")
    assert rows(shop, work) == [("open", False)]
    shop.do(move_order, number=number, to="pick")
    assert rows(shop, work) == [("open", True)]
    shop.do(move_order, number=number, to="ship")
    answered(shop)
    assert rows(shop, work) == [("packed", True)]
    assert rows(shop, "SELECT done_at IS NOT NULL FROM tasks") == [(True,)]


def test_a_cancelled_order_is_not_picked(shop: Shop, express: str):
    number = shop.order((shop.stock("MUG", 9), 3), delivery_method=express)
    answered(shop)
    shop.do(cancel_order, number=number, reason="changed_mind")
    answered(shop)
    assert rows(shop, FOUR)[0][:3] == (0, 0, 0)


def test_the_wish_for_a_later_day_is_kept(shop: Shop, express: str):
    wished = shop.now + timedelta(days=60)
    number = shop.order((shop.stock("MUG", 9), 3), delivery_method=express, requested_at=wished)
    assert shop.card(number).promised_at == wished


def test_a_method_out_of_use_or_unknown_is_refused_at_placement(shop: Shop, express: str):
    shop.do(save_delivery_method, method=DeliveryMethodView(express, "Express", is_active=False))
    shop.stock("MUG", 9)
    for code, told in ((express, "is no longer in use"), ("pigeon", "is unknown")):
        with pytest.raises(Invalid) as refusal:
            shop.order(("MUG", 1), delivery_method=code)
        assert refusal.value.rows == [{"field": "delivery_method", "value": code, "message": told}]


def test_methods_are_kept_and_listed_in_their_order(shop: Shop, express: str):
    assert [method.code for method in list_delivery_methods(shop.session)] == ["courier", express, "pickup"]
    shop.do(save_delivery_method, method=DeliveryMethodView("courier", "Courier", is_active=False, transit_days=1))
    assert [method.code for method in list_delivery_methods(shop.session)] == [express, "pickup"]
    assert len(list_delivery_methods(shop.session, with_retired=True)) == 3


def test_each_field_of_a_method_that_cannot_be_kept_is_named(shop: Shop):
    wrong = DeliveryMethodView("Not a code", " ", carrier="x" * 61, charge=Decimal(-1), transit_days=-1)
    with pytest.raises(Invalid) as refusal:
        shop.do(save_delivery_method, method=wrong)
    fields = [row["field"] for row in refusal.value.rows]
    assert fields == ["code", "name", "carrier", "charge", "transit_days"]


def test_nobody_but_who_shapes_the_work_keeps_methods():
    needed = requirement_of(save_delivery_method).permission
    assert [role for role in Role if needed in DEFAULTS[role]] == [Role.ADMIN]
