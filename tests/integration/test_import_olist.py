"""The Olist import on small hand-made folders: what goes in, what is rejected and why, what is warned about."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from imported import broken_invariants, rows_of, warned
from olist_folder import OlistFolder, a_customer, a_payment, an_item, an_order
from sqlalchemy import Engine

from oms_core.access.actors import Actor
from oms_core.errors import Busy
from pipelines.bulk import bulk_transaction
from pipelines.imports.batches import take_turn
from pipelines.imports.olist import import_olist

ORDERS, ITEMS, PAYMENTS = (
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
)


def test_orders_go_in_with_lines_money_and_goods(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    report = import_olist(fresh_engine, OlistFolder().write(tmp_path), actor=admin)

    assert report.rejected.is_empty()
    assert report.to_json()["warnings"] == []
    assert report.created["orders"] == 2
    assert rows_of(
        fresh_engine,
        "SELECT external_ref, external_status, status, gross, shipping, total, paid FROM orders ORDER BY external_ref",
    ) == [
        ("o1", "delivered", "done", Decimal("26.00"), Decimal("5.00"), Decimal("31.00"), Decimal("31.00")),
        ("o2", "created", "new", Decimal("5.00"), Decimal("1.00"), Decimal("6.00"), Decimal("6.00")),
    ]
    assert rows_of(
        fresh_engine,
        "SELECT o.external_ref, l.position, p.sku, s.code, l.quantity, l.unit_price, l.quantity_shipped"
        " FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id"
        " JOIN suppliers s ON s.id = l.supplier_id ORDER BY 1, 2",
    ) == [
        ("o1", 1, "p1", "s1", Decimal(2), Decimal("10.50"), Decimal(2)),
        ("o1", 2, "p2", "s2", Decimal(1), Decimal("5.00"), Decimal(1)),
        ("o2", 1, "p2", "s2", Decimal(1), Decimal("5.00"), Decimal(0)),
    ]
    assert rows_of(fresh_engine, "SELECT count(*) FROM stock_levels") == [(0,)]
    assert broken_invariants(fresh_engine) == []


def test_parties_are_registered_once(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    import_olist(fresh_engine, OlistFolder().write(tmp_path), actor=admin)

    assert rows_of(fresh_engine, "SELECT name, region, external_ref FROM customers") == [
        ("Customer person1", "SP", "person1")
    ]
    assert rows_of(fresh_engine, "SELECT details->>'city' FROM addresses ORDER BY 1") == [("franca",), ("rio",)]
    assert rows_of(fresh_engine, "SELECT sku, name, weight_kg FROM products ORDER BY sku") == [
        ("p1", "Furniture decor p1", Decimal("0.250")),
        ("p2", "Product p2", None),
    ]
    assert rows_of(fresh_engine, "SELECT code, ships_direct FROM suppliers ORDER BY 1") == [("s1", True), ("s2", True)]
    assert rows_of(fresh_engine, "SELECT count(*) FROM supply_terms") == [(2,)]
    assert rows_of(fresh_engine, "SELECT is_virtual FROM warehouses WHERE code = 'DIRECT'") == [(True,)]


def test_sellers_ship_from_their_own_stock(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    import_olist(fresh_engine, OlistFolder().write(tmp_path), actor=admin)

    assert rows_of(
        fresh_engine,
        "SELECT p.sku, m.quantity, f.code, t.code, m.done_at FROM stock_moves m JOIN products p ON p.id = m.product_id"
        " JOIN locations f ON f.id = m.from_location_id JOIN locations t ON t.id = m.to_location_id ORDER BY 1",
    ) == [
        ("p1", Decimal(2), "SUPPLIERS", "CUSTOMERS", datetime(2017, 5, 3, 12, tzinfo=UTC)),
        ("p2", Decimal(1), "SUPPLIERS", "CUSTOMERS", datetime(2017, 5, 3, 12, tzinfo=UTC)),
    ]
    assert rows_of(fresh_engine, "SELECT count(*), count(delivered_at) FROM shipments") == [(2, 2)]


def test_the_journal_is_rebuilt_from_the_stamps(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    import_olist(fresh_engine, OlistFolder().write(tmp_path), actor=admin)

    events = rows_of(
        fresh_engine,
        "SELECT e.sequence, e.kind, e.from_status, e.to_status, e.occurred_at AT TIME ZONE 'America/Sao_Paulo'"
        " FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.external_ref = 'o1' ORDER BY 1",
    )
    placed, approved = datetime(2017, 5, 2, 10), datetime(2017, 5, 2, 11)  # noqa: DTZ001 - the shop's own clock
    carrier, delivered = datetime(2017, 5, 3, 9), datetime(2017, 5, 8, 20)  # noqa: DTZ001
    assert events == [
        (1, "order.placed", None, "new", placed),
        (2, "payment.received", None, None, approved),
        (3, "order.status_changed", "new", "confirm", approved),
        (4, "order.shipped", None, None, carrier),
        (5, "order.status_changed", "confirm", "deliver", carrier),
        (6, "order.status_changed", "deliver", "done", delivered),
        (7, "order.delivered", None, None, delivered),
    ]
    assert rows_of(
        fresh_engine,
        "SELECT visit, i.status, wall_seconds, business_seconds FROM status_intervals i"
        " JOIN orders o ON o.id = i.order_id WHERE o.external_ref = 'o1' ORDER BY 1",
    ) == [
        (1, "new", 3600, 3600),
        (2, "confirm", 22 * 3600, 7 * 3600),
        (3, "deliver", (5 * 24 + 11) * 3600, 4 * 9 * 3600),
    ]


def test_a_promise_lasts_until_its_day_ends(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    import_olist(fresh_engine, OlistFolder().write(tmp_path), actor=admin)

    assert rows_of(fresh_engine, "SELECT DISTINCT first_promised_at, promised_at FROM orders") == [
        (datetime(2017, 5, 11, 2, 59, 59, tzinfo=UTC), datetime(2017, 5, 11, 2, 59, 59, tzinfo=UTC))
    ]


def test_a_second_run_creates_nothing(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    first = import_olist(fresh_engine, folder, actor=admin)
    counts = (
        "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_events), (SELECT count(*) FROM import_rows)"
    )
    before = rows_of(fresh_engine, counts)
    second = import_olist(fresh_engine, folder, actor=admin)

    assert not any(second.created.values())
    assert second.unchanged == 2
    assert warned(second) == {"file_already_imported": 7}
    assert second.batch == first.batch
    assert not second.nothing_went_in
    assert rows_of(fresh_engine, counts) == before


def test_an_extended_set_adds_only_what_is_new(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder()
    import_olist(fresh_engine, folder.write(tmp_path), actor=admin)
    folder.change("orders", 1, order_status="approved")
    folder.add("orders", an_order("o3", "c3", "created")).add("customers", a_customer("c3", "person3"))
    folder.add("items", an_item("o3", "1", "p1", "s2", "7.00", "1.00")).add("payments", a_payment("o3", "8.00"))
    report = import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert (report.created["orders"], report.created["customers"], report.created["supply_terms"]) == (1, 1, 1)
    assert report.created["products"] == 0
    assert report.unchanged == 2
    assert rows_of(fresh_engine, "SELECT external_ref, status FROM orders ORDER BY 1") == [
        ("o1", "done"), ("o2", "new"), ("o3", "new"),
    ]  # fmt: skip
    assert broken_invariants(fresh_engine) == []


def test_two_imports_at_once_are_refused(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    with bulk_transaction(fresh_engine) as cursor:
        take_turn(cursor)
        with pytest.raises(Busy, match="Another import is running"):
            import_olist(fresh_engine, folder, actor=admin)
    assert import_olist(fresh_engine, folder, actor=admin).created["orders"] == 2
