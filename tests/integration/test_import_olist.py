"""The Olist import on small hand-made folders: what goes in, what is rejected and why, what is warned about."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from olist_folder import OlistFolder, a_customer, a_payment, an_item, an_order
from sqlalchemy import Engine, text

from oms_core import integrity
from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from oms_core.errors import Busy, Invalid
from pipelines.bulk import bulk_transaction
from pipelines.imports.batches import take_turn
from pipelines.imports.olist import import_olist
from pipelines.imports.report import ImportReport

ORDERS, ITEMS, PAYMENTS = (
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
)


@pytest.fixture
def admin(fresh_engine: Engine) -> Actor:
    with make_sessions(fresh_engine)() as session:
        return find_actor(session, "admin")


def rows_of(engine: Engine, query: str, **values: object) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def rejected(report: ImportReport) -> list[tuple[str, int, str]]:
    return [(row["file"], row["line"], row["column"]) for row in report.to_json()["rejected"]]


def warned(report: ImportReport) -> dict[str, int]:
    return {row["code"]: row["count"] for row in report.to_json()["warnings"]}


def broken_invariants(engine: Engine) -> list[object]:
    with make_sessions(engine)() as session:
        return [finding for finding in integrity.check(session) if finding.rows]


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


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda f: f.change("orders", 1, order_purchase_timestamp="2017-02-30 10:00:00"),
         [(ITEMS, 5, "order_id"), (PAYMENTS, 3, "order_id"), (ORDERS, 3, "order_purchase_timestamp")]),
        (lambda f: f.change("orders", 1, order_approved_at="yesterday"),
         [(ITEMS, 5, "order_id"), (PAYMENTS, 3, "order_id"), (ORDERS, 3, "order_approved_at")]),
        (lambda f: f.change("orders", 1, order_status="lost"),
         [(ITEMS, 5, "order_id"), (PAYMENTS, 3, "order_id"), (ORDERS, 3, "order_status")]),
        (lambda f: f.change("orders", 1, customer_id="nobody"),
         [(ITEMS, 5, "order_id"), (PAYMENTS, 3, "order_id"), (ORDERS, 3, "customer_id")]),
        (lambda f: f.add("orders", an_order("o1", "c1", "created")), [(ORDERS, 4, "order_id")]),
        (lambda f: f.add("items", an_item("o9", "1", "p1", "s1", "1.00", "0.00")), [(ITEMS, 6, "order_id")]),
        (lambda f: f.add("items", an_item("o1", "3", "p2", "s2", "5.00", "1.00")), [(ITEMS, 6, "order_item_id")]),
        (lambda f: f.add("items", an_item("o1", "4", "p9", "s1", "1.00", "0.00")), [(ITEMS, 6, "product_id")]),
        (lambda f: f.add("items", an_item("o1", "4", "p1", "s9", "1.00", "0.00")), [(ITEMS, 6, "seller_id")]),
        (lambda f: f.change("items", 2, price="-5.00"), [(ITEMS, 4, "price")]),
        (lambda f: f.change("items", 2, price="5.001"), [(ITEMS, 4, "price")]),
        (lambda f: f.change("items", 2, price="five"), [(ITEMS, 4, "price")]),
        (lambda f: f.change("items", 2, freight_value=""), [(ITEMS, 4, "freight_value")]),
        (lambda f: f.add("payments", a_payment("o1", "-1.00", sequence="2")), [(PAYMENTS, 4, "payment_value")]),
        (lambda f: f.add("payments", a_payment("o1", "1.00")), [(PAYMENTS, 4, "payment_sequential")]),
        (lambda f: f.add("customers", a_customer("c1", "person2")),
         [("olist_customers_dataset.csv", 4, "customer_id")]),
        (lambda f: f.change("products", 1, product_weight_g="heavy"),
         [("olist_products_dataset.csv", 3, "product_weight_g"), (ITEMS, 4, "product_id"), (ITEMS, 5, "product_id")]),
    ],
)  # fmt: skip
def test_a_broken_row_is_rejected_with_its_dependants_and_the_rest_goes_in(
    fresh_engine: Engine, admin: Actor, tmp_path: Path, spoil: Any, expected: list[tuple[str, int, str]]
) -> None:
    report = import_olist(fresh_engine, spoil(OlistFolder()).write(tmp_path), actor=admin)

    assert sorted(rejected(report)) == sorted(expected)
    assert all(row["reason"] for row in report.to_json()["rejected"])
    lost_orders = sum(file == ORDERS and line == 3 for file, line, _ in expected)
    assert report.created["orders"] == 2 - lost_orders
    recorded = rows_of(fresh_engine, "SELECT file, line, \"column\" FROM import_rows WHERE severity = 'error'")
    assert sorted(recorded) == sorted(expected)
    assert broken_invariants(fresh_engine) == []


def test_an_order_that_lost_a_line_goes_in_and_is_said_to_be_incomplete(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    folder = OlistFolder().change("items", 2, price="free")
    report = import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert warned(report) == {"order_incomplete": 1, "payment_differs": 1}
    assert rows_of(fresh_engine, "SELECT gross, shipping FROM orders WHERE external_ref = 'o1'") == [
        (Decimal("21.00"), Decimal("4.00"))
    ]


def test_of_duplicates_the_first_wins_and_no_order_is_incomplete_for_it(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    folder = OlistFolder().add("items", an_item("o1", "1", "p1", "s1", "99.00", "9.00"))
    report = import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert rejected(report) == [(ITEMS, 6, "order_item_id")]
    assert warned(report) == {}
    assert rows_of(fresh_engine, "SELECT gross FROM orders WHERE external_ref = 'o1'") == [(Decimal("26.00"),)]


UNTIDY = [
    ({"order_delivered_customer_date": ""}, {"delivered_without_time"}),
    ({"order_delivered_carrier_date": "2017-05-02 10:30:00"}, {"carrier_before_approval", "stamps_out_of_order"}),
    ({"order_delivered_carrier_date": "2017-05-09 10:30:00"}, {"delivered_before_carrier", "stamps_out_of_order"}),
    ({"order_status": "canceled"}, {"cancelled_but_delivered", "cancelled_after_handover"}),
    ({"order_status": "canceled", "order_delivered_customer_date": ""}, {"cancelled_after_handover"}),
    ({"order_status": "unavailable", "order_delivered_customer_date": "", "order_delivered_carrier_date": ""}, set()),
    ({"order_approved_at": ""}, set()),
    ({"order_estimated_delivery_date": ""}, set()),
]


@pytest.mark.parametrize(("values", "codes"), UNTIDY)
def test_an_untidy_order_goes_in_with_a_warning_and_whole(
    fresh_engine: Engine, admin: Actor, tmp_path: Path, values: dict[str, str], codes: set[str]
) -> None:
    report = import_olist(fresh_engine, OlistFolder().change("orders", 0, **values).write(tmp_path), actor=admin)

    assert report.created["orders"] == 2
    assert report.rejected.is_empty()
    assert set(warned(report)) == codes
    assert all(row["examples"] == ["o1"] for row in report.to_json()["warnings"])
    assert broken_invariants(fresh_engine) == []


def test_stamps_out_of_order_bound_the_visits_by_their_running_maximum(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    folder = OlistFolder().change("orders", 0, order_delivered_carrier_date="2017-05-02 10:30:00")
    import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert rows_of(
        fresh_engine,
        "SELECT i.status, wall_seconds FROM status_intervals i JOIN orders o ON o.id = i.order_id"
        " WHERE o.external_ref = 'o1' ORDER BY visit",
    ) == [("new", 3600), ("confirm", 0), ("deliver", (6 * 24 + 9) * 3600)]
    assert rows_of(
        fresh_engine,
        "SELECT e.occurred_at FROM order_events e WHERE to_status = 'deliver'",
    ) == [(datetime(2017, 5, 2, 13, 30, tzinfo=UTC),)]


def test_a_cancelled_order_that_had_left_keeps_the_carriers_word_and_moves_no_goods(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    import_olist(fresh_engine, OlistFolder().change("orders", 0, order_status="canceled").write(tmp_path), actor=admin)

    assert rows_of(fresh_engine, "SELECT count(*) FROM stock_moves") == [(0,)]
    assert rows_of(fresh_engine, "SELECT code FROM shipment_events ORDER BY occurred_at") == [
        ("handed_over",),
        ("delivered",),
    ]
    assert rows_of(
        fresh_engine,
        "SELECT quantity, reason, previous_status, time_estimated, gross FROM cancellations ORDER BY id",
    ) == [
        (Decimal(2), "unknown", "confirm", True, Decimal("21.00")),
        (Decimal(1), "unknown", "confirm", True, Decimal("5.00")),
    ]
    assert rows_of(
        fresh_engine,
        "SELECT DISTINCT quantity_cancelled = quantity, quantity_shipped FROM order_lines l"
        " JOIN orders o ON o.id = l.order_id WHERE o.external_ref = 'o1'",
    ) == [(True, Decimal(0))]


def test_an_order_without_items_or_payment_keeps_its_status(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().add("orders", an_order("o3", "c1", "unavailable"), an_order("o4", "c1", "shipped"))
    report = import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert warned(report) == {"order_without_items": 2, "order_without_payment": 2}
    assert rows_of(
        fresh_engine,
        "SELECT o.external_ref, o.status, c.reason, c.quantity, c.order_line_id FROM orders o"
        " LEFT JOIN cancellations c ON c.order_id = o.id WHERE o.external_ref IN ('o3', 'o4') ORDER BY 1",
    ) == [("o3", "cancelled", "out_of_stock", None, None), ("o4", "deliver", None, None, None)]
    assert broken_invariants(fresh_engine) == []


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


def test_unreadable_lines_are_rejected_by_their_line(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    with (folder / ITEMS).open("a", encoding="utf-8") as items:
        items.write('o1,4,p1\n\no1,5,"p1,s1,1.00,0.00\no1,6,p1,s1,1.00,0.00\n')
    report = import_olist(fresh_engine, folder, actor=admin)

    assert rejected(report) == [(ITEMS, 6, ""), (ITEMS, 8, "")]
    assert report.files[ITEMS] == 7
    assert rows_of(fresh_engine, "SELECT sum(quantity) FROM order_lines") == [(Decimal(5),)]


def test_a_missing_file_or_column_is_refused_by_name(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    text_of_orders = (folder / ORDERS).read_text()
    (folder / ORDERS).write_text(text_of_orders.replace("order_status", "state"))
    with pytest.raises(Invalid, match="lacks the column order_status"):
        import_olist(fresh_engine, folder, actor=admin)
    (folder / ORDERS).unlink()
    with pytest.raises(Invalid, match=r"olist_orders_dataset\.csv .* is missing"):
        import_olist(fresh_engine, folder, actor=admin)
    assert rows_of(fresh_engine, "SELECT count(*) FROM channels WHERE code = 'olist'") == [(0,)]


def test_when_nothing_goes_in_the_report_says_so(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder()
    for index in (0, 1):
        folder.change("orders", index, order_purchase_timestamp="never")
    folder.rows["customers"] = [a_customer("", "x")]
    folder.rows["products"] = [{"product_id": "", "product_category_name": "", "product_weight_g": ""}]
    folder.rows["sellers"] = [{"seller_id": "", "seller_state": ""}]
    report = import_olist(fresh_engine, folder.write(tmp_path), actor=admin)

    assert report.nothing_went_in
    assert len(report.to_json()["rejected"]) == 11


def test_two_imports_at_once_are_refused(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    with bulk_transaction(fresh_engine) as cursor:
        take_turn(cursor)
        with pytest.raises(Busy, match="Another import is running"):
            import_olist(fresh_engine, folder, actor=admin)
    assert import_olist(fresh_engine, folder, actor=admin).created["orders"] == 2
