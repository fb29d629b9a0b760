"""Undoing an import takes back exactly what it brought in, or nothing where somebody has built on it."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from building import a_stocked_product
from imported import broken_invariants, rejected, rows_of
from olist_folder import OlistFolder
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from oms_core import door, schema
from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.db import make_sessions
from oms_core.errors import Conflict, Forbidden, NotFound
from oms_core.orders.progress import move_order
from pipelines.imports.mapping import Mapping
from pipelines.imports.olist import import_olist
from pipelines.imports.orders import import_orders
from pipelines.imports.products import import_products
from pipelines.imports.stock import import_stock
from pipelines.imports.undoing import list_batches, undo_import

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HISTORY = Mapping(history=True, create_products=True, date_format="%Y-%m-%d %H:%M")
KEPT_AS_RECORDS = {"audit_log", "import_batches", "import_files", "import_rows", "import_entries", "mart_dirty_days"}


def checksums(engine: Engine) -> dict[str, str | None]:
    with engine.connect() as connection:
        return {
            name: connection.scalar(text(f"SELECT md5(string_agg(x::text, ',' ORDER BY x::text)) FROM {name} x"))
            for name in schema.metadata.tables
            if name not in KEPT_AS_RECORDS
        }


def undo(engine: Engine, actor: Actor, batch: int | None) -> int:
    return door.run(make_sessions(engine), actor, undo_import, batch=batch).orders


def a_workbook(path: Path, *, rows: int, faults: int) -> list[int]:
    """Orders of one line each; returns the lines at fault, every quarter of them for another reason."""
    lines = [
        [f"R{row}", "2026-02-03 09:15", f"S{row % 40}", "2", "4.50", f"Ada {row % 300}", f"c{row % 300}@example.com"]
        for row in range(rows)
    ]
    step = rows // faults
    wrong = {0: (4, "a lot"), 1: (1, "yesterday"), 2: (3, "-1"), 3: (2, "")}
    for fault in range(faults):
        column, value = wrong[fault % 4]
        lines[fault * step + 3][column] = value
    columns = ["external_ref", "placed_at", "sku", "quantity", "unit_price", "customer_name", "email"]
    pl.DataFrame(lines, schema=columns, orient="row").write_excel(path)
    return [fault * step + 5 for fault in range(faults)]


def walk_through_a_workbook(engine: Engine, admin: Actor, folder: Path, *, rows: int) -> None:
    path = folder / "orders.xlsx"
    at_fault = a_workbook(path, rows=rows, faults=20)
    before = checksums(engine)

    report = import_orders(engine, path, channel="desk", mapping=HISTORY, actor=admin, now=NOW)
    assert [line for line, _ in rejected(report)] == at_fault
    assert {column for _, column in rejected(report)} == {"unit_price", "placed_at", "quantity", "sku"}
    assert report.created["orders"] == rows - 20
    assert broken_invariants(engine) == []
    again = import_orders(engine, path, channel="desk", mapping=HISTORY, actor=admin, now=NOW)
    assert (again.created["orders"], again.unchanged) == (0, rows - 20)

    assert undo(engine, admin, report.batch) == rows - 20
    assert checksums(engine) == before
    assert broken_invariants(engine) == []
    assert rows_of(engine, f"SELECT state FROM import_batches WHERE id = {report.batch}") == [("undone",)]
    told = "SELECT count(*), min(actor_id) FROM audit_log WHERE table_name = 'import_batches'"
    assert rows_of(engine, told) == [(1, admin.id)]
    assert rows_of(engine, "SELECT count(*) FROM audit_log WHERE action = 'delete'") == [(0,)]
    assert rows_of(engine, "SELECT count(*) > 0 FROM mart_dirty_days WHERE cause = 'import.undone'") == [(True,)]
    assert import_orders(engine, path, channel="desk", mapping=HISTORY, actor=admin).created["orders"] == rows - 20


def test_a_workbook_with_twenty_faults_goes_in_but_for_them_and_goes_again(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    walk_through_a_workbook(fresh_engine, admin, tmp_path, rows=400)


@pytest.mark.full
def test_so_does_one_of_five_thousand_rows(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    walk_through_a_workbook(fresh_engine, admin, tmp_path, rows=5_000)


def placed_now(engine: Engine, admin: Actor, folder: Path) -> int:
    with make_sessions(engine).begin() as session:
        a_stocked_product(session, "A", "50")
    path = folder / "orders.csv"
    rows = "".join(f"N{row},A,{row % 3 + 1},Ada {row},ada{row}@example.com,Main street {row}\n" for row in range(20))
    path.write_text("external_ref,sku,quantity,customer_name,email,address\n" + rows)
    report = import_orders(engine, path, channel="desk", actor=admin, now=NOW)
    assert report.created["orders"] == 20
    assert report.batch is not None
    return report.batch


def test_orders_placed_now_give_back_what_they_reserved(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "B", "1")
    (tmp_path / "b").mkdir()
    first = placed_now(fresh_engine, admin, tmp_path)
    undo(fresh_engine, admin, first)
    before = checksums(fresh_engine)
    second = import_orders(fresh_engine, tmp_path / "orders.csv", channel="desk", actor=admin, now=NOW).batch
    assert checksums(fresh_engine) != before
    assert undo(fresh_engine, admin, second) == 20
    assert checksums(fresh_engine) == before
    assert broken_invariants(fresh_engine) == []
    with pytest.raises(Conflict, match="undone before"):
        undo(fresh_engine, admin, second)
    with pytest.raises(NotFound):
        undo(fresh_engine, admin, 10**6)


def test_a_batch_one_order_of_which_moved_on_stays_whole(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    batch = placed_now(fresh_engine, admin, tmp_path)
    ((number,),) = rows_of(fresh_engine, "SELECT number FROM orders ORDER BY id LIMIT 1")
    door.run(make_sessions(fresh_engine), admin, move_order, number=number, to="confirm")
    before = checksums(fresh_engine)
    with pytest.raises(Conflict) as refusal:
        undo(fresh_engine, admin, batch)
    assert refusal.value.code == "import_built_on"
    assert {"kind": "order", "name": number, "found": "order_events"} in refusal.value.rows
    assert checksums(fresh_engine) == before


def test_products_and_stock_go_back_to_what_they_were(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    goods, stock = tmp_path / "products.csv", tmp_path / "stock.csv"
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "5")
    before = checksums(fresh_engine)
    goods.write_text("sku,name,price,category,supplier,unit_cost\nA,Renamed,12.00,Tea,LEAF,2\nC,New,3.00,Cups,LEAF,1\n")
    of_goods = import_products(fresh_engine, goods, actor=admin, now=NOW).batch
    with_goods = checksums(fresh_engine)
    stock.write_text("sku,warehouse,quantity,unit_cost\nA,MAIN,7,2.00\nC,MAIN,4,1.00\n")
    of_stock = import_stock(fresh_engine, stock, actor=admin, now=NOW).batch

    with pytest.raises(Conflict) as refusal:
        undo(fresh_engine, admin, of_goods)
    assert {"kind": "product", "name": "C", "found": "stock_levels"} in refusal.value.rows
    undo(fresh_engine, admin, of_stock)
    assert checksums(fresh_engine) == with_goods
    undo(fresh_engine, admin, of_goods)
    assert checksums(fresh_engine) == before
    assert import_stock(fresh_engine, stock, actor=admin, now=NOW).created["receipts"] == 1  # C is gone with its import


def test_an_import_of_olist_goes_as_a_whole_with_its_terms_of_supply(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    folder = OlistFolder().write(tmp_path / "olist")
    first = import_olist(fresh_engine, folder, actor=admin)  # the channel it makes stays
    undo(fresh_engine, admin, first.batch)
    before = checksums(fresh_engine)
    taken = import_olist(fresh_engine, folder, actor=admin)
    assert rows_of(fresh_engine, "SELECT count(*) > 0 FROM supply_terms") == [(True,)]
    assert undo(fresh_engine, admin, taken.batch) == taken.created["orders"] > 0
    assert checksums(fresh_engine) == before


def test_stock_that_was_promised_since_is_not_taken_back(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "5")
    stock = tmp_path / "stock.csv"
    stock.write_text("sku,warehouse,quantity\nA,MAIN,7\n")
    batch = import_stock(fresh_engine, stock, actor=admin, now=NOW).batch
    placed_rows = tmp_path / "orders.csv"
    placed_rows.write_text("external_ref,sku,quantity\n1,A,2\n")
    import_orders(fresh_engine, placed_rows, channel="desk", actor=admin, now=NOW)
    before = checksums(fresh_engine)
    with pytest.raises(Conflict):
        undo(fresh_engine, admin, batch)
    assert checksums(fresh_engine) == before


def test_an_import_from_before_there_were_notes_is_refused(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    orders = placed_now(fresh_engine, admin, tmp_path)
    goods, stock = tmp_path / "products.csv", tmp_path / "stock.csv"
    goods.write_text("sku,name\nC,New\n")
    stock.write_text("sku,warehouse,quantity\nC,MAIN,4\n")
    of_goods = import_products(fresh_engine, goods, actor=admin, now=NOW).batch
    of_stock = import_stock(fresh_engine, stock, actor=admin, now=NOW).batch
    with fresh_engine.begin() as connection:
        connection.execute(text("DELETE FROM import_entries"))
    before = checksums(fresh_engine)
    for batch in (orders, of_goods, of_stock):
        with pytest.raises(Conflict) as refusal:
            undo(fresh_engine, admin, batch)
        assert refusal.value.code == "import_not_noted"
        with pytest.raises(DBAPIError, match="built on"), fresh_engine.begin() as connection:
            connection.execute(text("SELECT undo_import(:batch)"), {"batch": batch})
    assert checksums(fresh_engine) == before


def test_an_undo_that_is_killed_midway_leaves_everything(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    batch = placed_now(fresh_engine, admin, tmp_path)
    before = checksums(fresh_engine)
    with fresh_engine.connect() as undoing, fresh_engine.connect() as killer:
        undoing.execute(text("SELECT undo_import(:batch)"), {"batch": batch})
        assert undoing.scalar(text("SELECT count(*) FROM orders")) == 0
        own = undoing.scalar(text("SELECT pg_backend_pid()"))
        killer.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
        with pytest.raises(DBAPIError):
            undoing.execute(text("SELECT 1"))
        undoing.invalidate()
    assert checksums(fresh_engine) == before
    assert undo(fresh_engine, admin, batch) == 20


def test_nobody_but_the_undo_removes_what_the_journal_tells(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    placed_now(fresh_engine, admin, tmp_path)
    with fresh_engine.connect() as connection:
        connection.execute(text("SET LOCAL oms.undoing = 'on'"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM order_events -- PL/pgSQL function undo_import(bigint) line 1"))


def test_imports_need_their_permission(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    batch = placed_now(fresh_engine, admin, tmp_path)
    nobody = Actor(admin.id, admin.login, roles=frozenset({Role.MANAGER}), permissions=frozenset())
    with pytest.raises(Forbidden):
        undo(fresh_engine, nobody, batch)
    with pytest.raises(Forbidden):
        import_orders(fresh_engine, tmp_path / "orders.csv", channel="desk", actor=nobody)
    with make_sessions(fresh_engine)() as session:
        (kept,) = list_batches(session)
    assert (kept.batch, kept.orders, kept.customers, kept.state) == (batch, 20, 20, "active")
