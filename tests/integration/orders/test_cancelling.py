from decimal import Decimal

import pytest
from order_life import Shop, offered, stays
from sqlalchemy import select, text

from oms_core.errors import Conflict, Invalid
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import LineQuantity, cancel_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.holds import open_hold
from oms_core.orders.models import OrderLine
from oms_core.orders.progress import move_order
from oms_core.workflow.models import CancelReason

OPEN_STEPS = ("new", "confirm", "pick", "ship")


@pytest.mark.parametrize("step", OPEN_STEPS)
def test_an_order_is_cancelled_in_every_stage_before_the_handover_and_frees_its_stock(shop: Shop, step):
    number = shop.order((shop.stock("MUG", 5), 4), (shop.stock("CUP", 1), 3), upto=step)
    cancelled = shop.do(cancel_order, number=number, reason="out_of_stock", note="sold out")
    card = shop.card(number)
    assert (cancelled.state.status, card.closed_at) == ("cancelled", shop.now)
    assert (shop.level("MUG"), shop.level("CUP")) == ((5, 0), (1, 0))
    assert [(row.position, row.quantity, row.previous_status, row.note) for row in card.cancellations] == [
        (1, 4, step, "sold out"),
        (2, 3, step, "sold out"),
    ]
    assert stays(card) == list(OPEN_STEPS[: OPEN_STEPS.index(step) + 1])
    assert card.next == ()


def test_after_the_handover_nothing_is_cancelled_any_more(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4), upto="deliver")
    with pytest.raises(Conflict) as refusal:
        shop.do(cancel_order, number=number, reason="changed_mind")
    assert refusal.value.code == "not_cancellable"
    assert "cancelled" not in offered(shop.card(number))


def test_the_rest_of_a_partly_shipped_order_is_cancelled_and_the_order_goes_into_delivery(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(3))])
    assert shop.do(cancel_order, number=number, reason="too_slow").state.status == "deliver"
    assert shop.level("MUG") == (2, 0)
    assert shop.do(move_order, number=number, to="done").status == "done"


def test_cancelling_a_line_gives_up_first_what_waits_for_stock(shop: Shop):
    number = shop.order((shop.stock("MUG", 3), 5))
    shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(3))])
    [line] = shop.card(number).lines
    assert (line.open, line.reserved, line.backordered) == (2, 2, 0)
    assert shop.level("MUG") == (3, 2)
    assert shop.card(number).status == "new"


def test_cancelling_the_last_open_line_cancels_the_order(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 1), (shop.stock("CUP", 5), 1))
    shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(1))])
    cancelled = shop.do(cancel_order, number=number, reason="found_cheaper", lines=[LineQuantity(2, Decimal(1))])
    assert cancelled.state.status == "cancelled"
    assert [row.reason for row in shop.card(number).cancellations] == ["changed_mind", "found_cheaper"]


def test_the_parts_of_a_cancelled_line_sum_to_its_money(shop: Shop):
    number = shop.order((shop.stock("MUG", 7), 7))
    line = shop.session.scalars(select(OrderLine)).one()
    line.unit_cost = Decimal("3.3333")
    for quantity in (1, 3, 3):
        shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(quantity))])
    assert sum(row.gross for row in shop.card(number).cancellations) == Decimal("69.93")
    assert shop.session.scalar(text("SELECT sum(margin) FROM cancellations")) == Decimal("69.93") - Decimal("23.33")


def test_more_than_is_open_cannot_be_cancelled(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4))
    with pytest.raises(Conflict) as refusal:
        shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(5))])
    assert refusal.value.rows == [{"position": 1, "quantity": "5", "open": "4.000"}]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "reason_required"), ("bad_weather", "unknown_reason"), ("fraud", "inactive_reason")],
)
def test_a_cancellation_needs_a_reason_in_use(shop: Shop, reason, code):
    shop.session.get_one(CancelReason, "fraud").is_active = False
    number = shop.order((shop.stock("MUG", 5), 4))
    with pytest.raises(Invalid) as refusal:
        shop.do(cancel_order, number=number, reason=reason)
    assert (refusal.value.code, refusal.value.rows[0]["field"]) == (code, "reason")
    assert shop.card(number).status == "new"


def test_an_order_is_not_cancelled_by_a_move(shop: Shop):
    with pytest.raises(Conflict) as refusal:
        shop.do(move_order, number=shop.order((shop.stock("MUG", 5), 4)), to="cancelled")
    assert refusal.value.code == "use_cancel"


def test_freed_stock_goes_to_the_order_that_waits_longest(shop: Shop):
    first = shop.order((shop.stock("MUG", 5), 5))
    waiting = [shop.order(("MUG", 2)) for _ in range(3)]
    shop.do(cancel_order, number=first, reason="changed_mind")
    assert [shop.card(number).lines[0].reserved for number in waiting] == [2, 2, 1]
    assert shop.card(waiting[0]).events[-1].kind == "order.reserved"


def test_a_freed_line_may_serve_another_line_of_its_own_order(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 5), ("MUG", 2))
    cancelled = shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(5))])
    assert shop.card(number).lines[1].reserved == 2
    assert cancelled.state.version == shop.card(number).version


def test_an_order_without_lines_is_cancelled_with_one_row(shop: Shop):
    number = shop.order((shop.stock("MUG", 0), 1))
    shop.session.execute(text("DELETE FROM order_lines"))
    shop.session.execute(text("UPDATE orders SET net = 0, gross = 0, total = 0"))
    shop.session.expire_all()
    shop.do(cancel_order, number=number, reason="unknown")
    [row] = shop.card(number).cancellations
    assert (row.position, row.quantity) == (None, None)


def test_cancelling_lifts_the_holds_and_ends_the_assignment(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.do(assign_order, number=number, manager="admin")
    shop.do(open_hold, number=number, cause="address unclear")
    shop.do(cancel_order, number=number, reason="unreachable")
    assert shop.card(number).holds == ()
    with pytest.raises(Conflict):
        shop.do(assign_order, number=number, manager=None)
