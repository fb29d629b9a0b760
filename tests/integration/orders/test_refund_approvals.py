from decimal import Decimal

import pytest
from holding import acts, limit, person
from order_life import Shop
from sqlalchemy import text

from oms_core.access.models import Role
from oms_core.billing.payments import receive_payment
from oms_core.billing.refund_approvals import request_refund_approval
from oms_core.billing.refunds import refund_order
from oms_core.errors import Conflict, Forbidden
from oms_core.orders.approvals import decide_approval


@pytest.fixture
def number(shop: Shop) -> str:
    """A paid order whose refunds above 50 need an approval."""
    limit(shop, "refund", 50, levels=[{"role": "lead", "up_to": None}])
    number = shop.order((shop.stock("MUG", 50), 30))
    shop.do(receive_payment, number=number, gross=Decimal(300), method="card")
    return number


def newest(shop: Shop) -> int:
    return int(shop.session.scalar(text("SELECT max(id) FROM approval_requests")))


def test_a_refund_within_the_limit_needs_nobody(shop: Shop, number: str):
    with pytest.raises(Conflict, match="needs no approval"):
        acts(shop, shop.actor, request_refund_approval, number=number, gross=Decimal(50))
    shop.do(refund_order, number=number, gross=Decimal(50))


def test_a_refund_beyond_the_limit_waits_for_somebody_else_and_goes_back_once(shop: Shop, number: str):
    lead, other = person(shop, "lea", Role.LEAD), person(shop, "oth", Role.LEAD)
    with pytest.raises(Conflict) as refusal:
        acts(shop, lead, refund_order, number=number, gross=Decimal(80))
    assert refusal.value.code == "approval_needed"
    assert shop.session.scalar(text("SELECT count(*) FROM approval_requests")) == 0, "a refusal asks nobody"
    acts(shop, lead, request_refund_approval, number=number, gross=Decimal(80), note="Broken in transit")
    with pytest.raises(Conflict, match="waits for approval already"):
        acts(shop, other, request_refund_approval, number=number, gross=Decimal(80))
    with pytest.raises(Forbidden, match="themselves"):
        acts(shop, lead, decide_approval, request_id=newest(shop), approve=True)
    with pytest.raises(Conflict, match="needs an approval"):
        acts(shop, lead, refund_order, number=number, gross=Decimal(80))
    acts(shop, other, decide_approval, request_id=newest(shop), approve=True)
    with pytest.raises(Conflict, match="needs an approval"):
        acts(shop, lead, refund_order, number=number, gross=Decimal(81))
    acts(shop, lead, refund_order, number=number, gross=Decimal(80))
    with pytest.raises(Conflict, match="needs an approval"):
        acts(shop, lead, refund_order, number=number, gross=Decimal(80))
    assert not shop.card(number).holds, "work on the order goes on meanwhile"


def test_a_refund_in_parts_is_not_below_the_limit(shop: Shop, number: str):
    shop.do(refund_order, number=number, gross=Decimal(40))
    with pytest.raises(Conflict) as refusal:
        shop.do(refund_order, number=number, gross=Decimal(40))
    assert refusal.value.rows[0]["sum"] == "80.00"


def test_what_was_approved_does_not_count_towards_later_refunds(shop: Shop, number: str):
    lead, other = person(shop, "lea", Role.LEAD), person(shop, "oth", Role.LEAD)
    acts(shop, lead, request_refund_approval, number=number, gross=Decimal(80))
    acts(shop, other, decide_approval, request_id=newest(shop), approve=True)
    acts(shop, lead, refund_order, number=number, gross=Decimal(80))
    acts(shop, lead, refund_order, number=number, gross=Decimal(50))
