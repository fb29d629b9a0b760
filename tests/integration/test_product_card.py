"""The card of a product says what the ledger says, now and after the next order."""

from datetime import timedelta
from decimal import Decimal

import pytest
from building import NOON, a_price, a_stocked_product, a_warehouse, an_order, levels, stocked
from sqlalchemy import text

from oms_core.errors import NotFound
from oms_core.inventory.product_card import read_product_card


def test_the_card_says_what_the_ledger_says_and_follows_it(session):
    a_warehouse(session, "EAST")
    a_stocked_product(session, "MUG", 5)
    stocked(session, "MUG", 3, warehouse="EAST")
    for quantity in (2, 4):
        an_order(session, {"MUG": quantity})
        card = read_product_card(session, sku="MUG", now=NOON)
        told = {(place.warehouse, "MUG"): (place.on_hand, place.reserved) for place in card.places}
        assert told == levels(session)
        assert all(place.available == place.on_hand - place.reserved for place in card.places)
    assert sum(place.reserved for place in card.places) == 6


def test_the_card_says_what_comes_when_and_what_it_costs_by_each_list(session):
    a_stocked_product(session, "MUG", 5, price="10.00")
    a_price(session, "MUG", "8.00", min_quantity="10")
    a_price(session, "MUG", "11.00", valid_from=NOON - timedelta(days=1))
    a_price(session, "MUG", "99.00", valid_from=NOON + timedelta(days=1))
    session.execute(text("INSERT INTO price_lists (code, currency) VALUES ('dealers', 'PLN')"))
    session.execute(
        text(
            "INSERT INTO prices (price_list_id, product_id, valid_from, unit_price)"
            " SELECT l.id, p.id, :at, 30 FROM price_lists l, products p WHERE l.code = 'dealers'"
        ),
        {"at": NOON},
    )
    session.execute(text("INSERT INTO suppliers (code, name) VALUES ('ACME', 'Acme')"))
    session.execute(
        text(
            "INSERT INTO purchase_orders (supplier_id, warehouse_id, state, created_at, ordered_at, actor_id, currency)"
            " SELECT s.id, w.id, 'ordered', :at, :at, u.id, 'EUR' FROM suppliers s, warehouses w, users u"
            " WHERE w.code = 'MAIN' AND u.login = 'admin'"
        ),
        {"at": NOON},
    )
    session.execute(
        text(
            "INSERT INTO purchase_order_lines"
            " (purchase_order_id, position, product_id, quantity, received, unit_cost, expected_on)"
            " SELECT o.id, 1, p.id, 20, 5, 4, '2026-03-09' FROM purchase_orders o, products p"
        )
    )
    card = read_product_card(session, sku="MUG", now=NOON)
    assert [(one.price_list, one.currency, one.min_quantity, one.unit_price) for one in card.prices] == [
        ("dealers", "PLN", 1, 30),
        ("standard", "EUR", 1, 11),
        ("standard", "EUR", 10, 8),
    ]
    [coming] = card.coming
    assert (coming.warehouse, coming.quantity, str(coming.expected_on)) == ("MAIN", Decimal(15), "2026-03-09")


def test_a_product_that_is_not_there_is_told(session):
    with pytest.raises(NotFound):
        read_product_card(session, sku="NOTHING", now=NOON)
