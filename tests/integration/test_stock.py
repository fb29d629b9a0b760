from datetime import timedelta
from decimal import Decimal

import pytest
from building import NOON, a_product, a_stocked_product, a_warehouse, an_order, levels, stocked
from sqlalchemy import text

from oms_core.errors import Conflict, Invalid
from oms_core.inventory.backorders import reserve_backorders
from oms_core.inventory.movements import (
    LOSS,
    AdjustmentRequest,
    Move,
    ReceiptRequest,
    adjust,
    move,
    receive,
    ship,
)
from oms_core.inventory.reservations import LineQuantity, lock_reserved, release
from oms_core.orders.expiry import expire_reservations


@pytest.fixture
def facts(actor):
    return {"actor": actor, "now": NOON}


def line_ids(session) -> list[int]:
    return list(session.scalars(text("SELECT id FROM order_lines ORDER BY id")))


def reservations(session) -> list[tuple[Decimal, str]]:
    return [tuple(row) for row in session.execute(text("SELECT quantity, state FROM reservations ORDER BY id"))]


def test_goods_received_are_on_hand_and_have_their_move(session, facts):
    a_product(session, "TEA")
    lines = [ReceiptRequest("TEA", Decimal("2.5"), Decimal("1.2345")), ReceiptRequest("TEA", Decimal(1))]
    receive(session, **facts, warehouse="MAIN", lines=lines, reference="receipt:1")
    assert levels(session) == {("MAIN", "TEA"): (Decimal("3.5"), 0)}
    moves = session.execute(
        text(
            "SELECT f.code, t.code, quantity, unit_cost, state, done_at, reference FROM stock_moves m"
            " JOIN locations f ON f.id = from_location_id JOIN locations t ON t.id = to_location_id ORDER BY m.id"
        )
    ).all()
    assert [tuple(row) for row in moves] == [
        ("SUPPLIERS", "MAIN", Decimal("2.5"), Decimal("1.2345"), "done", NOON, "receipt:1"),
        ("SUPPLIERS", "MAIN", 1, None, "done", NOON, "receipt:1"),
    ]


def test_a_receipt_under_one_key_comes_in_once(session, facts):
    a_product(session, "TEA")
    for created in (True, False):
        lines = [ReceiptRequest("TEA", Decimal(2))]
        assert receive(session, **facts, warehouse="MAIN", lines=lines, idempotency_key="r").created is created
    assert levels(session) == {("MAIN", "TEA"): (2, 0)}
    for other in ([ReceiptRequest("TEA", Decimal(3))], [ReceiptRequest("TEA", Decimal(2))] * 2):
        with pytest.raises(Conflict):
            receive(session, **facts, warehouse="MAIN", lines=other, idempotency_key="r")


def test_a_wrong_receipt_names_every_field_and_changes_nothing(session, facts):
    a_product(session, "TEA")
    lines = [ReceiptRequest("X", Decimal(1)), ReceiptRequest("TEA", Decimal(0), Decimal(-1))]
    with pytest.raises(Invalid) as refusal:
        receive(session, **facts, warehouse="moon", lines=lines)
    named = {row["field"] for row in refusal.value.rows}
    assert named == {"lines[1].quantity", "lines[1].unit_cost", "lines[0].sku", "warehouse"}
    assert levels(session) == {}
    with pytest.raises(Invalid):
        receive(session, **facts, warehouse="MAIN", lines=[])


def test_a_count_corrects_up_and_down_but_never_below_what_is_promised(session, facts):
    a_stocked_product(session, "TEA", 10)
    an_order(session, {"TEA": 4})
    adjust(session, **facts, warehouse="MAIN", lines=[AdjustmentRequest("TEA", Decimal(2))])
    adjust(session, **facts, warehouse="MAIN", lines=[AdjustmentRequest("TEA", Decimal(-8))], against=LOSS)
    assert levels(session) == {("MAIN", "TEA"): (4, 4)}
    with pytest.raises(Conflict) as refusal:
        adjust(session, **facts, warehouse="MAIN", lines=[AdjustmentRequest("TEA", Decimal(-1))])
    assert refusal.value.rows == [{"sku": "TEA", "location": "MAIN", "available": "0.000"}]


def test_a_move_between_two_warehouses_takes_from_one_and_gives_to_the_other(session, facts):
    a_warehouse(session, "NORTH")
    product_id = a_stocked_product(session, "TEA", 10)
    move(session, **facts, moves=[Move(product_id, Decimal(3), "MAIN", "NORTH")])
    assert levels(session) == {("MAIN", "TEA"): (7, 0), ("NORTH", "TEA"): (3, 0)}


def test_shipping_uses_up_the_reservation_and_the_stock(session, facts):
    a_stocked_product(session, "TEA", 10)
    an_order(session, {"TEA": 4})
    [line_id] = line_ids(session)
    parts = ship(session, **facts, lines=[LineQuantity(line_id, Decimal(3))], reference="shipment:1")
    assert [(part.warehouse, part.quantity) for part in parts] == [("MAIN", 3)]
    assert levels(session) == {("MAIN", "TEA"): (7, 1)}
    assert reservations(session) == [(1, "committed"), (3, "consumed")]
    with pytest.raises(Conflict) as refusal:
        ship(session, **facts, lines=[LineQuantity(line_id, Decimal(2))], reference="shipment:2")
    assert refusal.value.code == "not_reserved"


def test_giving_back_takes_the_newest_reservation_first_and_frees_the_stock(session, facts):
    a_stocked_product(session, "TEA", 2)
    an_order(session, {"TEA": 5})
    stocked(session, "TEA", 3)
    reserve_backorders(
        session, **facts, product_ids=[part.product_id for part in lock_reserved(session, line_ids(session))]
    )
    assert reservations(session) == [(2, "committed"), (3, "committed")]
    [line_id] = line_ids(session)
    given_back = release(session, lines=[LineQuantity(line_id, Decimal(4))])
    assert [part.quantity for part in given_back] == [3, 1]
    assert levels(session) == {("MAIN", "TEA"): (5, 1)}
    assert reservations(session) == [(1, "committed"), (3, "released"), (1, "released")]


def test_a_reservation_past_its_time_ends_and_another_does_not(session, facts):
    a_stocked_product(session, "TEA", 10)
    an_order(session, {"TEA": 1}, hold_minutes=30)
    an_order(session, {"TEA": 2}, hold_minutes=60)
    an_order(session, {"TEA": 3})
    later = facts | {"now": NOON + timedelta(minutes=30)}
    assert expire_reservations(session, **later) == 1
    assert levels(session) == {("MAIN", "TEA"): (10, 5)}
    assert expire_reservations(session, **later) == 0


def test_who_waits_longest_is_served_first(session, facts):
    product_id = a_product(session, "TEA")
    young = an_order(session, {"TEA": 2})
    old = an_order(session, {"TEA": 2}, now=NOON - timedelta(days=1))
    stocked(session, "TEA", 3)
    served = reserve_backorders(session, **facts, product_ids=[product_id])
    assert set(served) == {young.id, old.id}
    by_order = dict(
        session.execute(
            text("SELECT l.order_id, r.quantity FROM reservations r JOIN order_lines l ON l.id = r.order_line_id")
        ).all()
    )
    assert by_order == {old.id: 2, young.id: 1}
    told = session.execute(
        text("SELECT sequence, payload FROM order_events WHERE order_id = :id ORDER BY sequence DESC LIMIT 1"),
        {"id": young.id},
    ).one()
    assert (told.sequence, told.payload["backordered"]) == (3, [{"position": 1, "quantity": "1.000"}])
    assert session.scalar(text("SELECT version FROM orders WHERE id = :id"), {"id": young.id}) == 2


def test_a_closed_order_waits_for_nothing(session, facts):
    product_id = a_product(session, "TEA")
    placed = an_order(session, {"TEA": 2})
    session.execute(text("UPDATE orders SET status = 'cancelled', closed_at = now() WHERE id = :id"), {"id": placed.id})
    stocked(session, "TEA", 3)
    assert reserve_backorders(session, **facts, product_ids=[product_id]) == []
