"""The real Olist orders: none lost, every cent there, every untidy one named."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from oms_core import integrity
from oms_core.access.actors import find_actor
from oms_core.db import make_sessions
from pipelines.imports.olist import import_olist

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

WARNINGS = {
    "order_without_items": 775,
    "order_without_payment": 1,
    "payment_differs": 303,
    "delivered_without_time": 8,
    "cancelled_but_delivered": 6,
    "cancelled_after_handover": 75,
    "carrier_before_approval": 1_359,
    "delivered_before_carrier": 23,
    "stamps_out_of_order": 1_382,
}
STATUSES = {
    ("delivered", "done"): 96_478, ("shipped", "deliver"): 1_107, ("canceled", "cancelled"): 625,
    ("unavailable", "cancelled"): 609, ("invoiced", "supply"): 314, ("processing", "supply"): 301,
    ("created", "new"): 5, ("approved", "confirm"): 2,
}  # fmt: skip
CREATED = {
    "orders": 99_441, "order_lines": 102_425, "payments": 103_886, "products": 32_951, "suppliers": 3_095,
    "customers": 96_096, "shipments": 98_927, "shipment_lines": 101_323, "stock_moves": 101_323, "supply_terms": 34_448,
}  # fmt: skip


def test_every_order_goes_in_and_a_second_run_adds_none(fresh_engine: Engine, shared: Path) -> None:
    folder = shared / "data" / "olist"
    with make_sessions(fresh_engine)() as session:
        admin = find_actor(session, "admin")
    first = import_olist(fresh_engine, folder, actor=admin)

    assert {table: first.created[table] for table in CREATED} == CREATED
    assert first.unchanged == 0
    assert first.rejected.is_empty()
    assert {row["code"]: row["count"] for row in first.to_json()["warnings"]} == WARNINGS
    assert sorted(first.files.values()) == [71, 3_095, 32_951, 99_441, 99_441, 103_886, 112_650]

    second = import_olist(fresh_engine, folder, actor=admin)
    assert not any(second.created.values())
    assert second.unchanged == 99_441
    assert [row["code"] for row in second.to_json()["warnings"]] == ["file_already_imported"]


def test_money_and_statuses_are_the_sources(olist_engine: Engine) -> None:
    with olist_engine.connect() as connection:
        sums = connection.execute(text("SELECT sum(gross), sum(shipping), sum(paid) FROM orders")).one()
        items = connection.execute(text("SELECT sum(quantity), sum(gross) FROM order_lines")).one()
        paid = connection.execute(text("SELECT sum(gross) FROM payments")).scalar_one()
        statuses = connection.execute(text("SELECT external_status, status, count(*) FROM orders GROUP BY 1, 2")).all()
    assert tuple(sums) == (Decimal("13591643.70"), Decimal("2251909.54"), Decimal("16008872.12"))
    assert tuple(items) == (112_650, Decimal("13591643.70"))
    assert paid == Decimal("16008872.12")
    assert {(theirs, ours): count for theirs, ours, count in statuses} == STATUSES


def test_every_invariant_holds(olist_engine: Engine) -> None:
    with make_sessions(olist_engine)() as session:
        assert [finding for finding in integrity.check(session) if finding.rows] == []


def test_deliveries_after_the_promised_day_are_as_many_as_in_the_source(olist_engine: Engine) -> None:
    zone = "AT TIME ZONE 'America/Sao_Paulo'"
    late = f"""
        SELECT count(DISTINCT o.id) FILTER (WHERE (s.delivered_at {zone})::date > (o.first_promised_at {zone})::date),
               count(DISTINCT o.id) FILTER (WHERE s.delivered_at > o.first_promised_at)
        FROM orders o JOIN shipments s ON s.order_id = o.id WHERE o.status = 'done'"""
    with olist_engine.connect() as connection:
        by_day, by_instant = connection.execute(text(late)).one()
    assert by_day == by_instant == 6_534


def test_the_schema_is_as_migrated_after_the_guards_were_lifted(olist_engine: Engine, fresh_engine: Engine) -> None:
    """Indexes, keys, foreign keys and triggers of the loaded database are those of an untouched one."""
    constraints = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), conenforced, convalidated"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    )
    queries = (
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        constraints,
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    )
    for query in queries:
        with olist_engine.connect() as loaded, fresh_engine.connect() as untouched:
            rows = [tuple(row) for row in loaded.execute(text(query))]
            assert rows == [tuple(row) for row in untouched.execute(text(query))]
            assert rows
