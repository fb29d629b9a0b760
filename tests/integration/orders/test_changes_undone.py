"""Changes taken back by others, and two people who change one order."""

from decimal import Decimal

import pytest
from order_life import Shop
from test_changing import changed, edit, positions

from oms_core.errors import Conflict, Invalid
from oms_core.orders.change_log import list_changes
from oms_core.orders.changing import change_order, undo_change
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order


def test_the_latest_change_is_taken_back_and_that_again(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3), (shop.stock("CUP", 9), 2))
    was = shop.card(number)
    changed(
        shop, number,
        edit((1, "MUG", 1, "8.00"), ship_to={"text": "Elsewhere 1"}, comment="x", requested_at=shop.now),
    )  # fmt: skip
    shop.do(comment_order, number=number, text="in between")
    shop.do(undo_change, number=number, version=None)
    card = shop.card(number)
    assert [(line.sku, line.quantity, line.unit_price, line.reserved) for line in card.lines] == [
        (line.sku, line.quantity, line.unit_price, line.reserved) for line in was.lines
    ]
    assert (card.totals, card.ship_to, card.comment, card.requested_at) == (was.totals, None, "", None)
    shop.do(undo_change, number=number, version=None)
    assert positions(shop, number) == [(1, "MUG", 1, 1, Decimal("8.00"))]
    assert len(list_changes(shop.session, actor=shop.actor, number=number)) == 3


def test_a_change_is_not_undone_past_what_was_shipped_since(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 2), upto="pick")
    changed(shop, number, edit((1, "MUG", 5)))
    shop.do(move_order, number=number, to="ship")
    shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(4))])
    with pytest.raises(Invalid) as refusal:
        shop.do(undo_change, number=number, version=None)
    assert [row["message"] for row in refusal.value.rows] == ["cannot be below 4"]


def test_an_order_never_changed_has_nothing_to_undo_and_nothing_is_no_change(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 2))
    for use_case, facts, code in (
        (undo_change, {}, "nothing_to_undo"), (change_order, {"change": edit((1, "MUG", 2))}, "nothing_changes"),
    ):  # fmt: skip
        with pytest.raises(Conflict) as refusal:
            shop.do(use_case, number=number, version=None, **facts)
        assert refusal.value.code == code


def test_the_second_of_two_sees_both_values_field_by_field(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3), (shop.stock("CUP", 9), 2), comment="old")
    seen = shop.card(number).version
    changed(shop, number, edit((1, "MUG", 4), (2, "CUP", 2), comment="theirs"), version=seen)
    mine = edit((1, "MUG", 5), (2, "CUP", 1), comment="mine")
    with pytest.raises(Conflict) as refusal:
        changed(shop, number, mine, version=seen)
    assert refusal.value.code == "stale_version"
    head, *rows = refusal.value.rows
    assert (head["given"], head["current"]) == (seen, seen + 1)
    told = {
        (row["field"], row.get("position")): (row["before"], row["theirs"], row["yours"], row["clash"]) for row in rows
    }
    assert told == {
        ("comment", None): ("old", "theirs", "mine", True),
        ("quantity", 1): ("3.000", "4.000", "5.000", True),
        ("quantity", 2): ("2.000", "2.000", "1.000", False),
    }
    assert shop.card(number).comment == "theirs"
