"""Orders of one's own: past facts by a mapping, or placed now as the desk would."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from building import a_product
from imported import broken_invariants, rejected, rows_of, warned
from sqlalchemy import Engine, text

from oms_core.access.actors import Actor
from oms_core.db import make_sessions
from oms_core.errors import Invalid
from pipelines.imports.mapping import Mapping, read_mapping
from pipelines.imports.orders import import_orders

RETAIL = """
[columns]
external_ref = "Invoice"
placed_at = "InvoiceDate"
sku = "StockCode"
product_name = "Description"
quantity = "Quantity"
unit_price = "Price"
customer_ref = "Customer ID"
[options]
time_zone = "Europe/London"
currency = "GBP"
date_format = "%Y-%m-%d %H:%M:%S"
decimal_comma = false
create_products = true
history = true
"""
RETAIL_ROWS = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID
536365,85123A,WHITE HEART,6,2010-07-01 08:26:00,2.55,17850
536365,71053,LANTERN,2,2010-07-01 08:26:00,3.39,17850
536366,22633,HAND WARMER,6,2010-07-01 08:28:00,1.85,
C536379,D,Discount,-1,2010-07-01 09:41:00,27.50,14527
536367,22633,HAND WARMER,1,2010-07-01 08:34:00,free,13047
"""
PLACED = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def retail(tmp_path: Path) -> tuple[Path, Mapping]:
    (tmp_path / "retail.toml").write_text(RETAIL)
    (tmp_path / "retail.csv").write_text(RETAIL_ROWS)
    return tmp_path / "retail.csv", read_mapping(tmp_path / "retail.toml")


def test_past_orders_go_in_by_the_mapping(fresh_engine: Engine, admin: Actor, retail: tuple[Path, Mapping]) -> None:
    path, mapping = retail
    report = import_orders(fresh_engine, path, channel="retail", mapping=mapping, actor=admin)

    assert rejected(report) == [(5, "Quantity"), (6, "Price")]
    assert (report.created["orders"], report.created["products"], report.created["customers"]) == (2, 3, 2)
    assert rows_of(
        fresh_engine,
        "SELECT o.external_ref, o.status, o.currency, o.placed_at, o.total, c.name FROM orders o"
        " JOIN customers c ON c.id = o.customer_id ORDER BY 1",
    ) == [
        ("536365", "done", "GBP", datetime(2010, 7, 1, 7, 26, tzinfo=UTC), Decimal("22.08"), "Customer 17850"),
        ("536366", "done", "GBP", datetime(2010, 7, 1, 7, 28, tzinfo=UTC), Decimal("11.10"), "Unknown customer"),
    ]
    assert rows_of(fresh_engine, "SELECT count(*) FROM stock_moves") == [(0,)]
    assert "defaulted" in warned(report)
    assert broken_invariants(fresh_engine) == []


def test_the_same_file_again_leaves_the_orders_as_they_are(
    fresh_engine: Engine, admin: Actor, retail: tuple[Path, Mapping]
) -> None:
    path, mapping = retail
    first = import_orders(fresh_engine, path, channel="retail", mapping=mapping, actor=admin)
    again = import_orders(fresh_engine, path, channel="retail", mapping=mapping, actor=admin)

    assert not any(again.created.values())
    assert again.unchanged == 2
    assert warned(again) == {"file_already_imported": 1}
    assert again.batch == first.batch


@pytest.mark.parametrize("history", [True, False])
def test_a_dry_run_reports_the_same_and_writes_nothing(
    fresh_engine: Engine, admin: Actor, tmp_path: Path, history: bool
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "external_ref,placed_at,sku,quantity,unit_price,customer_name\n"
        "a,2026-01-05 10:00:00,X,2,3.00,Ada\nb,2026-01-05 10:00:00,X,none,3.00,Ada\n"
    )
    mapping = Mapping(history=history, create_products=True)
    tables = rows_of(fresh_engine, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    count = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for (name,) in tables)
    before = rows_of(fresh_engine, count)
    rehearsed = import_orders(fresh_engine, path, channel="desk", mapping=mapping, actor=admin, dry_run=True)

    assert rows_of(fresh_engine, count) == before
    assert rehearsed.batch is None
    done = import_orders(fresh_engine, path, channel="desk", mapping=mapping, actor=admin)
    assert rehearsed.to_json() | {"batch": done.batch} == done.to_json()
    assert done.created["orders"] == 1
    assert broken_invariants(fresh_engine) == []


def test_a_workbook_is_read_like_a_text_file(
    fresh_engine: Engine, admin: Actor, tmp_path: Path, retail: tuple[Path, Mapping]
) -> None:
    path = tmp_path / "retail.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet, dates = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"])
    sheet.write_row(1, 0, ["1", "0012", "Lamp", 2])
    sheet.write_datetime(1, 4, datetime(2010, 7, 1, 8, 26), dates)  # noqa: DTZ001 - a sheet knows no zone
    sheet.write_row(1, 5, [2.55, 17850])
    sheet.write_row(3, 0, ["2", "0012", "Lamp", -2])
    book.close()
    report = import_orders(fresh_engine, path, channel="retail", mapping=retail[1], actor=admin)

    assert rejected(report) == [(4, "InvoiceDate")]
    assert rows_of(fresh_engine, "SELECT total, placed_at FROM orders") == [
        (Decimal("5.10"), datetime(2010, 7, 1, 7, 26, tzinfo=UTC))
    ]
    assert rows_of(fresh_engine, "SELECT sku FROM products") == [("0012",)]


def test_past_orders_bring_their_state_their_stamps_and_their_customer(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "external_ref;placed_at\n".replace(";", ",").strip()
        + ",sku,quantity,unit_price,customer_name,phone,email,address,region,comment,status,promised_at,shipped_at,"
        "delivered_at,warehouse,discount,shipping\n"
        "a,2026-01-05 10:00:00,X,2,3.00,Ada,+48 600 100 200,Ada@Example.com,Main street 1,PL,gift,Zakończone,"
        "2026-01-09,2026-01-06 09:00:00,2026-01-07 12:00:00,MAIN,1.00,4.00\n"
        "b,2026-01-05 11:00:00,X,1,3.00,Ada,,,,,,anulowane,,,,,,\n"
        "c,2026-01-05 12:00:00,X,1,3.00,Ada,,,,,,confirm,,,,,,\n"
        "d,2026-01-05 12:00:00,X,1,3.00,Ada,,,,,,odd,,,,NOWHERE,,\n"
        "e,2026-01-05 12:00:00,X,1,3.00,Ada,,,,,,,,,,NOWHERE,,\n"
    )
    statuses = {"Zakończone": "done", "anulowane": "cancelled"}
    with make_sessions(fresh_engine).begin() as session:
        a_product(session, "X", tax_rate="0.2")
    mapping = Mapping(statuses=statuses, history=True)
    report = import_orders(fresh_engine, path, channel="desk", mapping=mapping, actor=admin)

    assert rejected(report) == [(5, "status"), (6, "warehouse")]
    assert rows_of(
        fresh_engine,
        "SELECT external_ref, external_status, status, net, tax, gross, shipping, total, comment, ship_to->>'text',"
        " closed_at FROM orders ORDER BY 1",
    ) == [
        ("a", "Zakończone", "done", Decimal("4.17"), Decimal("0.83"), Decimal("5.00"), Decimal("4.00"),
         Decimal("9.00"), "gift", "Main street 1", datetime(2026, 1, 7, 12, tzinfo=UTC)),
        ("b", "anulowane", "cancelled", Decimal("2.50"), Decimal("0.50"), Decimal("3.00"), Decimal(0),
         Decimal("3.00"), "", None, datetime(2026, 1, 5, 11, tzinfo=UTC)),
        ("c", "confirm", "confirm", Decimal("2.50"), Decimal("0.50"), Decimal("3.00"), Decimal(0),
         Decimal("3.00"), "", None, None),
    ]  # fmt: skip
    assert rows_of(fresh_engine, "SELECT kind, normalised FROM contacts ORDER BY 1") == [
        ("email", "ada@example.com"), ("phone", "+48600100200"),
    ]  # fmt: skip
    assert rows_of(fresh_engine, "SELECT shipped_at FROM shipments") == [(datetime(2026, 1, 6, 9, tzinfo=UTC),)]
    assert broken_invariants(fresh_engine) == []


def test_decimal_commas_are_read_where_the_mapping_says_so(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text('external_ref,placed_at,sku,quantity,unit_price\na,2026-01-05,X,"1,5","1.234,50"\n')
    mapping = Mapping(history=True, create_products=True, decimal_comma=True)
    import_orders(fresh_engine, path, channel="desk", mapping=mapping, actor=admin)

    assert rows_of(fresh_engine, "SELECT quantity, unit_price, gross FROM order_lines") == [
        (Decimal("1.500"), Decimal("1234.50"), Decimal("1851.75"))
    ]


def test_rows_of_an_order_that_contradict_each_other_are_said(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "external_ref,placed_at,sku,quantity,unit_price,customer_name\n"
        "a,2026-01-05,X,1,1.00,Ada\na,2026-01-04,X,1,1.00,Bob\na,2026-01-04,X,0,1.00,Bob\n"
    )
    report = import_orders(
        fresh_engine, path, channel="desk", mapping=Mapping(history=True, create_products=True), actor=admin
    )
    codes = warned(report)
    assert (codes["rows_differ"], codes["order_incomplete"]) == (1, 1)
    assert rows_of(fresh_engine, "SELECT placed_at::date::text FROM orders") == [("2026-01-04",)]


def test_a_column_the_mapping_names_must_be_there(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Ref,sku,quantity\n1,A,2\n")
    with pytest.raises(Invalid, match="lacks the column external_ref"):
        import_orders(fresh_engine, path, channel="desk", actor=admin)


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("[columns]\ncolour = 'x'", "columns.colour"),
        ("[options]\nhistory = 'yes'", "options.history"),
        ("[options]\ntime_zone = 'Mars/Olympus'", "options.time_zone"),
        ("[options]\nencoding = 'cp-nowhere'", "options.encoding"),
        ("[options]\ncurrency = 'zloty'", "options.currency"),
        ("[options]\nspeed = 1", "options.speed"),
        ("[statuses]\nx = 'lost'", "statuses.x"),
        ("[extra]\n", "extra"),
    ],
)
def test_a_mapping_that_says_something_unknown_is_refused_by_name(tmp_path: Path, toml: str, field: str) -> None:
    (tmp_path / "m.toml").write_text(toml)
    with pytest.raises(Invalid) as refused:
        read_mapping(tmp_path / "m.toml")
    assert [row["field"] for row in refused.value.rows] == [field]


def test_a_mapping_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("columns: x")
    with pytest.raises(Invalid, match="is not TOML"):
        read_mapping(tmp_path / "m.toml")


def test_a_new_channel_sells_in_the_currency_of_the_shop(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE price_lists SET currency = 'PLN' WHERE code = 'standard'"))
    (tmp_path / "orders.csv").write_text("external_ref,sku,quantity,unit_price,placed_at\n1,A,1,2.00,2026-03-01\n")
    mapping = Mapping(history=True, create_products=True)
    import_orders(fresh_engine, tmp_path / "orders.csv", channel="new", mapping=mapping, actor=admin)
    assert rows_of(fresh_engine, "SELECT currency FROM channels WHERE code = 'new'") == [("PLN",)]
    assert rows_of(fresh_engine, "SELECT currency FROM orders") == [("PLN",)]
