from datetime import timedelta
from decimal import Decimal

import pytest
from holding import person
from order_life import MONDAY, Shop, offered, stays
from sqlalchemy import select

from oms_core.access.models import Role
from oms_core.catalog.models import Supplier
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.inventory.backorders import reserve_backorders
from oms_core.orders.assignment import assign_order
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.fulfilment import LineQuantity, deliver_order, ship_order
from oms_core.orders.models import OrderLine
from oms_core.orders.progress import move_order
from oms_core.workflow.models import Group


def test_an_order_lives_from_new_to_done(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2), upto="done")
    card = shop.card(number)
    assert (card.status, card.closed_at) == ("done", shop.now)
    assert stays(card) == ["new", "confirm", "pick", "ship", "deliver"]
    assert [event.to_status for event in card.events if event.to_status] == [*stays(card), "done"]
    assert shop.level("MUG") == (3, 0)
    [shipment] = card.shipments
    assert (shipment.origin, shipment.delivered_at) == ("MAIN", shop.now)
    assert card.version == 6


def test_time_in_a_status_is_counted_by_the_wall_and_by_the_channels_calendar(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2))
    shop.now = MONDAY.replace(hour=23)  # the calendar closes at 18
    shop.do(move_order, number=number, to="confirm")
    new, confirm = shop.card(number).stays
    assert (new.wall_seconds, new.business_seconds) == (12 * 3600, 6 * 3600)
    assert (confirm.left_at, confirm.wall_seconds) == (None, None)


def test_a_step_that_is_not_in_the_table_is_refused_and_says_what_is(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2))
    with pytest.raises(Conflict) as refusal:
        shop.do(move_order, number=number, to="ship")
    assert (refusal.value.code, refusal.value.rows[0]["permitted"]) == ("not_permitted", ["confirm"])


def test_an_unknown_order_and_an_unknown_status_are_told_apart(shop: Shop):
    with pytest.raises(NotFound):
        shop.do(move_order, number="0", to="confirm")
    with pytest.raises(Invalid) as refusal:
        shop.do(move_order, number=shop.order((shop.stock("MUG", 5), 2)), to="heaven")
    assert refusal.value.rows[0]["field"] == "to"


def test_a_stale_version_is_refused_and_shows_both(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 2))
    state = shop.do(move_order, number=number, to="confirm", version=1)
    assert state.version == 2
    with pytest.raises(Conflict) as refusal:
        shop.do(move_order, number=number, to="pick", version=1)
    assert refusal.value.code == "stale_version"
    assert refusal.value.rows == [{"field": "version", "given": 1, "current": 2}]


def test_work_does_not_start_before_something_is_reserved(shop: Shop):
    number = shop.order((shop.stock("MUG", 0), 2), (shop.stock("CUP", 0), 1), upto="confirm")
    assert offered(shop.card(number))["pick"] == ("stock for 2 lines",)
    with pytest.raises(Conflict) as refusal:
        shop.do(move_order, number=number, to="pick")
    assert (refusal.value.code, refusal.value.rows) == ("not_ready", [{"needs": "stock for 2 lines"}])


def test_a_partial_shipment_leaves_the_order_with_the_rest(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4), (shop.stock("CUP", 5), 1), upto="ship")
    shipped = shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(3))], carrier="DHL", tracking="T1")
    assert shipped.state.status == "ship"
    assert [(line.shipped, line.open, line.reserved) for line in shop.card(number).lines] == [(3, 1, 1), (0, 1, 1)]
    assert shop.level("MUG") == (2, 1)
    assert shop.do(ship_order, number=number).state.status == "deliver"
    assert shop.do(deliver_order, number=number).status_group is Group.DONE


def test_more_than_is_reserved_cannot_be_shipped(shop: Shop):
    number = shop.order((shop.stock("MUG", 3), 4), upto="ship")
    with pytest.raises(Conflict) as refusal:
        shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(4))])
    assert refusal.value.rows == [{"position": 1, "quantity": "4", "ready": "3.000"}]
    for lines in ([LineQuantity(9, Decimal(1))], [LineQuantity(1, Decimal(0))], []):
        with pytest.raises(Invalid):
            shop.do(ship_order, number=number, lines=lines)


def test_what_is_not_packed_is_not_shipped(shop: Shop):
    number = shop.order((shop.stock("MUG", 3), 2), upto="pick")
    with pytest.raises(Conflict) as refusal:
        shop.do(ship_order, number=number)
    assert refusal.value.code == "not_packed"


def test_a_backordered_rest_waits_in_ship_and_goes_when_it_comes(shop: Shop):
    number = shop.order((shop.stock("MUG", 3), 4), upto="ship")
    assert offered(shop.card(number))["deliver"] == ("stock for 1 line",)
    with pytest.raises(Conflict):
        shop.do(move_order, number=number, to="deliver")
    assert shop.do(ship_order, number=number).state.status == "ship"
    with pytest.raises(Conflict) as refusal:
        shop.do(ship_order, number=number)
    assert refusal.value.code == "nothing_to_ship"
    shop.stock("MUG", 10)
    shop.do(reserve_backorders, product_ids=[shop.session.scalar(select(OrderLine.product_id))])
    assert shop.do(move_order, number=number, to="deliver").status == "deliver"
    assert shop.level("MUG") == (9, 0)


def test_goods_from_two_warehouses_leave_in_two_shipments(shop: Shop):
    shop.stock("MUG", 2)
    shop.stock("MUG", 5, warehouse=shop.warehouse("EAST"))
    number = shop.order(("MUG", 6), upto="deliver")
    assert {shipment.origin: shipment.lines[0].quantity for shipment in shop.card(number).shipments} == {
        "MAIN": 2,
        "EAST": 4,
    }


def test_a_step_back_keeps_what_is_reserved(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4), upto="ship")
    for step in ("pick", "confirm"):
        shop.do(move_order, number=number, to=step)
    assert shop.level("MUG") == (5, 4)
    for step in ("pick", "ship", "deliver", "done"):
        shop.do(move_order, number=number, to=step)
    assert stays(shop.card(number)) == ["new", "confirm", "pick", "ship", "pick", "confirm", "pick", "ship", "deliver"]


def test_a_reservation_for_a_time_is_kept_for_good_once_the_order_is_confirmed(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 4), hold_minutes=90, upto="confirm")
    shop.now += timedelta(days=1)
    assert shop.do(expire_reservations) == 0
    assert shop.card(number).lines[0].reserved == 4


def test_an_order_placed_by_a_clock_read_later_keeps_its_chain(shop: Shop):
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.now -= timedelta(hours=5)  # this writer read the clock first and came second
    shop.do(move_order, number=number, to="confirm")
    new = shop.card(number).stays[0]
    assert (new.wall_seconds, new.left_at) == (0, new.entered_at)


def test_a_direct_line_is_shipped_by_its_supplier_and_touches_no_stock(shop: Shop):
    shop.session.add(Supplier(code="S1", name="Seller", ships_direct=True))
    shop.session.flush()
    number = shop.order((shop.stock("VASE", 0), 2))
    supplier_id = shop.session.scalar(select(Supplier.id).where(Supplier.code == "S1"))
    shop.session.scalars(select(OrderLine)).one().supplier_id = supplier_id
    shop.session.flush()
    for step in ("confirm", "pick", "ship", "deliver", "done"):
        shop.do(move_order, number=number, to=step)
    [shipment] = shop.card(number).shipments
    assert (shipment.origin, shipment.is_direct) == ("S1", True)


def test_the_manager_of_a_stay_is_who_held_the_order_when_it_began(shop: Shop):
    for login in ("anna", "boris"):
        person(shop, login, Role.MANAGER)
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.do(assign_order, number=number, manager="anna")
    shop.do(move_order, number=number, to="confirm")
    shop.do(assign_order, number=number, manager="boris")
    before = shop.card(number)
    assert shop.do(assign_order, number=number, manager="boris").version == before.version
    assert (before.manager, before.events[-1].payload) == ("boris", {"from": "anna", "to": "boris"})
    shop.do(assign_order, number=number, manager=None)
    assert shop.card(number).manager is None
    with pytest.raises(Invalid):
        shop.do(assign_order, number=number, manager="nobody")


@pytest.mark.parametrize("login", ["system", "carl"])
def test_nobody_who_does_not_move_orders_answers_for_one(shop: Shop, login: str):
    person(shop, "carl", Role.CLIENT)
    number = shop.order((shop.stock("MUG", 5), 1))
    with pytest.raises(Invalid) as refused:
        shop.do(assign_order, number=number, manager=login)
    assert (refused.value.code, shop.card(number).manager) == ("unknown_manager", None)
