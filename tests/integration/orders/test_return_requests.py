"""A return that is asked for moves nothing until the goods are here, and is completed by what came."""

from decimal import Decimal

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core.errors import Conflict, Invalid
from oms_core.orders.delivery_models import Disposition
from oms_core.orders.locking import LineQuantity
from oms_core.orders.return_requests import request_return
from oms_core.orders.returns import receive_return


def mugs(quantity: int) -> list[LineQuantity]:
    return [LineQuantity(1, Decimal(quantity))]


@pytest.fixture
def delivered(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 4), 4), upto="done")


def test_what_is_asked_for_counts_as_returned_once_it_is_here(shop: Shop, delivered: str):
    wanted = shop.do(request_return, number=delivered, lines=mugs(3), reason="too small")
    card = shop.card(delivered)
    assert (card.returns[0].number, card.returns[0].received_at, card.lines[0].returned) == (wanted, None, 0)
    assert shop.level("MUG") == (0, 0)
    received = shop.do(
        receive_return, number=delivered, lines=mugs(2), reason="broken", requested=wanted,
        disposition=Disposition.SCRAP,
    )  # fmt: skip
    [back] = shop.card(delivered).returns
    assert received.number == wanted == back.number
    assert (back.reason, back.lines[0].quantity, back.lines[0].detail) == ("broken", 2, "scrap")
    assert shop.card(delivered).lines[0].returned == 2
    kinds = shop.session.scalars(text("SELECT kind FROM order_events WHERE kind LIKE 'return.%' ORDER BY id")).all()
    assert kinds == ["return.requested", "return.received"]


def test_one_request_at_a_time_and_no_more_than_the_customer_has(shop: Shop, delivered: str):
    with pytest.raises(Conflict) as refused:
        shop.do(request_return, number=delivered, lines=mugs(5), reason="too small")
    assert refused.value.code == "exceeds_shipped"
    with pytest.raises(Invalid):
        shop.do(request_return, number=delivered, lines=mugs(1), reason=" ")
    shop.do(request_return, number=delivered, lines=mugs(1), reason="too small")
    with pytest.raises(Conflict) as refused:
        shop.do(request_return, number=delivered, lines=mugs(1), reason="too small")
    assert refused.value.code == "return_open"


def test_a_request_is_completed_once_and_by_its_own_order(shop: Shop, delivered: str):
    other = shop.order((shop.stock("CUP", 1), 1), upto="done")
    wanted = shop.do(request_return, number=delivered, lines=mugs(1), reason="too small")
    with pytest.raises(Invalid) as refused:
        shop.do(receive_return, number=other, lines=mugs(1), reason="too small", requested=wanted)
    assert refused.value.code == "unknown_return"
    shop.do(receive_return, number=delivered, lines=mugs(1), reason="too small", requested=wanted)
    with pytest.raises(Invalid):
        shop.do(receive_return, number=delivered, lines=mugs(1), reason="too small", requested=wanted)
