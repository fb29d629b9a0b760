"""A placed order is changed: looked at beforehand, applied at once, kept as a version, taken back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core.billing.payments import receive_payment
from oms_core.errors import Conflict, Invalid
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.change_log import list_changes
from oms_core.orders.changing import change_order, preview_change
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.stages import OrderState


def edit(*lines: tuple[Any, ...], **header: Any) -> OrderEdit:
    """An edit by ``(position, sku, quantity[, price[, discount]])``; position 0 is a new line."""
    return OrderEdit(
        lines=[
            LineEdit(sku, Decimal(quantity), position or None, *(Decimal(money) for money in terms))
            for position, sku, quantity, *terms in lines
        ]
        if lines
        else None,
        **header,
    )


def changed(shop: Shop, number: str, change: OrderEdit, **facts: Any) -> OrderState:
    return shop.do(change_order, number=number, version=facts.pop("version", None), change=change, **facts)


def positions(shop: Shop, number: str) -> Sequence[tuple[int, str, Decimal, Decimal, Decimal]]:
    lines = shop.card(number).lines
    return [(line.position, line.sku, line.quantity, line.reserved, line.gross) for line in lines]


def refused(shop: Shop, number: str, change: OrderEdit) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        changed(shop, number, change)
    assert refusal.value.code == "invalid_change"
    return {(row["field"], row["message"]) for row in refusal.value.rows}


def test_lines_are_added_removed_and_changed_with_price_stock_and_version_at_once(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3), (shop.stock("CUP", 9), 2))
    shop.stock("TEA", 1)
    before = shop.card(number)
    state = changed(
        shop, number, edit((1, "MUG", 2), (0, "TEA", 3, "5.00", "1.00")), version=before.version, note="rang"
    )
    card = shop.card(number)
    assert positions(shop, number) == [(1, "MUG", 2, 2, Decimal("19.98")), (3, "TEA", 3, 1, Decimal("14.00"))]
    assert (card.totals.total, state.version) == (Decimal("33.98"), before.version + 1)
    assert (shop.level("MUG"), shop.level("CUP"), shop.level("TEA")) == ((9, 2), (9, 0), (1, 1))
    told = {event.kind: event.payload for event in card.events}
    assert told["order.changed"]["text"] == "rang"
    assert told["order.reserved"]["backordered"] == [{"position": 3, "quantity": "2.000"}]


def test_what_it_was_before_stays_readable(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3))
    state = changed(shop, number, edit((1, "MUG", 1)), note="only one")
    changed(shop, number, edit(comment="Ring twice"))
    newest, oldest = list_changes(shop.session, actor=shop.actor, number=number)
    assert (oldest.version, oldest.note, oldest.actor) == (state.version, "only one", shop.actor.login)
    [line] = oldest.before["lines"]
    assert (line["quantity"], line["gross"], oldest.before["total"]) == ("3.000", "29.97", "29.97")
    assert newest.diff == ({"field": "comment", "before": "", "after": "Ring twice"},)


def test_the_preview_says_what_the_change_then_does(shop: Shop):
    number = shop.order((shop.stock("MUG", 4), 3), shipping=Decimal("4.90"))
    change = edit((1, "MUG", 6), shipping=Decimal(0))
    seen = preview_change(shop.session, actor=shop.actor, now=shop.now, number=number, change=change)
    assert (seen.total, seen.refund, seen.faults) == (Decimal("25.07"), 0, [])
    assert [(short.position, short.quantity) for short in seen.shortages] == [(1, 2)]
    changed(shop, number, change)
    card = shop.card(number)
    assert (str(card.totals.total), card.lines[0].backordered) == (seen.after["total"], 2)


def test_two_instead_of_three_of_a_paid_line_is_due_back_as_previewed(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3))
    shop.do(receive_payment, number=number, gross=Decimal("29.97"), method="card")
    change = edit((1, "MUG", 2))
    seen = preview_change(shop.session, actor=shop.actor, now=shop.now, number=number, change=change)
    changed(shop, number, change)
    totals = shop.card(number).totals
    assert seen.refund == seen.refund_due == totals.paid - totals.total == Decimal("9.99")


def test_what_is_shipped_or_cancelled_stays(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 5), (shop.stock("CUP", 5), 2), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(2))])
    shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(1))])
    assert refused(shop, number, edit((1, "MUG", 2), (2, "CUP", 2))) == {("lines[0].quantity", "cannot be below 3")}
    assert refused(shop, number, edit((1, "MUG", 5, "9.00"), (2, "CUP", 2))) == {
        ("lines[0].unit_price", "cannot change: a part is shipped or cancelled at it")
    }
    assert refused(shop, number, edit((2, "CUP", 2))) == {
        ("lines", "cannot be removed: a part is shipped or cancelled")
    }
    changed(shop, number, edit((1, "MUG", 4)))
    assert positions(shop, number) == [(1, "MUG", 4, 1, Decimal("39.96"))]


def test_with_nothing_open_left_a_partly_shipped_order_goes_into_delivery(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 5), upto="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(2))])
    assert changed(shop, number, edit((1, "MUG", 2))).status == "deliver"
    assert shop.level("MUG") == (7, 0)


def test_an_order_of_which_nothing_would_be_left_is_to_be_cancelled_instead(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 1), (shop.stock("CUP", 5), 2))
    shop.do(cancel_order, number=number, reason="changed_mind", lines=[LineQuantity(1, Decimal(1))])
    assert refused(shop, number, edit((1, "MUG", 1))) == {
        ("lines", "would leave nothing of the order: cancel it with a reason")
    }


def test_every_fault_is_named_at_once(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 1), (shop.stock("CUP", 9), 1))
    wrong = edit(
        (1, "CUP", 1), (2, "CUP", 1), (2, "CUP", 1), (7, "CUP", 1), (0, "NIX", 1), (0, "MUG", 1),
        shipping=Decimal(-1), delivery_method="pigeon",
    )  # fmt: skip
    assert refused(shop, number, wrong) == {
        ("lines[0].sku", "is another product: remove the line and add one"),
        ("lines[2].position", "is there twice"),
        ("lines[3].position", "is no line of this order"),
        ("lines[4].sku", "is unknown"),
        ("lines[5].unit_price", "is needed, the price list has none"),
        ("shipping", "must be money of at least 0 with at most two decimals"),
        ("delivery_method", "is unknown"),
    }


def test_what_is_handed_over_cannot_be_changed(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 1), upto="deliver")
    with pytest.raises(Conflict) as refusal:
        changed(shop, number, edit(comment="too late"))
    assert refusal.value.code == "not_changeable"


def test_what_is_packed_does_not_grow(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 1), upto="ship")
    told = "cannot grow once it is packed: take it back first"
    assert refused(shop, number, edit((1, "MUG", 2))) == {("lines[0].quantity", told)}


def test_freed_stock_goes_to_who_waits_for_it(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 5))
    waiting = shop.order(("MUG", 4))
    changed(shop, number, edit((1, "MUG", 2)))
    assert [line.reserved for line in shop.card(waiting).lines] == [3]
    assert shop.level("MUG") == (5, 5)


def test_what_is_added_while_it_is_picked_becomes_work_of_its_warehouse(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 1), upto="pick")
    shop.stock("CUP", 5, warehouse=shop.warehouse("EAST"))
    changed(shop, number, edit((1, "MUG", 1), (0, "CUP", 1, "3.00")))
    work = shop.session.execute(
        text("SELECT w.code, f.state FROM fulfilments f JOIN warehouses w ON w.id = f.warehouse_id ORDER BY 1")
    ).all()
    assert work == [("EAST", "open"), ("MAIN", "open")]
    changed(shop, number, edit((1, "MUG", 1)))
    assert shop.session.scalars(text("SELECT state FROM fulfilments ORDER BY warehouse_id")).all() == [
        "open", "cancelled",
    ]  # fmt: skip


def test_a_position_that_was_a_lines_is_never_anothers(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 1), (shop.stock("CUP", 5), 1))
    changed(shop, number, edit((1, "MUG", 1)))
    changed(shop, number, edit((1, "MUG", 1), (0, "CUP", 1, "3.00")))
    assert [line.position for line in shop.card(number).lines] == [1, 3]


def test_what_is_held_for_a_time_is_held_no_longer_for_being_more(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3), hold_minutes=60 * 24 * 3_000)
    changed(shop, number, edit((1, "MUG", 5)))
    until = shop.session.execute(text("SELECT DISTINCT expires_at, state FROM reservations")).all()
    assert len(until) == 1
    assert until[0].state == "held"


def test_a_change_dirties_the_day_from_which_stock_looks_different(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3))
    placed = shop.card(number).placed_at
    changed(shop, number, edit((1, "MUG", 5)))
    days = shop.session.scalars(text("SELECT day FROM mart_dirty_days")).all()
    assert days == [(placed - timedelta(days=1)).date()]
