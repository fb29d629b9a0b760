"""Where is it, why late, what next: told from the card of an order in every situation, each part with its entry."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from holding import hold_for, person, watch
from order_life import MONDAY, Shop
from sqlalchemy import text

from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.billing.payments import receive_payment
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.holds import open_hold
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.promises import promise_anew
from oms_core.orders.return_requests import request_return
from oms_core.orders.returns import receive_return
from oms_core.orders.whereabouts import Part, Whereabouts, where_is

DAY = timedelta(days=1)
Story = Callable[[Shop], str]
PLACED, MOVED = "order.placed", "order.status_changed"


def told(shop: Shop, number: str) -> Whereabouts:
    card = shop.card(number)
    return where_is(card, now=shop.now, facts=card.surroundings)


def new(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 5), 2))


def left_unconfirmed(shop: Shop) -> str:
    number = new(shop)
    shop.now += 4 * DAY
    return number


def short(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 0), 2), upto="confirm")


def short_but_bought(shop: Shop) -> str:
    number = short(shop)
    shop.session.execute(
        text(
            "WITH s AS (INSERT INTO suppliers (code, name) VALUES ('S', 'S') RETURNING id), u AS ("
            " INSERT INTO purchase_orders"
            " (supplier_id, warehouse_id, state, currency, created_at, ordered_at, actor_id)"
            " SELECT s.id, (SELECT min(id) FROM warehouses), 'ordered', 'EUR', :now, :now, (SELECT min(id) FROM users)"
            " FROM s"
            " RETURNING id) INSERT INTO purchase_order_lines (purchase_order_id, position, product_id, quantity,"
            " unit_cost, expected_on, first_expected_on)"
            " SELECT u.id, 1, (SELECT id FROM products), 2, 1, '2026-03-09', '2026-03-09' FROM u"
        ),
        {"now": shop.now},
    )
    return number


def without_prepayment(shop: Shop) -> str:
    hold_for(shop, "prepayment", percent=100)
    number = shop.order((shop.stock("MUG", 5), 2), upto="confirm")
    watch(shop)
    return number


def held_by_hand(shop: Shop) -> str:
    number = shop.order((shop.stock("MUG", 5), 2), upto="confirm")
    shop.do(open_hold, number=number, cause="Address looks wrong")
    return number


def picked(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 5), 2), upto="pick")


def left_packed(shop: Shop) -> str:
    number = shop.order((shop.stock("MUG", 5), 2), upto="ship")
    shop.now += 6 * DAY
    return number


def partly_shipped(shop: Shop) -> str:
    number = shop.order((shop.stock("MUG", 5), 2), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(1))])
    return number


def on_its_way(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 5), 2), upto="deliver")


def late_on_its_way(shop: Shop) -> str:
    number = on_its_way(shop)
    shop.now += 5 * DAY
    return number


def delivered(shop: Shop) -> str:
    return shop.order((shop.stock("MUG", 5), 2), upto="done")


def delivered_late(shop: Shop) -> str:
    number = on_its_way(shop)
    shop.now += 5 * DAY
    shop.do(move_order, number=number, to="done")
    return number


def cancelled(shop: Shop) -> str:
    number = new(shop)
    shop.do(cancel_order, number=number, reason="changed_mind")
    return number


def cancelled_though_paid(shop: Shop) -> str:
    number = new(shop)
    shop.do(receive_payment, number=number, gross=Decimal("19.98"), method="card")
    shop.do(cancel_order, number=number, reason="changed_mind")
    return number


def return_asked(shop: Shop) -> str:
    number = delivered(shop)
    shop.do(request_return, number=number, lines=[LineQuantity(1, Decimal(1))], reason="Too small")
    return number


def returned(shop: Shop) -> str:
    number = delivered(shop)
    shop.do(receive_return, number=number, lines=[LineQuantity(1, Decimal(2))], reason="Too small", warehouse="MAIN")
    return number


def owner_away(shop: Shop) -> str:
    person(shop, "bob", Role.MANAGER)
    number = new(shop)
    shop.do(assign_order, number=number, manager="bob")
    absent = "INSERT INTO absences (user_id, first_day, last_day, kind) SELECT id, :first, :last, 'leave' FROM users"
    days = {"first": shop.now.date(), "last": shop.now.date() + DAY}
    shop.session.execute(text(f"{absent} WHERE login = 'bob'"), days)
    return number


def paid_but_unreserved(shop: Shop) -> str:
    number = shop.order((shop.stock("MUG", 5), 2), hold_minutes=60)
    shop.do(receive_payment, number=number, gross=Decimal("19.98"), method="card")
    shop.now += DAY
    expire_reservations(shop.session, actor=find_actor(shop.session, "system"), now=shop.now)
    return number


def promised_anew_and_missed(shop: Shop) -> str:
    number = shop.order((shop.stock("MUG", 5), 2), upto="pick")
    shop.do(promise_anew, number=number, promised_at=shop.now + timedelta(hours=2))
    shop.now += timedelta(hours=3)
    return number


# Story, then code and entry of each part: where, why, next.
SITUATIONS: list[tuple[Story, tuple[str, str], tuple[str, str] | None, str]] = [
    (new, ("awaits_confirmation", PLACED), ("in_time", PLACED), "step"),
    (left_unconfirmed, ("awaits_confirmation", PLACED), ("over_limit", PLACED), "step"),
    (short, ("confirmed", MOVED), ("goods_unknown", "order.reserved"), "buy_goods"),
    (short_but_bought, ("confirmed", MOVED), ("goods_expected", "order.reserved"), "goods_arrive"),
    (without_prepayment, ("confirmed", MOVED), ("held", "hold.opened"), "remedy"),
    (held_by_hand, ("confirmed", MOVED), ("held", "hold.opened"), "remedy"),
    (picked, ("being_picked", MOVED), ("in_time", PLACED), "step"),
    (left_packed, ("packed", MOVED), ("over_limit", MOVED), "step"),
    (partly_shipped, ("partly_shipped", "order.shipped"), ("in_time", PLACED), "step"),
    (on_its_way, ("on_its_way", "order.shipped"), ("in_time", PLACED), "step"),
    (late_on_its_way, ("on_its_way", "order.shipped"), ("late_underway", PLACED), "ask_carrier"),
    (delivered, ("delivered", "order.delivered"), ("was_in_time", PLACED), "collect"),
    (delivered_late, ("delivered", "order.delivered"), ("was_late", PLACED), "collect"),
    (cancelled, ("cancelled", "order.cancelled"), ("cancel_reason", "order.cancelled"), "nothing"),
    (cancelled_though_paid, ("cancelled", "order.cancelled"), ("cancel_reason", "order.cancelled"), "refund"),
    (return_asked, ("delivered", "order.delivered"), ("return_requested", "return.requested"), "await_return"),
    (returned, ("returned", "return.received"), ("return_reason", "return.received"), "nothing"),
    (owner_away, ("awaits_confirmation", PLACED), ("owner_away", "order.assigned"), "give_away"),
    (paid_but_unreserved, ("awaits_confirmation", PLACED), ("paid_unreserved", "reservation.expired"), "reserve"),
    (promised_anew_and_missed, ("being_picked", MOVED), ("promise_passed", "order.promised"), "step"),
]


@pytest.mark.parametrize(
    ("story", "where", "why", "onward"), SITUATIONS, ids=lambda part: getattr(part, "__name__", "")
)
def test_every_situation_is_told_with_the_entry_it_rests_on(
    shop: Shop, story: Story, where: tuple[str, str], why: tuple[str, str] | None, onward: str
) -> None:
    number = story(shop)
    sentence = told(shop, number)
    kinds = {event.sequence: event.kind for event in shop.card(number).events}

    def named(part: Part | None) -> tuple[str, str] | None:
        return part and (part.code, kinds.get(part.sequence or 0, "no entry"))

    assert (named(sentence.where), named(sentence.why)) == (where, why)
    assert sentence.next is not None
    assert sentence.next.code == onward


def test_the_figures_of_the_sentence_are_the_orders(shop: Shop) -> None:
    number = short_but_bought(shop)
    why = told(shop, number).why
    assert why is not None
    assert why.facts["expected_on"].isoformat() == "2026-03-09"
    assert why.facts["goods"] == (("MUG", Decimal(2)),)


def test_a_night_does_not_count_towards_the_limit(shop: Shop) -> None:
    shop.now = MONDAY.replace(hour=15)
    number = shop.order((shop.stock("MUG", 5), 2))
    shop.session.execute(text("UPDATE statuses SET limit_minutes = 600 WHERE code = 'new'"))
    shop.now += timedelta(hours=12)
    assert told(shop, number).why == Part("in_time", {"promised_at": shop.card(number).promised_at}, 1)
