from datetime import timedelta
from decimal import Decimal

import pytest
from holding import alerts, decide, discounted, held, limit, person, requests, stand_in, sweep, watch
from order_life import Shop
from sqlalchemy import text

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.errors import Forbidden
from oms_core.orders import approvals
from oms_core.orders.approval_inbox import list_approvals
from oms_core.orders.approvals import escalate_due
from oms_core.orders.assignment import assign_order


def test_a_value_beyond_a_level_goes_on_to_the_next(shop: Shop, seller: Actor, lead: Actor, chief: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "25")
    decide(shop, lead)
    assert requests(shop) == [("open", Decimal(25), 1)]
    assert list(held(shop, number)) == ["approval"]
    with pytest.raises(Forbidden):
        decide(shop, person(shop, "lea2", Role.LEAD))
    decide(shop, chief)
    assert (requests(shop), held(shop, number)) == ([("approved", Decimal(25), 1)], {})


def test_a_higher_level_may_decide_at_once(shop: Shop, seller: Actor, chief: Actor):
    limit(shop, "discount", 10)
    discounted(shop, seller, "25")
    decide(shop, chief)
    assert requests(shop) == [("approved", Decimal(25), 1)]


def test_nobody_agrees_at_two_levels(shop: Shop, seller: Actor, lead: Actor, chief: Actor):
    limit(shop, "discount", 10)
    discounted(shop, seller, "25")
    decide(shop, lead)
    stand_in(shop, chief, lead)
    with pytest.raises(Forbidden, match="Somebody else"):
        decide(shop, lead)


def test_who_does_not_answer_in_time_is_passed_over_with_an_alert(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10, time_limit_minutes=60)
    number = discounted(shop, seller, "12")
    system = find_actor(shop.session, "system")
    assert escalate_due(shop.session, actor=system, now=shop.now) == 0
    shop.now += timedelta(hours=2)
    assert escalate_due(shop.session, actor=system, now=shop.now) == 1
    assert requests(shop) == [("open", Decimal(12), 1)]
    assert f"Order {number} still waits for approval: discount beyond the limit" in alerts(shop)
    with pytest.raises(Forbidden):
        decide(shop, lead)
    shop.now += timedelta(days=3)
    assert escalate_due(shop.session, actor=system, now=shop.now) == 1, "the last level is told of"
    assert escalate_due(shop.session, actor=system, now=shop.now) == 0, "once"


def test_late_requests_are_passed_on_a_part_at_a_time(shop: Shop, seller: Actor, monkeypatch: pytest.MonkeyPatch):
    limit(shop, "discount", 10, time_limit_minutes=60)
    for _ in range(3):
        discounted(shop, seller, "12")
    monkeypatch.setattr(approvals, "MOST_LATE", 2)
    system, shop.now = find_actor(shop.session, "system"), shop.now + timedelta(hours=2)
    assert [escalate_due(shop.session, actor=system, now=shop.now) for _ in range(3)] == [2, 1, 0]


def test_the_time_limit_counts_working_hours(shop: Shop, seller: Actor):
    limit(shop, "discount", 10, time_limit_minutes=120)
    shop.now = shop.now.replace(hour=19, minute=0)  # the calendar closes at 18 and opens at 9
    discounted(shop, seller, "12")
    due = shop.session.scalar(text("SELECT due_at FROM approval_requests"))
    assert due == shop.now.replace(hour=11, minute=0) + timedelta(days=1)


def test_a_margin_below_the_limit_waits_without_telling_it_where_costs_are_not_seen(shop: Shop, seller: Actor):
    limit(shop, "margin", 15)
    number = discounted(shop, seller, "0")
    shop.session.execute(text("UPDATE order_lines SET unit_cost = 9 WHERE position = 1"))
    watch(shop, seller)
    assert requests(shop) == [("open", Decimal(10), 0)]
    told = shop.session.scalar(text("SELECT payload FROM order_events WHERE kind = 'approval.asked'"))
    assert not {"measured", "limit"} & told.keys()
    assert "10" not in held(shop, number)["approval"]


def test_what_the_system_finds_was_asked_by_the_orders_manager(shop: Shop, lead: Actor):
    shop.stock("MUG", 20)
    shop.order(("MUG", 11), manager="lea")
    limit(shop, "order_value", 100)
    sweep(shop)
    with pytest.raises(Forbidden, match="themselves"):
        decide(shop, lead)


def test_who_placed_an_order_never_decides_on_it_even_under_a_limit_of_later(shop: Shop, seller: Actor, lead: Actor):
    number = discounted(shop, lead, "12")
    shop.do(assign_order, number=number, manager="sel")
    limit(shop, "discount", 10)
    sweep(shop)
    other = person(shop, "oth", Role.MANAGER)
    stand_in(shop, person(shop, "lea2", Role.LEAD), lead)
    stand_in(shop, lead, other)
    for who, code in ((lead, "own_request"), (other, "not_your_approval")):
        assert list_approvals(shop.session, actor=who, now=shop.now).waiting == ()
        with pytest.raises(Forbidden) as refusal:
            decide(shop, who)
        assert refusal.value.code == code


def test_the_inbox_sorts_requests_by_who_must_act(shop: Shop, seller: Actor, lead: Actor):
    limit(shop, "discount", 10)
    number = discounted(shop, seller, "12")
    delegate = person(shop, "oth", Role.MANAGER)
    stand_in(shop, lead, delegate)
    boxes = {who.login: list_approvals(shop.session, actor=who, now=shop.now) for who in (seller, lead, delegate)}
    [waiting], [asked] = boxes["lea"].waiting, boxes["sel"].asked
    assert (waiting.number, waiting.measured, waiting.skus, waiting.role) == (number, 12, ("MUG",), "lead")
    assert (asked.id, boxes["sel"].waiting, boxes["lea"].asked) == (waiting.id, (), ())
    assert [view.in_place_of for view in boxes["oth"].waiting] == ["Lea"]


def test_the_inbox_tells_no_margin_and_no_name_to_who_may_not_see_them(shop: Shop, seller: Actor, chief: Actor):
    limit(shop, "margin", 15, levels=[{"role": "executive", "up_to": None}])
    discounted(shop, seller, "0")
    shop.session.execute(text("UPDATE order_lines SET unit_cost = 9"))
    watch(shop, seller)
    [asked] = list_approvals(shop.session, actor=seller, now=shop.now).asked
    [waiting] = list_approvals(shop.session, actor=chief, now=shop.now).waiting
    assert (asked.measured, asked.limit, asked.customer) == (None, None, "Anna Kowalska")
    assert (waiting.measured, waiting.limit, waiting.customer) == (10, 15, "•••")
