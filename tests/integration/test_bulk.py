"""Bulk loading: exact values, reserved ids, and guards that hold whether they were lifted or not."""

import re
import threading
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import psycopg2
import pytest
from building import a_stocked_product, an_order
from sqlalchemy import Engine, text

from oms_core.db import make_sessions
from oms_core.errors import Busy, DatabaseAway
from pipelines.bulk import GuardBroken, bulk_transaction, copy_frame, guarded_load, guards, read_frame, reserve_ids
from pipelines.bulk.guards import _RULES

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLES = ("customers", "orders", "order_lines", "cancellations", "status_intervals", "order_holds")


def test_a_database_that_goes_away_during_a_load_is_told_as_such(fresh_engine: Engine) -> None:
    ended = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(DatabaseAway), bulk_transaction(fresh_engine) as cursor:
        cursor.execute(ended)
    with bulk_transaction(fresh_engine) as cursor:
        cursor.execute("SELECT 1")


def test_a_frame_comes_back_as_it_went_in(fresh_engine: Engine) -> None:
    frame = pl.DataFrame(
        {
            "sku": ["plain", 'quo"te, comma\nline', "ünïcode"],
            "name": ["", "x", "y"],
            "barcode": [None, "", "1"],
            "weight_kg": pl.Series([Decimal("99999999999.999"), None, Decimal("0.001")], dtype=pl.Decimal(14, 3)),
            "is_active": [True, False, True],
        }
    )
    with bulk_transaction(fresh_engine) as cursor:
        assert copy_frame(cursor, "products", frame) == 3
        query = "SELECT sku, name, barcode, weight_kg, is_active::text FROM products WHERE id > %s ORDER BY id"
        schema = {name: pl.String if name == "is_active" else kind for name, kind in frame.schema.items()}
        back = read_frame(cursor, query, schema, (0,))
        cursor.execute("SELECT count(*) FROM products WHERE barcode IS NULL OR name IS NULL")
        nulls = cursor.fetchone()
    assert nulls == (1,)
    assert back["weight_kg"].to_list() == frame["weight_kg"].to_list()
    assert back["sku"].to_list() == frame["sku"].to_list()
    assert back["is_active"].to_list() == ["true", "false", "true"]


def test_instants_keep_their_microseconds_and_zone(fresh_engine: Engine) -> None:
    moment = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    frame = pl.DataFrame({"name": ["c"], "created_at": pl.Series([moment], dtype=pl.Datetime("us", "UTC"))})
    with bulk_transaction(fresh_engine) as cursor:
        copy_frame(cursor, "customers", frame)
        cursor.execute("SELECT created_at FROM customers")
        assert cursor.fetchone() == (moment,)


def test_a_rehearsal_keeps_nothing(fresh_engine: Engine) -> None:
    with bulk_transaction(fresh_engine, keep=False) as cursor:
        copy_frame(cursor, "customers", pl.DataFrame({"name": ["c"]}))
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM customers")) == 0


def test_a_load_that_others_block_is_refused_as_busy(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as other:
        other.execute(text("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Busy, match="Nothing was written"), bulk_transaction(fresh_engine) as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'; INSERT INTO customers (name) VALUES ('c')")


def test_reserved_ids_are_nobody_elses_while_others_write(fresh_engine: Engine) -> None:
    """Writers insert all the time; blocks taken meanwhile never meet their ids."""
    stop, inserted = threading.Event(), []

    def write() -> None:
        with fresh_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not stop.is_set():
                row = connection.execute(text("INSERT INTO customers (name) VALUES ('w') RETURNING id"))
                inserted.append(row.scalar_one())

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    blocks = []
    for _ in range(100):
        with bulk_transaction(fresh_engine) as cursor:
            blocks.append(reserve_ids(cursor, "customers", 50))
    stop.set()
    for writer in writers:
        writer.join()
    reserved = [number for block in blocks for number in block]
    assert len(set(reserved)) == 5_000
    assert inserted
    assert not set(reserved) & set(inserted)


def test_guards_are_lifted_only_where_there_is_no_order(fresh_engine: Engine) -> None:
    with bulk_transaction(fresh_engine) as cursor, guarded_load(cursor, TABLES) as lifted:
        assert lifted
    with make_sessions(fresh_engine).begin() as session:
        a_stocked_product(session, "A", "5")
        an_order(session, {"A": 1})
    with bulk_transaction(fresh_engine) as cursor, guarded_load(cursor, TABLES) as lifted:
        assert not lifted


def test_guards_stay_where_the_server_is_too_old_to_lift_them(fresh_engine: Engine, monkeypatch) -> None:
    monkeypatch.setattr(guards, "_KNOWS_NOT_ENFORCED", 990_000)
    with bulk_transaction(fresh_engine) as cursor, guarded_load(cursor, TABLES) as lifted:
        assert not lifted


def test_guards_stay_where_somebody_is_at_the_tables(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM orders"))
        with bulk_transaction(fresh_engine) as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            with guarded_load(cursor, TABLES) as lifted:
                assert not lifted
                copy_frame(cursor, "customers", pl.DataFrame({"name": ["c"]}))
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM customers")) == 1


_A_LINE = (
    "INSERT INTO products (sku, name) VALUES ('A', 'A');"
    " INSERT INTO order_lines (order_id, position, product_id, quantity, unit_price, net, tax, gross)"
    " SELECT %(id)s, 1, id, 1, 0, 0, 0, 0 FROM products"
)
_A_CANCELLATION = (
    "INSERT INTO cancellations (order_id, reason, previous_status, previous_group, cancelled_at, actor_id)"
    " VALUES (%(id)s, 'unknown', 'new', 'new', now(), 1)"
)
# By guard: the status of the order that breaks it, and what is loaded beside it.
SPOILT = {
    "cancelled_needs_reason": ("cancelled", "SELECT"),
    "cancelled_covers_all": ("cancelled", f"{_A_LINE}; {_A_CANCELLATION}"),
    "one_open_interval": ("new", "DELETE FROM status_intervals"),
    "no_work_on_hold": (
        "pick",
        "INSERT INTO order_holds (order_id, kind, cause, opened_at) VALUES (%(id)s, 'payment', 'x', now())",
    ),
    "active_reason": (
        "cancelled",
        f"UPDATE cancel_reasons SET is_active = false WHERE code = 'unknown'; {_A_CANCELLATION}",
    ),
}


@pytest.mark.parametrize("guard", sorted(SPOILT))
def test_rows_that_break_a_guard_are_refused_although_it_was_lifted(fresh_engine: Engine, guard: str) -> None:
    with pytest.raises(GuardBroken) as broken:
        load(fresh_engine, SPOILT[guard][1], status=SPOILT[guard][0])
    assert broken.value.guard == guard
    assert len(broken.value.order_ids) == 1
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM orders")) == 0


def test_rows_that_break_a_key_are_refused_although_it_was_lifted(fresh_engine: Engine) -> None:
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        load(fresh_engine, "UPDATE orders SET customer_id = -1")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        load(fresh_engine, "SELECT", orders=2)


def test_every_rule_of_the_triggers_is_checked_when_they_were_off(fresh_engine: Engine) -> None:
    """A rule added to the triggers and forgotten here would let a load break it."""
    functions = (
        "SELECT DISTINCT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'public' AND p.prosrc LIKE '%CONSTRAINT = %' "
        " AND p.proname NOT IN ('refuse_change', 'keep_named_users')"  # these refuse changes and removals
    )
    with fresh_engine.connect() as connection:
        sources = connection.scalars(text(functions)).all()
    named = {name for source in sources for name in re.findall(r"CONSTRAINT = '(\w+)'", source)}
    assert named == set(_RULES)


def load(engine: Engine, spoil: str, *, status: str = "new", orders: int = 1) -> None:
    """Load orders of one reference with the guards lifted, and spoil the last."""
    with bulk_transaction(engine) as cursor, guarded_load(cursor, TABLES):
        for _ in range(orders):
            order_id = load_an_order(cursor, status)
        cursor.execute(spoil, {"id": order_id})


def load_an_order(cursor, status: str) -> int:
    """An order of no lines as a loader writes it."""
    cursor.execute("INSERT INTO customers (name) VALUES ('c') RETURNING id")
    (customer_id,) = cursor.fetchone()
    (order_id,) = reserve_ids(cursor, "orders", 1)
    order = {
        "id": order_id, "channel_id": 1, "customer_id": customer_id, "status": status, "currency": "EUR",
        "external_ref": "one",
    }  # fmt: skip
    at = pl.lit(MOMENT).cast(pl.Datetime("us", "UTC"))
    copy_frame(cursor, "orders", pl.DataFrame([order]).with_columns(placed_at=at))
    if status != "cancelled":
        interval = {"order_id": order_id, "visit": 1, "status": status, "group_code": status}
        copy_frame(cursor, "status_intervals", pl.DataFrame([interval]).with_columns(entered_at=at))
    return order_id
