"""Orders of one's own that are placed now, as the desk would place them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from building import a_stocked_product
from imported import broken_invariants, rejected, rows_of
from sqlalchemy import Engine

from oms_core.access.actors import Actor
from oms_core.db import make_sessions
from oms_core.errors import Conflict
from pipelines.imports.mapping import Mapping
from pipelines.imports.orders import import_orders

PLACED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_todays_orders_are_placed_and_reserve_stock(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "5")
    path = tmp_path / "orders.csv"
    path.write_text(
        "external_ref,sku,quantity,customer_name,email\n"
        "1,A,2,Ada,ada@example.com\n1,A,1,Ada,ada@example.com\n2,A,9,Bob,\n3,A,1,Eve,no-address\n3,B,1,Eve,\n4,B,1,Eve,\n"
    )
    report = import_orders(fresh_engine, path, channel="desk", actor=admin, now=PLACED)

    assert report.created["orders"] == 2
    assert rejected(report) == [(5, "external_ref"), (6, "sku"), (7, "sku")]
    assert rows_of(
        fresh_engine, "SELECT external_ref, status, placed_at, gross, import_batch_id FROM orders ORDER BY 1"
    ) == [
        ("1", "new", PLACED, Decimal("30.00"), report.batch),
        ("2", "new", PLACED, Decimal("90.00"), report.batch),
    ]
    assert rows_of(fresh_engine, "SELECT on_hand, reserved FROM stock_levels") == [(Decimal(5), Decimal(5))]
    again = import_orders(fresh_engine, path, channel="desk", actor=admin, now=PLACED)
    assert (again.created["orders"], again.unchanged) == (0, 2)
    assert broken_invariants(fresh_engine) == []


def test_orders_are_not_placed_in_a_channel_of_another_currency(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("external_ref,sku,quantity\n1,A,2\n")
    with pytest.raises(Conflict, match="sells in EUR"):
        import_orders(fresh_engine, path, channel="desk", mapping=Mapping(currency="GBP"), actor=admin)
