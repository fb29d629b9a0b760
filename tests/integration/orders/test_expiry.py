from datetime import timedelta
from decimal import Decimal

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core.errors import Conflict
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.expiry import expire_reservations, reserve_anew
from oms_core.orders.progress import move_order


def test_what_ran_out_is_free_again_and_the_order_is_told(shop: Shop):
    number = shop.order((shop.stock("MUG", 10), 4), hold_minutes=60)
    shop.now += timedelta(hours=1)
    assert shop.do(expire_reservations) == 1
    assert shop.level("MUG") == (10, 0)
    [told] = [event for event in shop.card(number).events if event.kind == "reservation.expired"]
    assert told.payload == {"lines": [{"position": 1, "warehouse": "MAIN", "quantity": "4.000"}]}
    assert shop.card(number).version == 2
    assert shop.do(expire_reservations) == 0


def test_what_ran_out_goes_to_who_waits_longest_and_not_back(shop: Shop):
    held = shop.order((shop.stock("MUG", 10), 8), hold_minutes=60)
    first, second = shop.order(("MUG", 7)), shop.order(("MUG", 5))
    shop.now += timedelta(hours=1)
    shop.do(expire_reservations)
    reserved = [shop.card(number).lines[0].reserved for number in (held, first, second)]
    assert reserved == [0, 7, 3]
    shop.do(receive_goods, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(9))])
    assert shop.card(held).lines[0].reserved == 0, "nobody has asked for it again"
    assert shop.level("MUG") == (19, 12)


def test_an_order_confirmed_after_it_ran_out_waits_again(shop: Shop):
    number = shop.order((shop.stock("MUG", 2), 4), hold_minutes=60)
    shop.now += timedelta(hours=1)
    shop.do(expire_reservations)
    shop.do(move_order, number=number, to="confirm")
    shop.do(receive_goods, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(1))])
    assert shop.card(number).lines[0].reserved == 3


def test_what_ran_out_is_reserved_anew_for_good_as_far_as_stock_goes(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 4), hold_minutes=60)
    shop.now += timedelta(hours=1)
    shop.do(expire_reservations)
    shop.do(reserve_anew, number=number)
    states = shop.session.scalars(text("SELECT state FROM reservations ORDER BY id")).all()
    assert states == ["expired", "committed"]
    with pytest.raises(Conflict) as refusal:
        shop.do(reserve_anew, number=shop.order(("MUG", 1)))
    assert refusal.value.code == "nothing_free"
    with pytest.raises(Conflict) as refusal:
        shop.do(reserve_anew, number=number)
    assert refusal.value.code == "nothing_free"
