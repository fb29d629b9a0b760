"""The customer wants out: work stops at once, what has left is called back."""

from decimal import Decimal

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core.automation.react import react
from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.errors import Conflict
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.fulfilment import LineQuantity, ship_order
from oms_core.orders.holds import close_hold
from oms_core.orders.interception import HOLD_REFERENCE, request_cancellation
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return


@pytest.mark.parametrize("step", ["new", "confirm", "pick", "ship"])
def test_a_request_stops_picking_and_shipping_at_once(shop: Shop, step: str):
    number = shop.order((shop.stock("MUG", 5), 2), upto=step)
    done = shop.do(request_cancellation, number=number, note="bought elsewhere")
    card = shop.card(number)
    assert (done.is_frozen, done.is_recalled) == (True, False)
    assert card.status == ("new" if step == "new" else "confirm")
    assert [hold.cause for hold in card.holds] == ["Cancellation requested: bought elsewhere"]
    assert not shop.session.scalar(text("SELECT count(*) FROM fulfilments WHERE state IN ('open', 'packed')"))
    for use_case, facts in ((ship_order, {}), (move_order, {"to": "pick"})):
        with pytest.raises(Conflict):
            shop.do(use_case, number=number, **facts)


def test_what_was_asked_for_is_then_cancelled_or_goes_on(shop: Shop):
    shop.stock("MUG", 5)
    first, second = shop.order(("MUG", 2), upto="ship"), shop.order(("MUG", 2), upto="ship")
    for number in (first, second):
        shop.do(request_cancellation, number=number)
    assert shop.do(cancel_order, number=first, reason="changed_mind").state.status == "cancelled"
    shop.do(close_hold, number=second, reference=HOLD_REFERENCE)
    for step in ("pick", "ship", "deliver"):
        shop.do(move_order, number=second, to=step)
    assert shop.card(second).lines[0].shipped == 2


def test_all_of_the_money_back_stops_work_and_a_part_of_it_does_not(shop: Shop):
    shop.stock("MUG", 9)
    for gross, status in (("19.97", "ship"), ("19.98", "confirm")):
        number = shop.order(("MUG", 2), upto="ship")
        shop.do(receive_payment, number=number, gross=Decimal("19.98"), method="card")
        shop.do(refund_order, number=number, gross=Decimal(gross))
        assert shop.card(number).status == status


def test_of_what_has_left_a_recall_becomes_one_task(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2), upto="deliver")
    done = shop.do(request_cancellation, number=number, note="refused at the door")
    react(shop.session, actor=shop.actor, now=shop.now)
    assert (done.is_frozen, done.is_recalled, done.state.status) == (False, True, "deliver")
    tasks = shop.session.execute(text("SELECT title, note FROM tasks WHERE done_at IS NULL")).all()
    assert tasks == [("Recall the goods", "refused at the door")]


def test_of_a_part_that_has_left_the_rest_is_stopped_and_the_part_called_back(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 3), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(1))])
    done = shop.do(request_cancellation, number=number)
    assert (done.is_frozen, done.is_recalled, done.state.status) == (True, True, "confirm")
    told = next(event for event in shop.card(number).events if event.kind == "recall.asked")
    assert told.payload["lines"] == [{"position": 1, "quantity": "1.000"}]


def test_where_all_came_back_nothing_is_left_to_stop(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2), upto="deliver")
    shop.do(receive_return, number=number, lines=[LineQuantity(1, Decimal(2))], reason="broken")
    with pytest.raises(Conflict) as refusal:
        shop.do(request_cancellation, number=number)
    assert refusal.value.code == "nothing_to_intercept"
