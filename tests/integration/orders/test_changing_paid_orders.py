"""What a change makes too much of a payment goes back with it, as far as that may be."""

from decimal import Decimal

import pytest
from holding import acts, limit, person
from order_life import Shop
from test_changing import edit

from oms_core.access.models import Role
from oms_core.billing.changes import change_and_refund
from oms_core.billing.payments import receive_payment
from oms_core.errors import Forbidden
from oms_core.orders.changing import preview_change


@pytest.fixture
def number(shop: Shop) -> str:
    """A paid order of three."""
    number = shop.order((shop.stock("MUG", 50), 30))
    shop.do(receive_payment, number=number, gross=Decimal("299.70"), method="card")
    return number


def test_the_refund_that_was_previewed_is_the_one_that_goes_back(shop: Shop, number: str):
    change = edit((1, "MUG", 29))
    seen = preview_change(shop.session, actor=shop.actor, now=shop.now, number=number, change=change)
    done = shop.do(change_and_refund, number=number, version=None, change=change, refund=True)
    totals = shop.card(number).totals
    assert done.refunded == seen.refund == totals.refunded == Decimal("9.99")
    assert (done.refund_due, totals.due, totals.paid_state) == (0, 0, "paid")


def test_without_the_wish_it_stays_due(shop: Shop, number: str):
    done = shop.do(change_and_refund, number=number, version=None, change=edit((1, "MUG", 29)))
    assert (done.refunded, done.refund_due) == (0, Decimal("9.99"))
    assert shop.card(number).totals.paid_state == "overpaid"


def test_a_refund_beyond_the_limit_is_asked_for_and_the_change_stands(shop: Shop, number: str):
    limit(shop, "refund", 50, levels=[{"role": "lead", "up_to": None}])
    lead = person(shop, "lea", Role.LEAD)
    facts = {"number": number, "version": None, "refund": True}
    done = acts(shop, lead, change_and_refund, change=edit((1, "MUG", 20)), **facts)
    assert (done.refunded, done.refund_due, done.is_approval_asked) == (0, Decimal("99.90"), True)
    assert shop.card(number).lines[0].quantity == 20


def test_who_may_not_give_money_back_does_not_do_so_by_a_change(shop: Shop, number: str):
    seller = person(shop, "sel", Role.MANAGER)
    with pytest.raises(Forbidden):
        acts(shop, seller, change_and_refund, number=number, version=None, change=edit((1, "MUG", 1)), refund=True)
