"""Invariants 11 and 12: marts equal their raw rows, quantiles do not cross; and both can be seen to break."""

import polars as pl
from living_shop import LivingShop, refresh_settled
from sqlalchemy import text

from oms_core.db import make_sessions
from pipelines.integrity import check_all, check_marts, check_quantiles
from pipelines.store import Manifest, Store

# What an order's row copies from elsewhere without an event: changed behind everybody's back.
TAMPERING = (
    "UPDATE orders SET ship_region = 'elsewhere'",
    "UPDATE cancellations SET derived_cause = 'weather'",
    "UPDATE status_intervals SET status = 'new' WHERE status <> 'new'",
    "UPDATE order_lines SET unit_cost = 1",
)


def test_without_marts_and_forecasts_nothing_is_broken(fresh_engine, tmp_path):
    store = Store(str(tmp_path))
    with fresh_engine.connect() as connection:
        assert check_marts(connection, store).rows == 0
    assert check_quantiles(store).rows == 0


def test_a_shop_that_lived_breaks_no_invariant(fresh_engine, tmp_path):
    sessions, store = make_sessions(fresh_engine), Store(str(tmp_path))
    LivingShop(sessions, 11).live(80)
    refresh_settled(fresh_engine, store)
    with sessions() as session:
        findings = check_all(session, store)
    assert [finding for finding in findings if finding.rows] == []
    assert [finding.code[:2] for finding in findings] == sorted(finding.code[:2] for finding in findings)
    assert {"11_marts", "12_quantiles"} <= {finding.code for finding in findings}


def test_a_change_without_an_event_is_found(fresh_engine, tmp_path):
    store = Store(str(tmp_path))
    LivingShop(make_sessions(fresh_engine), 12).live(60)
    refresh_settled(fresh_engine, store)
    for tampering in TAMPERING:
        with fresh_engine.connect() as connection:
            connection.execute(text(tampering))
            found = any(check_marts(connection, store, now=attempt).rows for attempt in range(40))
            connection.rollback()
        assert found, tampering


def test_a_changed_stock_mart_is_found(fresh_engine, tmp_path):
    store = Store(str(tmp_path))
    LivingShop(make_sessions(fresh_engine), 13).live(60)
    refresh_settled(fresh_engine, store)
    wrong = store.frame("daily_stock").with_columns(received=pl.col("received") + 1)
    published = store.publish(
        "daily_stock", wrong.with_columns(pl.col("received").cast(pl.Decimal(14, 3))), partition_by=["month"]
    )
    marts = {**store.manifest().marts, "daily_stock": published}
    store.commit(Manifest(marts=marts, watermark=store.watermark()))
    with fresh_engine.connect() as connection:
        assert sum(check_marts(connection, store, now=attempt).rows for attempt in range(8)) > 0


def test_crossing_quantiles_are_found(tmp_path):
    store = Store(str(tmp_path))
    good = {"unique_id": ["A", "B"], "q0.1": [1.0, 2.0], "q0.5": [1.0, 3.0], "q0.95": [4.0, 9.0]}
    store.publish("forecasts", pl.DataFrame(good))
    assert check_quantiles(store).rows == 0
    store.publish("forecast_sums", pl.DataFrame(good | {"q0.5": [5.0, 3.0]}))
    assert check_quantiles(store).rows == 1
