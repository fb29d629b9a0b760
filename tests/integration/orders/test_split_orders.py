"""One order in many parcels: each line is tracked alone, and the sums always agree."""

from decimal import Decimal

import pytest
from order_life import Shop
from sqlalchemy import text

from oms_core.errors import Conflict
from oms_core.inventory.backorders import lock_to_serve, reserve_backorders
from oms_core.orders.fulfilment import LineQuantity, deliver_order, ship_order
from oms_core.orders.progress import move_order

# For each line: ordered = shipped + cancelled + reserved + waiting, and shipped is what its parcels carry.
ALGEBRA = text("""
SELECT l.position FROM order_lines l
LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM shipment_lines GROUP BY 1) s ON s.order_line_id = l.id
LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM reservations
           WHERE state IN ('held', 'committed') GROUP BY 1) r ON r.order_line_id = l.id
WHERE l.quantity_shipped <> coalesce(s.quantity, 0)
   OR coalesce(r.quantity, 0) > l.quantity - l.quantity_shipped - l.quantity_cancelled
""")


def test_five_lines_go_in_three_parcels_from_two_warehouses_with_one_line_backordered(shop: Shop):
    east = shop.warehouse("EAST")
    for sku, main, there in (("A", 2, 0), ("B", 5, 0), ("C", 0, 4), ("D", 1, 2), ("E", 0, 0)):
        shop.stock(sku, main)
        if there:
            shop.stock(sku, there, warehouse=east)
    number = shop.order(("A", 2), ("B", 5), ("C", 4), ("D", 3), ("E", 1), upto="ship")
    first = shop.do(ship_order, number=number, warehouse=east, carrier="DPD", tracking="E1")
    second = shop.do(ship_order, number=number, lines=[LineQuantity(2, Decimal(3))], tracking="M1")
    third = shop.do(ship_order, number=number, warehouse="MAIN", tracking="M2")
    assert [len(one.shipment_ids) for one in (first, second, third)] == [1, 1, 1]
    card = shop.card(number)
    assert [(parcel.origin, parcel.tracking) for parcel in card.shipments] == [
        ("EAST", "E1"), ("MAIN", "M1"), ("MAIN", "M2"),
    ]  # fmt: skip
    assert [[(part.position, part.quantity) for part in parcel.lines] for parcel in card.shipments] == [
        [(3, 4), (4, 2)], [(2, 3)], [(1, 2), (2, 2), (4, 1)],
    ]  # fmt: skip
    assert [(line.shipped, line.backordered) for line in card.lines] == [(2, 0), (5, 0), (4, 0), (3, 0), (0, 1)]
    assert (card.status, shop.session.execute(ALGEBRA).all()) == ("ship", [])
    assert shop.breaches() == {}
    shop.stock("E", 1)
    product_id = shop.session.scalar(text("SELECT id FROM products WHERE sku = 'E'"))
    lock_to_serve(shop.session, [product_id])
    shop.do(reserve_backorders, product_ids=[product_id])
    assert shop.do(ship_order, number=number, tracking="M3").state.status == "deliver"
    assert shop.do(deliver_order, number=number).status == "done"
    assert shop.session.execute(ALGEBRA).all() == []


def test_of_a_warehouse_no_more_goes_than_is_reserved_there(shop: Shop):
    east = shop.warehouse("EAST")
    shop.stock("A", 2)
    shop.stock("A", 3, warehouse=east)
    number = shop.order(("A", 5), upto="ship")
    with pytest.raises(Conflict) as refusal:
        shop.do(ship_order, number=number, warehouse=east, lines=[LineQuantity(1, Decimal(4))])
    assert refusal.value.rows == [{"position": 1, "quantity": "4", "ready": "3.000"}]
    shop.do(ship_order, number=number, warehouse=east)
    assert (shop.level("A", "EAST"), shop.level("A")) == ((0, 0), (2, 2))
    assert shop.do(move_order, number=number, to="deliver").status == "deliver"
