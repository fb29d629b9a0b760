from decimal import Decimal

import pytest
from order_life import Shop, offered

from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.delivery_models import Disposition
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return
from oms_core.orders.views import PaidState


def mugs(quantity: int) -> list[LineQuantity]:
    return [LineQuantity(1, Decimal(quantity))]


def test_restocked_goods_lie_in_the_warehouse_they_came_from_again(shop: Shop):
    shop.stock("MUG", 4, warehouse=shop.warehouse("EAST"))
    number = shop.order(("MUG", 4), upto="done")
    returned = shop.do(receive_return, number=number, lines=mugs(3), reason="wrong colour")
    assert shop.level("MUG", "EAST") == (3, 0)
    card = shop.card(number)
    assert (card.returns[0].number, card.lines[0].returned, card.status) == (returned.number, 3, "done")


@pytest.mark.parametrize("disposition", [Disposition.SCRAP, Disposition.SUPPLIER])
def test_what_is_not_restocked_does_not_come_into_stock(shop: Shop, disposition):
    number = shop.order((shop.stock("MUG", 4), 4), upto="deliver")
    shop.do(receive_return, number=number, lines=mugs(3), reason="broken", disposition=disposition)
    assert shop.level("MUG") == (0, 0)
    assert shop.card(number).returns[0].lines[0].detail == disposition


def test_returned_goods_serve_the_order_that_waits(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), upto="deliver")
    waiting = shop.order(("MUG", 1))
    shop.do(receive_return, number=number, lines=mugs(2), reason="wrong colour")
    assert shop.card(waiting).lines[0].reserved == 1


def test_no_more_comes_back_than_went_out(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), upto="deliver")
    shop.do(receive_return, number=number, lines=mugs(3), reason="wrong colour")
    with pytest.raises(Conflict) as refusal:
        shop.do(receive_return, number=number, lines=mugs(2), reason="wrong colour")
    assert refusal.value.rows == [{"position": 1, "quantity": "2", "returnable": "1.000"}]


def test_a_return_names_a_warehouse_that_exists_and_a_reason(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), upto="deliver")
    for facts in ({"reason": "broken", "warehouse": "MOON"}, {"reason": " "}):
        with pytest.raises(Invalid):
            shop.do(receive_return, number=number, lines=mugs(1), **facts)


def test_a_hold_bars_the_start_of_work_until_it_is_lifted(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), upto="confirm")
    shop.do(open_hold, number=number, cause="address unclear")
    assert offered(shop.card(number))["pick"] == ("hold: address unclear",)
    with pytest.raises(Conflict):
        shop.do(move_order, number=number, to="pick")
    with pytest.raises(Conflict) as refusal:
        shop.do(open_hold, number=number, cause="once more")
    assert refusal.value.code == "on_hold"
    shop.do(close_hold, number=number)
    assert shop.do(move_order, number=number, to="pick").status == "pick"
    with pytest.raises(Conflict) as refusal:
        shop.do(open_hold, number=number, cause="too late")
    assert refusal.value.code == "work_has_begun"


def test_a_hold_needs_a_cause_and_only_what_is_held_is_lifted(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4))
    with pytest.raises(Invalid):
        shop.do(open_hold, number=number, cause=" ")
    with pytest.raises(NotFound):
        shop.do(close_hold, number=number)


def test_a_payment_reported_twice_is_booked_once(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4))
    facts = {"number": number, "gross": Decimal("20.00"), "method": "card", "provider": "pay", "provider_ref": "P-1"}
    first, again = shop.do(receive_payment, **facts), shop.do(receive_payment, **facts)
    assert (first.created, again.created, first.payment_id == again.payment_id) == (True, False, True)
    assert shop.card(number).totals.paid == Decimal("20.00")
    for other in ({"gross": Decimal("21.00")}, {"number": shop.order(("MUG", 1))}):
        with pytest.raises(Conflict) as refusal:
            shop.do(receive_payment, **facts | other)
        assert refusal.value.code == "reference_reused"


def test_an_order_is_unpaid_partly_paid_paid_and_refunded(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4))  # 39.96
    states = [shop.card(number).totals.paid_state]
    for gross in ("10.00", "29.96", "1.00"):
        shop.do(receive_payment, number=number, gross=Decimal(gross), method="card")
        states.append(shop.card(number).totals.paid_state)
    shop.do(refund_order, number=number, gross=Decimal("40.96"))
    states.append(shop.card(number).totals.paid_state)
    assert states == [
        *(PaidState.UNPAID, PaidState.PARTLY_PAID, PaidState.PAID, PaidState.OVERPAID, PaidState.REFUNDED)
    ]
    assert shop.card(number).totals.due == Decimal("39.96")


def test_no_more_is_given_back_than_was_paid(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), upto="deliver")
    shop.do(receive_payment, number=number, gross=Decimal(10), method="card")
    returned = shop.do(receive_return, number=number, lines=mugs(1), reason="broken")
    shop.do(refund_order, number=number, gross=Decimal("9.99"), return_number=returned.number)
    with pytest.raises(Conflict) as refusal:
        shop.do(refund_order, number=number, gross=Decimal("0.02"))
    assert refusal.value.rows == [{"field": "gross", "value": "0.02", "left": "0.01"}]
    with pytest.raises(Invalid):
        shop.do(refund_order, number=number, gross=Decimal("0.01"), return_number="R0")


@pytest.mark.parametrize("gross", ["0", "-1", "1.001", "NaN"])
def test_a_sum_that_cannot_be_paid_is_refused(shop: Shop, gross):
    number = shop.order((shop.stock("MUG", 4), 4))
    for use_case, facts in ((receive_payment, {"method": "card"}), (refund_order, {})):
        with pytest.raises(Invalid) as refusal:
            shop.do(use_case, number=number, gross=Decimal(gross), **facts)
        assert refusal.value.rows[0]["field"] == "gross"
