"""Products and stock of one's own: what goes in, what is rejected, and that a second time changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from building import a_stocked_product, an_order
from imported import rejected, rows_of
from sqlalchemy import Engine

from oms_core import integrity
from oms_core.access.actors import Actor
from oms_core.db import make_sessions
from pipelines.imports.products import import_products
from pipelines.imports.stock import import_stock

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADER = (
    "sku,name,price,category,uom,barcode,tax_rate,supplier,unit_cost,minimum_order_quantity,pack_size,lead_time_days"
)
PRODUCTS = f"""{HEADER}
A,Lamp,19.99,Lights,pcs,590,0.23,ACME,7.5,10,5,14
B,Cable,2.50,,m,,0.23,,,,,
C,Broken,-1,,,,,,,,,
D,Broken,1,,,,23,,,,,
E,Broken,1,,,,,ACME,,0,,
A,Again,1,,,,,,,,,
,Nameless,1,,,,,,,,,
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "file.csv"
    path.write_text(content)
    return path


def test_products_go_in_with_price_category_and_terms(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    report = import_products(fresh_engine, write(tmp_path, PRODUCTS), actor=admin, now=NOW)

    assert rejected(report) == [
        (4, "price"), (5, "tax_rate"), (6, "minimum_order_quantity"), (7, "sku"), (8, "sku"),
    ]  # fmt: skip
    assert report.created == {
        "products": 2, "changed": 0, "categories": 1, "prices": 2, "suppliers": 1, "supply_terms": 1,
    }  # fmt: skip
    assert rows_of(
        fresh_engine,
        "SELECT sku, p.name, c.code, uom, barcode, tax_rate, unit_price, valid_from FROM products p"
        " JOIN prices ON product_id = p.id LEFT JOIN categories c ON c.id = category_id ORDER BY 1",
    ) == [
        ("A", "Lamp", "Lights", "pcs", "590", Decimal("0.2300"), Decimal("19.99"), NOW),
        ("B", "Cable", None, "m", None, Decimal("0.2300"), Decimal("2.50"), NOW),
    ]
    assert rows_of(
        fresh_engine, "SELECT unit_cost, minimum_order_quantity, pack_size, lead_time_days FROM supply_terms"
    ) == [(Decimal("7.5000"), Decimal(10), Decimal(5), 14)]


def test_the_same_products_again_change_nothing(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    path = write(tmp_path, PRODUCTS)
    import_products(fresh_engine, path, actor=admin, now=NOW)
    again = import_products(fresh_engine, path, actor=admin, now=NOW + timedelta(days=1))

    assert not any(again.created.values())
    assert again.unchanged == 2
    assert [row["code"] for row in again.to_json()["warnings"]] == ["file_already_imported"]


def test_a_known_product_changes_in_what_the_file_says(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    import_products(fresh_engine, write(tmp_path, PRODUCTS), actor=admin, now=NOW)
    changed = write(tmp_path, "sku,name,price\nA,Lamp XL,24.99\nB,Cable,2.50\n")
    report = import_products(fresh_engine, changed, actor=admin, now=NOW + timedelta(days=1))

    assert (report.created["changed"], report.created["prices"], report.unchanged) == (1, 1, 1)
    assert rows_of(fresh_engine, "SELECT name, barcode, uom FROM products WHERE sku = 'A'") == [
        ("Lamp XL", "590", "pcs")
    ]
    assert rows_of(
        fresh_engine, "SELECT unit_price FROM prices JOIN products p ON p.id = product_id WHERE sku = 'A' ORDER BY 1"
    ) == [(Decimal("19.99"),), (Decimal("24.99"),)]


def test_a_dry_run_of_products_writes_nothing(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    report = import_products(fresh_engine, write(tmp_path, PRODUCTS), actor=admin, now=NOW, dry_run=True)

    assert (report.created["products"], report.batch) == (2, None)
    assert rows_of(fresh_engine, "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM import_batches)") == [
        (0,)
    ]


STOCK = "sku,warehouse,quantity,unit_cost\nA,MAIN,10,7.5\nA,MAIN,2.5,\nB,MAIN,1,\nA,MOON,1,\nA,MAIN,0,\nA,MAIN,many,\n"


def test_stock_is_received_once_and_serves_who_waits(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "1")
        an_order(session, {"A": 4})
    path = write(tmp_path, STOCK)
    report = import_stock(fresh_engine, path, actor=admin, now=NOW)

    assert rejected(report) == [(4, "sku"), (5, "warehouse"), (6, "quantity"), (7, "quantity")]
    assert report.created == {"receipts": 2}
    assert rows_of(fresh_engine, "SELECT on_hand, reserved FROM stock_levels") == [(Decimal("13.500"), Decimal(4))]
    again = import_stock(fresh_engine, path, actor=admin, now=NOW)
    assert (again.created, again.unchanged) == ({"receipts": 0}, 2)
    assert rows_of(fresh_engine, "SELECT on_hand FROM stock_levels") == [(Decimal("13.500"),)]
    with make_sessions(fresh_engine)() as session:
        assert [finding for finding in integrity.check(session) if finding.rows] == []


def test_a_line_that_was_rejected_is_received_when_its_product_is_known(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "1")
    path = write(tmp_path, STOCK)
    import_stock(fresh_engine, path, actor=admin, now=NOW)
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "B", "1")
    report = import_stock(fresh_engine, path, actor=admin, now=NOW)

    assert (report.created, report.unchanged) == ({"receipts": 1}, 2)
    assert rows_of(fresh_engine, "SELECT sum(on_hand) FROM stock_levels") == [(Decimal("15.500"),)]


def test_a_dry_run_of_stock_writes_nothing(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "1")
    report = import_stock(fresh_engine, write(tmp_path, STOCK), actor=admin, now=NOW, dry_run=True)

    assert (report.created, report.batch) == ({"receipts": 2}, None)
    assert rows_of(fresh_engine, "SELECT on_hand FROM stock_levels") == [(Decimal("1.000"),)]
    assert rows_of(fresh_engine, "SELECT count(*) FROM import_batches") == [(0,)]
