"""Untidy and broken Olist rows: rejected with file, line and column, or taken in with a warning; nothing is lost."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from imported import broken_invariants, rejected_by_file, rows_of, warned
from olist_folder import OlistFolder, a_customer, a_payment, an_item, an_order
from sqlalchemy import Engine

from oms_core.access.actors import Actor
from oms_core.errors import Invalid
from pipelines.imports.olist import import_olist

ORDERS, ITEMS, PAYMENTS = (
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
)


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

    assert sorted(rejected_by_file(report)) == sorted(expected)
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

    assert rejected_by_file(report) == [(ITEMS, 6, "order_item_id")]
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


def test_unreadable_lines_are_rejected_by_their_line(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    folder = OlistFolder().write(tmp_path)
    with (folder / ITEMS).open("a", encoding="utf-8") as items:
        items.write('o1,4,p1\n\no1,5,"p1,s1,1.00,0.00\no1,6,p1,s1,1.00,0.00\n')
    report = import_olist(fresh_engine, folder, actor=admin)

    assert rejected_by_file(report) == [(ITEMS, 6, ""), (ITEMS, 8, "")]
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
