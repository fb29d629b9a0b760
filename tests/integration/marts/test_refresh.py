"""Refreshing: by whole changed days or in full, the marts are the same; a crash only repeats work."""

import random
from datetime import date

import polars as pl
import pytest
from living_shop import LivingShop
from polars.testing import assert_frame_equal
from sqlalchemy import text

from oms_core.db import make_sessions
from oms_core.errors import Busy
from pipelines.jobs import refresh
from pipelines.marts import MARTS
from pipelines.store import Store


def rows_of(store: Store, name: str) -> pl.DataFrame:
    frame = store.frame(name)
    return frame.select(sorted(frame.columns)).sort(MARTS[name].grain)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_refreshing_by_days_equals_a_full_rebuild_row_by_row(fresh_engine, tmp_path, seed):
    shop = LivingShop(make_sessions(fresh_engine), seed)
    by_days, in_full = Store(str(tmp_path / "by_days")), Store(str(tmp_path / "in_full"))
    chance = random.Random(seed)
    shop.live(150)
    done = [refresh(fresh_engine, by_days)]
    for _ in range(8):
        shop.live(chance.randint(1, 12))
        done.append(refresh(fresh_engine, by_days))
    assert sum(refreshed["days"] is not None for refreshed in done) >= 3, [refreshed["days"] for refreshed in done]
    refresh(fresh_engine, in_full, full=True)
    for name in MARTS:
        assert rows_of(by_days, name).height > 0, name
        assert_frame_equal(rows_of(by_days, name), rows_of(in_full, name))
    assert by_days.fresh_to() == in_full.fresh_to()
