from datetime import timedelta
from decimal import Decimal

import pytest
from holding import acts, alerts, decide, discounted, held, limit, newest, person, requests, stand_in, sweep, watch
from order_life import Shop
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict, Forbidden, Invalid
from oms_core.orders.approvals import ask_again
from oms_core.orders.cancellation import LineQuantity, cancel_order
from oms_core.orders.holds import close_hold
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order


def test_a_discount_beyond_the_limit_waits_and_goes_on_once_approved(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "12")
    assert requests(shop) == [("open", Decimal(12), 0)]
    assert held(shop, number) == {"approval": "Waits for approval: discount beyond the limit"}
    shop.do(move_order, number=number, to="confirm")
    with pytest.raises(Conflict, match="Waits for approval"):
        shop.do(move_order, number=number, to="pick")
    decide(shop, lead)
    assert (requests(shop), held(shop, number), alerts(shop)) == ([("approved", Decimal(12), 0)], {}, [])
    shop.do(move_order, number=number, to="pick")


def test_a_discount_within_the_limit_asks_nobody(shop: Shop, seller: Actor):
    limit(shop, "discount", 10)
    assert held(shop, discounted(shop, seller, "10")) == {}
    assert requests(shop) == []


def test_a_price_below_the_list_is_a_discount_too(shop: Shop, seller: Actor):
    limit(shop, "discount", 10)
    shop.stock("MUG", 9)
    shop.session.execute(
        text(
            "INSERT INTO prices (price_list_id, product_id, min_quantity, valid_from, unit_price)"
            " SELECT l.id, p.id, 1, '2020-01-01', 20 FROM price_lists l, products p WHERE p.sku = 'MUG'"
        )
    )
    acts(
        shop, seller, place_order, channel="desk", customer=CustomerRef(name="Ada"),
        lines=[LineRequest("MUG", Decimal(1), Decimal(10))],
    )  # fmt: skip
    assert requests(shop) == [("open", Decimal(50), 0)]


def test_the_absent_approvers_delegate_decides_in_their_place(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    other = person(shop, "oth", Role.MANAGER)
    number = discounted(shop, seller, "12")
    with pytest.raises(Forbidden) as refusal:
        decide(shop, other)
    assert refusal.value.code == "not_your_approval"
    stand_in(shop, lead, other)
    decide(shop, other)
    assert held(shop, number) == {}
    row = shop.session.execute(
        text("SELECT actor_id, in_place_of_id FROM approval_steps WHERE action = 'approved'")
    ).one()
    assert (row.actor_id, row.in_place_of_id) == (other.id, lead.id)


def test_a_delegation_that_is_over_gives_no_right(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    other = person(shop, "oth", Role.MANAGER)
    stand_in(shop, lead, other, days=1)
    discounted(shop, seller, "12")
    shop.now += timedelta(days=3)
    with pytest.raises(Forbidden):
        decide(shop, other)


def test_nobody_approves_their_own_request(shop: Shop, lead: Actor):
    limit(shop, "discount", 10)
    discounted(shop, lead, "12")
    with pytest.raises(Forbidden) as refusal:
        decide(shop, lead)
    assert refusal.value.code == "own_request"


def test_nobody_approves_their_own_as_a_delegate_or_through_one(shop: Shop, lead: Actor):
    limit(shop, "discount", 10)
    other = person(shop, "oth", Role.MANAGER)
    chief = person(shop, "che", Role.LEAD)
    stand_in(shop, chief, lead)
    stand_in(shop, lead, other)
    discounted(shop, lead, "12")
    with pytest.raises(Forbidden, match="themselves"):
        decide(shop, lead)
    with pytest.raises(Forbidden, match="Somebody else"):
        decide(shop, other)
    decide(shop, chief)


def test_the_database_refuses_an_approval_of_ones_own(shop: Shop, lead: Actor):
    limit(shop, "discount", 10)
    discounted(shop, lead, "12")
    own = text("UPDATE approval_requests SET state = 'approved', decided_by = requested_by")
    with pytest.raises(IntegrityError, match="not_ones_own"), shop.session.begin_nested():
        shop.session.execute(own)


def test_a_token_that_only_reads_decides_nothing(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    other = person(shop, "oth", Role.MANAGER)
    stand_in(shop, lead, other)
    discounted(shop, seller, "12")
    for reader in (lead.narrowed(["order.view"]), other.narrowed(["order.view"])):
        with pytest.raises(Forbidden):
            decide(shop, reader)


def test_a_refusal_keeps_the_hold_and_says_what_to_change(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "12")
    with pytest.raises(Invalid) as refusal:
        decide(shop, lead, approve=False)
    assert refusal.value.code == "note_required"
    decide(shop, lead, approve=False, note="At most 8 %")
    assert held(shop, number) == {"approval": "Not approved: discount beyond the limit (At most 8 %)"}
    watch(shop)
    assert requests(shop) == [("refused", Decimal(12), 0)]
    with pytest.raises(Conflict, match="decided before"):
        decide(shop, lead)
    acts(shop, seller, ask_again, request_id=newest(shop), note="They order every week")
    decide(shop, lead)
    assert held(shop, number) == {}


def test_a_hold_for_approval_cannot_be_lifted_past_it(shop: Shop, seller: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "12")
    with pytest.raises(Conflict) as refusal:
        shop.do(close_hold, number=number, kind="approval", reference="discount")
    assert refusal.value.code == "hold_stands"


def test_an_order_changed_to_within_the_limit_takes_its_request_back(shop: Shop, seller: Actor):
    limit(shop, "order_value", 100)
    number = discounted(shop, seller, "0")
    assert [state for state, _, _ in requests(shop)] == ["open"]
    acts(shop, seller, cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(2))])
    assert ([state for state, _, _ in requests(shop)], held(shop, number)) == (["withdrawn"], {})


def test_who_changes_a_value_that_waits_does_not_decide_on_it_either(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "order_value", 50)
    number = discounted(shop, seller, "0")
    acts(shop, lead, cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(2))])
    assert [(state, measured) for state, measured, _ in requests(shop)] == [("open", Decimal(90))]
    with pytest.raises(Forbidden, match="themselves"):
        decide(shop, lead)


def test_what_was_approved_stays_approved_while_the_value_is_no_worse(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "order_value", 50, levels=[{"role": "lead", "up_to": None}])
    number = discounted(shop, seller, "0")
    decide(shop, lead)
    acts(shop, seller, cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(2))])
    assert ([state for state, _, _ in requests(shop)], held(shop, number)) == (["approved"], {})


def test_a_request_under_a_policy_switched_off_is_taken_back_by_the_sweep(shop: Shop, seller: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "12")
    limit(shop, "discount", 10, is_active=False)
    assert sweep(shop).changed == 1
    assert ([state for state, _, _ in requests(shop)], held(shop, number), alerts(shop)) == (["withdrawn"], {}, [])
