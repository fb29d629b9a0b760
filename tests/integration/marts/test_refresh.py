"""Refreshing: by whole changed days or in full, the marts are the same; a crash only repeats work."""

import random

import polars as pl
import pytest
from living_shop import LivingShop, refresh_settled, wait_until_settled
from polars.testing import assert_frame_equal
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.merging import merge_customers, undo_merge
from oms_core.db import make_sessions
from oms_core.errors import Busy
from pipelines import jobs
from pipelines.jobs import refresh
from pipelines.marts import MARTS, building
from pipelines.store import Store


def rows_of(store: Store, name: str) -> pl.DataFrame:
    frame = store.frame(name)
    return frame.select(sorted(frame.columns)).sort(MARTS[name].grain)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in (2, 3, 4, 6))])
def test_refreshing_by_days_equals_a_full_rebuild_in_parts_row_by_row(fresh_engine, tmp_path, monkeypatch, seed):
    shop = LivingShop(make_sessions(fresh_engine), seed)
    by_days, in_full = Store(str(tmp_path / "by_days")), Store(str(tmp_path / "in_full"))
    chance = random.Random(seed)
    shop.live(150)
    done = [refresh(fresh_engine, by_days)]
    for _ in range(8):
        shop.live(chance.randint(1, 12))
        done.append(refresh(fresh_engine, by_days))
    refresh_settled(fresh_engine, by_days)
    assert sum(refreshed["days"] is not None for refreshed in done) >= 3, [refreshed["days"] for refreshed in done]
    monkeypatch.setattr(building, "ORDERS_AT_ONCE", 15)
    refresh(fresh_engine, in_full, full=True)
    refresh_settled(fresh_engine, in_full)
    for name in MARTS:
        assert rows_of(by_days, name).height > 0, name
        assert_frame_equal(rows_of(by_days, name), rows_of(in_full, name))
    assert by_days.fresh_to() == in_full.fresh_to()


def test_a_transaction_that_commits_late_is_not_lost(fresh_engine, tmp_path, monkeypatch):
    shop, store = LivingShop(make_sessions(fresh_engine), 4), Store(str(tmp_path))
    shop.live(40)
    refresh(fresh_engine, store)
    with fresh_engine.connect() as slow:
        first_day = "SELECT min((placed_at AT TIME ZONE 'UTC')::date), 'test' FROM orders"
        # It takes its transaction id first …
        slow.execute(text(f"INSERT INTO mart_dirty_days (day, cause) {first_day}"))
        shop.live(20)  # … others take theirs and commit
        refresh(fresh_engine, store)
        slow.commit()
    horizon = store.watermark().horizon
    day = store.frame("order_facts")["placed_at"].dt.date().min()
    days_rebuilt = []
    frames = jobs._frames
    monkeypatch.setattr(jobs, "_frames", lambda c, s, scope: days_rebuilt.append(scope) or frames(c, s, scope))
    refresh_settled(fresh_engine, store)
    assert any(scope is None or day in scope.placed_days for scope in days_rebuilt)
    assert store.watermark().horizon > horizon


def test_the_horizon_waits_for_the_oldest_transaction_still_running(fresh_engine, tmp_path):
    shop, store = LivingShop(make_sessions(fresh_engine), 5), Store(str(tmp_path))
    with fresh_engine.connect() as slow:
        held = slow.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
        shop.live(10)
        refresh(fresh_engine, store)
        assert store.watermark().horizon <= held


@pytest.mark.parametrize("full", [True, pytest.param(False, marks=pytest.mark.full)])
def test_a_crash_before_the_commit_leaves_the_former_publication_and_only_repeats_work(
    fresh_engine, tmp_path, monkeypatch, full
):
    monkeypatch.setattr(building, "ORDERS_AT_ONCE", 5)
    shop, store = LivingShop(make_sessions(fresh_engine), 6), Store(str(tmp_path / "crashed"))
    shop.live(150)
    refresh_settled(fresh_engine, store)
    before = {name: rows_of(store, name) for name in MARTS}
    shop.live(4)
    wait_until_settled(fresh_engine)  # else there might be nothing to publish, and nowhere to crash

    def crash(stage: str, _share: float) -> None:
        if stage == "revenue":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(fresh_engine, store, full=full, progress=crash)
    reopened = Store(str(tmp_path / "crashed"))
    for name, frame in before.items():
        assert_frame_equal(rows_of(reopened, name), frame)

    assert refresh(fresh_engine, reopened)["days"] is not None
    refresh_settled(fresh_engine, reopened)
    whole = Store(str(tmp_path / "whole"))
    refresh_settled(fresh_engine, whole)
    for name in MARTS:
        assert_frame_equal(rows_of(reopened, name), rows_of(whole, name))


def test_a_second_refresh_at_the_same_time_is_refused(fresh_engine, tmp_path):
    store = Store(str(tmp_path))

    def refresh_again(stage: str, _share: float) -> None:
        if stage == "order_facts":
            with pytest.raises(Busy, match="Another refresh"):
                refresh(fresh_engine, store)
            refused.append(stage)

    refused: list[str] = []
    refresh(fresh_engine, store, progress=refresh_again)
    assert refused == ["order_facts"]


def test_a_changed_fact_that_marts_have_copied_rebuilds_everything(fresh_engine, tmp_path):
    shop, store = LivingShop(make_sessions(fresh_engine), 7), Store(str(tmp_path))
    shop.live(40)
    refresh_settled(fresh_engine, store)
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE products SET name = 'Washer' WHERE sku = 'NUT'"))
    assert refresh(fresh_engine, store)["days"] == 0
    labels = store.frame("dimensions").filter(kind="product", code="NUT")
    assert labels["label"].to_list() == ["Washer"]
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE products SET sku = 'WASHER' WHERE sku = 'NUT'"))
    assert refresh(fresh_engine, store)["days"] is None
    assert "WASHER" in store.frame("order_lines")["sku"].to_list()


def test_a_fresh_shop_without_orders_has_empty_marts(fresh_engine, tmp_path):
    store = Store(str(tmp_path))
    done = refresh(fresh_engine, store)
    assert done["fresh_to"] is None
    assert {name: figures["rows"] for name, figures in done["marts"].items() if name != "dimensions"} == dict.fromkeys(
        set(MARTS) - {"dimensions"}, 0
    )
    assert refresh(fresh_engine, store)["days"] == 0


def test_the_marts_of_another_database_are_rebuilt(fresh_database, tmp_path):
    store = Store(str(tmp_path))
    first, second = fresh_database(), fresh_database()
    LivingShop(make_sessions(first), 8).live(30)
    refresh(first, store)
    refresh(second, store)
    assert store.frame("order_facts").is_empty()


def test_a_dirty_day_is_rebuilt_though_no_event_tells_of_it(fresh_engine, tmp_path):
    shop, store = LivingShop(make_sessions(fresh_engine), 9), Store(str(tmp_path))
    shop.live(150)
    refresh_settled(fresh_engine, store)
    day = store.frame("order_facts")["placed_day"].min()
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE customers SET kind = 'b2b'"))
    refresh_settled(fresh_engine, store)
    assert store.frame("order_facts")["customer_kind"].unique().to_list() == ["b2c"]
    with fresh_engine.begin() as connection:
        connection.execute(text("INSERT INTO mart_dirty_days (day, cause) VALUES (:day, 'customers')"), {"day": day})
    refresh_settled(fresh_engine, store)
    kinds = dict(store.frame("order_facts").group_by("placed_day").agg(pl.col("customer_kind").first()).iter_rows())
    assert kinds[day] == "b2b"


def test_orders_of_merged_customers_are_one_customers_in_the_marts_and_two_again_once_parted(fresh_engine, tmp_path):
    shop, store, full = LivingShop(make_sessions(fresh_engine), 5), Store(str(tmp_path)), Store(str(tmp_path / "full"))
    shop.live(60)
    refresh_settled(fresh_engine, store)
    owners = store.frame("order_facts")["customer_id"]
    kept, gone = owners.value_counts(sort=True)["customer_id"].head(2).to_list()
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    merge_id = door.run(shop.sessions, admin, merge_customers, kept_id=kept, gone_id=gone)
    refresh_settled(fresh_engine, store)
    merged = store.frame("order_facts")["customer_id"]
    assert gone not in merged.to_list()
    assert merged.to_list().count(kept) == owners.is_in([kept, gone]).sum()
    refresh(fresh_engine, full, full=True)
    assert_frame_equal(rows_of(store, "order_facts"), rows_of(full, "order_facts"))
    door.run(shop.sessions, admin, undo_merge, merge_id=merge_id)
    refresh_settled(fresh_engine, store)
    assert sorted(store.frame("order_facts")["customer_id"].to_list()) == sorted(owners.to_list())
