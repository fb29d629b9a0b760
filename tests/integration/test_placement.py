from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from building import (
    NOON,
    a_customer,
    a_price,
    a_product,
    a_stocked_product,
    a_warehouse,
    an_order,
    asked,
    levels,
    written,
)
from sqlalchemy import text

from oms_core.access.actors import find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.access.permissions import Permission
from oms_core.errors import Conflict, Forbidden, Invalid
from oms_core.orders.placement import CustomerRef, LineRequest


def rows(session, query, **given):
    return [tuple(row) for row in session.execute(text(query), given)]


def a_manager(session, login, *roles):
    user = User(login=login, name=login.title())
    session.add(user)
    session.flush()
    session.add_all(UserRole(user_id=user.id, role=role) for role in roles or [Role.MANAGER])
    session.flush()


def test_an_order_is_priced_reserved_journalled_and_entered(session):
    a_stocked_product(session, "TEA", 10)
    placed = an_order(session, {"TEA": 3}, shipping=Decimal("4.50"), comment="ring twice")
    assert (placed.created, placed.version) == (True, 1)
    assert rows(
        session,
        "SELECT status, placed_at, promised_at, first_promised_at, gross, shipping, total, currency, comment,"
        " version, last_sequence, closed_at FROM orders WHERE number = :number",
        number=placed.number,
    ) == [
        ("new", NOON, NOON + timedelta(days=3), NOON + timedelta(days=3), Decimal("30.00"), Decimal("4.50"),
         Decimal("34.50"), "EUR", "ring twice", 1, 2, None)
    ]  # fmt: skip
    assert levels(session) == {("MAIN", "TEA"): (10, 3)}
    assert rows(session, "SELECT quantity, state, expires_at FROM reservations") == [(3, "committed", None)]
    assert rows(session, "SELECT sequence, kind, to_status, payload FROM order_events ORDER BY sequence") == [
        (1, "order.placed", "new", None),
        (2, "order.reserved", None,
         {"lines": [{"position": 1, "warehouse": "MAIN", "quantity": "3"}], "backordered": []}),
    ]  # fmt: skip
    assert rows(session, "SELECT visit, status, group_code, entered_at, left_at FROM status_intervals") == [
        (1, "new", "new", NOON, None)
    ]
    assert rows(session, "SELECT count(*) FROM assignment_intervals") == [(0,)]


def test_numbers_count_up(session):
    a_stocked_product(session, "TEA", 10)
    first, second = (int(an_order(session, {"TEA": 1}).number) for _ in range(2))
    assert second == first + 1


def test_a_manager_given_at_placement_holds_the_order_from_the_start(session):
    a_stocked_product(session, "TEA", 10)
    a_manager(session, "anna")
    an_order(session, {"TEA": 1}, manager="anna")
    held = rows(
        session,
        "SELECT visit, login, assigned_at, left_at FROM assignment_intervals a JOIN users u ON u.id = a.user_id",
    )
    assert held == [(1, "anna", NOON, None)]
    assert rows(session, "SELECT DISTINCT u.login FROM order_events e JOIN users u ON u.id = e.manager_id") == [
        ("anna",)
    ]


def test_who_may_not_give_orders_away_places_them_for_themselves_alone(session):
    """Else placing would be the way around the permission that giving an order to somebody needs."""
    a_stocked_product(session, "TEA", 10)
    a_manager(session, "anna")
    admin = find_actor(session, "admin")
    placer = admin.narrowed([Permission.ORDER_PLACE])
    before = written(session)
    with pytest.raises(Forbidden) as refused:
        an_order(session, {"TEA": 1}, manager="anna", actor=placer)
    assert (refused.value.code, refused.value.rows[0]["value"]) == ("not_allowed", "order.assign")
    assert written(session) == before
    for manager in (None, "admin"):
        assert an_order(session, {"TEA": 1}, manager=manager, actor=placer).created
    assert an_order(session, {"TEA": 1}, manager="anna", actor=admin).created


@pytest.mark.parametrize("login", ["eva", "gone", "system", "nobody"])
def test_an_order_is_placed_for_nobody_who_does_not_move_orders(session, login):
    a_stocked_product(session, "TEA", 10)
    a_manager(session, "eva", Role.EXECUTIVE)
    a_manager(session, "gone")
    session.execute(text("UPDATE users SET is_active = false WHERE login = 'gone'"))
    with pytest.raises(Invalid) as refused:
        an_order(session, {"TEA": 1}, manager=login)
    assert [row["field"] for row in refused.value.rows] == ["manager"]


def test_a_later_wish_moves_the_promise(session):
    a_stocked_product(session, "TEA", 10)
    wish = NOON + timedelta(days=10)
    an_order(session, {"TEA": 1}, requested_at=wish)
    assert rows(session, "SELECT requested_at, promised_at FROM orders") == [(wish, wish)]


def test_what_is_short_is_backordered_and_told(session):
    a_stocked_product(session, "TEA", 2)
    an_order(session, {"TEA": 5})
    assert levels(session) == {("MAIN", "TEA"): (2, 2)}
    [(payload,)] = rows(session, "SELECT payload FROM order_events WHERE kind = 'order.reserved'")
    assert payload["backordered"] == [{"position": 1, "quantity": "3.000"}]


def test_lines_of_one_sku_never_promise_a_unit_twice(session):
    a_stocked_product(session, "TEA", 4)
    an_order(session, {}, lines=[*asked({"TEA": 3}), *asked({"TEA": 3})])
    assert levels(session) == {("MAIN", "TEA"): (4, 4)}
    assert rows(session, "SELECT quantity FROM reservations ORDER BY id") == [(3,), (1,)]


def test_lines_of_one_sku_are_short_together_when_all_or_nothing_is_asked(session):
    a_stocked_product(session, "TEA", 4)
    with pytest.raises(Conflict) as refusal:
        an_order(session, {}, lines=[*asked({"TEA": 3}), *asked({"TEA": 3})], allow_backorder=False)
    assert refusal.value.rows == [{"field": "lines[1].quantity", "sku": "TEA", "requested": "6", "available": "4.000"}]


def test_a_shortage_refused_leaves_nothing_behind(session):
    a_stocked_product(session, "TEA", 2)
    before = written(session)
    with pytest.raises(Conflict) as refusal:
        an_order(session, {"TEA": 3}, allow_backorder=False)
    assert refusal.value.code == "short_of_stock"
    assert written(session) == before
    assert levels(session) == {("MAIN", "TEA"): (2, 0)}


def test_the_asked_warehouse_serves_before_the_channels_own_and_the_rest_is_split(session):
    a_warehouse(session, "NORTH")
    a_stocked_product(session, "TEA", 5)
    session.execute(
        text(
            "INSERT INTO stock_levels (location_id, product_id, on_hand)"
            " SELECT l.id, p.id, 2 FROM locations l, products p WHERE l.code = 'NORTH'"
        )
    )
    an_order(session, {"TEA": 3}, warehouse="NORTH")
    assert levels(session) == {("NORTH", "TEA"): (2, 2), ("MAIN", "TEA"): (5, 1)}
    an_order(session, {"TEA": 1})
    assert levels(session)["MAIN", "TEA"] == (5, 2)


def test_a_hold_gives_the_reservation_an_end(session):
    a_stocked_product(session, "TEA", 5)
    an_order(session, {"TEA": 1}, hold_minutes=30)
    assert rows(session, "SELECT state, expires_at FROM reservations") == [("held", NOON + timedelta(minutes=30))]


def test_the_price_is_that_of_the_quantity_and_of_the_day(session):
    a_product(session, "TEA", price="10.00")
    a_price(session, "TEA", "9.00", min_quantity="5")
    a_price(session, "TEA", "12.00", valid_from=NOON + timedelta(days=1))
    a_price(session, "TEA", "11.00", valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    for quantity, price in (("0.5", "11.00"), ("4.999", "11.00"), ("5", "9.00")):
        an_order(session, {"TEA": quantity})
        [(paid,)] = rows(session, "SELECT unit_price FROM order_lines ORDER BY id DESC LIMIT 1")
        assert paid == Decimal(price)


def test_a_price_said_on_the_line_goes_before_the_list(session):
    a_product(session, "TEA", price="10.00", tax_rate="0.2")
    an_order(session, {}, lines=[LineRequest("TEA", Decimal(2), Decimal("6.00"), discount=Decimal("2.00"))])
    assert rows(session, "SELECT unit_price, discount, net, tax, gross FROM order_lines") == [
        (Decimal("6.00"), Decimal("2.00"), Decimal("8.33"), Decimal("1.67"), Decimal("10.00"))
    ]


def test_the_cost_is_that_of_the_first_supplier(session):
    product_id = a_product(session, "TEA")
    for code, cost, priority in (("slow", "3.0000", 2), ("quick", "4.2500", 1)):
        session.execute(
            text(
                "WITH s AS (INSERT INTO suppliers (code, name) VALUES (:code, :code) RETURNING id)"
                " INSERT INTO supply_terms (supplier_id, product_id, unit_cost, priority)"
                " SELECT id, :product_id, :cost, :priority FROM s"
            ),
            {"code": code, "product_id": product_id, "cost": Decimal(cost), "priority": priority},
        )
    an_order(session, {"TEA": 1})
    assert rows(session, "SELECT unit_cost FROM order_lines") == [(Decimal("4.2500"),)]


def test_a_known_contact_and_name_is_the_same_customer(session):
    a_product(session, "TEA")
    for phone in ("+48 600 100 200", "+48600100200"):
        an_order(session, {"TEA": 1}, customer=CustomerRef(name="Ada", phone=phone))
    an_order(session, {"TEA": 1}, customer=CustomerRef(name="Bob", phone="+48600100200", email="Bob@x.org"))
    assert rows(session, "SELECT name FROM customers ORDER BY id") == [("Ada",), ("Bob",)]
    assert rows(session, "SELECT normalised FROM contacts ORDER BY id") == [
        ("+48600100200",), ("bob@x.org",), ("+48600100200",)
    ]  # fmt: skip


def test_the_address_goes_along_with_the_order(session):
    a_product(session, "TEA")
    an_order(session, {"TEA": 1}, customer=CustomerRef(name="Ada", address="1 Main St", region="North"))
    assert rows(session, "SELECT ship_to, ship_region FROM orders") == [({"text": "1 Main St"}, "North")]
    assert rows(session, "SELECT details FROM addresses") == [({"text": "1 Main St"},)]


def test_a_thousand_lines_fit_into_one_order(session):
    skus = {f"S-{index}": 1 for index in range(1000)}
    session.execute(
        text("INSERT INTO products (sku, name) SELECT sku, sku FROM unnest(CAST(:skus AS text[])) AS g (sku)"),
        {"skus": list(skus)},
    )
    lines = [LineRequest(sku, Decimal(1), Decimal("1.00")) for sku in skus]
    an_order(session, {}, lines=lines, customer=CustomerRef(id=a_customer(session)))
    assert rows(session, "SELECT count(*), max(position) FROM order_lines") == [(1000, 1000)]
