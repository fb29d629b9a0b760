"""Replays of whole shops: with nothing changed every stay is what it was to the second, every figure its metric."""

from datetime import date, timedelta

import polars as pl
import pytest

from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.replay import Changes, StageChange, read_record, replay_orders
from pipelines.store import Store
from tests.lasting_shops import LAST_DAY, LivedShop

FROM, TO = LAST_DAY - timedelta(days=60), LAST_DAY + timedelta(days=1)


def assert_nothing_moved(stays: pl.DataFrame) -> None:
    for edge in ("entered", "left"):
        assert (stays[f"{edge}_after"] == stays[f"{edge}_before"]).all()
    assert (stays["replayed_before"] == stays["left_before"]).all()


def test_a_shop_that_lived_is_replayed_to_the_row_and_its_figures_are_the_metrics(lived_shop: LivedShop) -> None:
    store = lived_shop.store
    record = read_record(store, channel="demo", date_from=FROM, date_to=TO)
    outcome = replay_orders(record, Changes())
    assert_nothing_moved(outcome.stays)
    asked = {"date_from": FROM, "date_to": TO, "channel": "demo"}
    told = {(row["stage"], row["figure"]): row for row in outcome.figures.to_dicts()}
    cycle = kpi.measure(store, "cycle_time", **asked).row(0, named=True)
    assert told["", "median"]["after"] == pytest.approx(cycle["value"])
    assert told["", "p90"]["after"] == pytest.approx(cycle["p90"])
    for row in kpi.measure(store, "stage_time", by=["status_group"], **asked).to_dicts():
        assert told[row["status_group"], "median"]["after"] == pytest.approx(row["value"])
        assert told[row["status_group"], "p90"]["after"] == pytest.approx(row["p90"])


@pytest.mark.full
def test_the_desk_of_a_shop_that_lived_is_a_queue_and_its_warehouse_is_none(lived_shop: LivedShop) -> None:
    record = read_record(lived_shop.store, channel="demo", date_from=FROM, date_to=TO)
    outcome = replay_orders(record, Changes(stages={"new": StageChange(150)}))
    assert outcome.queues == ["new"]
    new = outcome.figures.filter(pl.col("stage") == "new")
    assert (new["after"] < new["before"]).all()
    with pytest.raises(Invalid) as refused:
        replay_orders(record, Changes(stages={"pick": StageChange(150)}))
    assert refused.value.code == "replay_no_queue"


def test_a_period_without_orders_is_refused(lived_shop: LivedShop) -> None:
    with pytest.raises(Invalid) as refused:
        read_record(lived_shop.store, channel="demo", date_from=date(2031, 1, 1), date_to=date(2031, 2, 1))
    assert refused.value.code == "replay_empty"


@pytest.mark.full
def test_all_orders_of_olist_are_replayed_to_the_row(olist_store: Store) -> None:
    record = read_record(olist_store, channel="olist", date_from=date(2016, 1, 1), date_to=date(2019, 1, 1))
    outcome = replay_orders(record, Changes())
    assert outcome.orders.height > 99_000
    assert_nothing_moved(outcome.stays)
