"""What a number is held against: as many working days before, the year before, a target."""

from datetime import date, timedelta

import polars as pl
import pytest
from raw_rows import at, order, published

from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.kpi.periods import Against, WorkingDays, due_by, period_before, working_days
from pipelines.marts import dimensions
from pipelines.metrics import METRICS
from pipelines.steering.pace import Pace, due_by_buckets
from pipelines.store import Manifest, Store

WEEK = WorkingDays(frozenset(range(5)))
GOOD_FRIDAY, EASTER_MONDAY = date(2024, 3, 29), date(2024, 4, 1)
POLAND = WorkingDays(frozenset(range(5)), closed=frozenset({GOOD_FRIDAY, EASTER_MONDAY}))
MONDAY = date(2024, 4, 8)


@pytest.mark.parametrize(
    ("period", "working", "before"),
    [
        ((MONDAY, date(2024, 4, 15)), WEEK, (date(2024, 4, 1), MONDAY)),
        ((MONDAY, date(2024, 4, 15)), POLAND, (date(2024, 3, 28), MONDAY)),  # five days, but for Easter
        ((MONDAY, date(2024, 4, 13)), WEEK, (date(2024, 4, 1), MONDAY)),  # Monday to Friday: a weekend before it
        ((date(2024, 4, 9), date(2024, 4, 10)), WEEK, (MONDAY, date(2024, 4, 9))),
        ((date(2024, 4, 13), date(2024, 4, 15)), WEEK, (date(2024, 4, 11), date(2024, 4, 13))),  # a weekend: two days
    ],
)
def test_the_period_before_has_as_many_working_days(period, working, before):
    assert period_before(period, Against.PREVIOUS, working) == before


def test_the_year_before_begins_on_the_same_weekday():
    first, after = period_before((MONDAY, MONDAY + timedelta(days=30)), Against.YEAR, WEEK)
    assert (first, first.weekday(), after - first) == (date(2023, 4, 10), 0, timedelta(days=30))


def test_a_target_is_due_by_the_working_days_that_passed():
    april = date(2024, 4, 1), date(2024, 5, 1)
    assert due_by(210, april, date(2024, 4, 1), POLAND) == 0
    assert due_by(210, april, date(2024, 4, 8), POLAND) == 40  # four of twenty-one days
    assert due_by(210, april, date(2024, 6, 1), POLAND) == 210
    weekend = date(2024, 4, 13), date(2024, 4, 15)
    assert due_by(10, weekend, date(2024, 4, 14), POLAND) == 5


def test_of_a_target_each_week_is_due_by_its_working_days_and_nothing_outside_its_period(store):
    april, weeks = (date(2024, 4, 1), date(2024, 5, 1)), [
        (date(2024, 3, 25), date(2024, 4, 1)), (date(2024, 4, 1), MONDAY), (MONDAY, date(2024, 4, 15)),
        (date(2024, 4, 29), date(2024, 5, 6)),
    ]  # fmt: skip
    facts = {"value": None, "due": 0.0, "passed": 0, "working": 22}
    paced = Pace(METRICS["net_revenue"], target=220.0, is_paced=True, **facts)
    due = due_by_buckets(store, paced, april, weeks, channel="shop")
    assert due == [None, 40, 60, 20]  # Easter Monday is closed, a Saturday is worked
    rate = Pace(METRICS["on_time_rate"], target=0.95, is_paced=False, **facts)
    assert due_by_buckets(store, rate, april, weeks, channel="shop") == [None, 0.95, 0.95, 0.95]


@pytest.fixture
def store(tmp_path) -> Store:
    """Two orders in the week of the 1st of April, three in the next; the shop works on weekdays but for Easter."""
    placed = ["2024-04-02", "2024-04-05", "2024-04-08", "2024-04-09", "2024-04-10"]
    orders = [
        order(number, placed_at=at(f"{day} 12:00"), region="DE" if number == 5 else "PL", gross="10")
        for number, day in enumerate(placed, 1)
    ]
    store = published(tmp_path, read_at="2024-04-11 12:00", orders=orders)
    label = '{"weekdays": [0, 1, 2, 3, 4], "closed": ["2024-04-01"], "open": ["2024-04-13"]}'
    row = {"kind": "working_days", "id": "1", "code": "shop", "label": label, "facts": ""}
    named = store.publish("dimensions", pl.DataFrame([row], schema=dict(dimensions.SCHEMA)))
    store.commit(Manifest(marts={**store.manifest().marts, "dimensions": named}, watermark=store.watermark()))
    return store


ASKED = {"date_from": MONDAY, "date_to": date(2024, 4, 12)}


def test_working_days_are_the_channels_and_every_day_where_none_has_a_calendar(store):
    shop = working_days(store, "shop")
    assert [day in shop for day in (date(2024, 4, 1), date(2024, 4, 2), date(2024, 4, 13), date(2024, 4, 14))] == [
        False, True, True, False,
    ]  # fmt: skip
    assert working_days(store, None) == shop
    assert date(2024, 4, 14) in working_days(store, "nowhere")


def test_a_number_comes_beside_the_period_before_by_cut(store):
    [whole] = kpi.compare(store, "orders_received", channel="shop", **ASKED)
    assert (whole["value"], whole["before"], whole["change"]) == (3, 2, 0.5)
    assert whole["period"] == ["2024-04-02", "2024-04-08"]
    parts = kpi.compare(store, "orders_received", by=["region"], **ASKED)
    assert {row["by"]["region"]: (row["value"], row["before"], row["change"]) for row in parts} == {
        "DE": (1, 0, None), "PL": (2, 2, 0),
    }  # fmt: skip
    [rate] = kpi.compare(store, "average_order_value", against="year", **ASKED)
    assert (rate["value"], rate["before"], rate["change"]) == (10, None, None)


def test_a_board_holds_its_tiles_against_as_many_working_days(store):
    tile = kpi.board(store, ["orders_received"], channel="shop", **ASKED)["orders_received"]
    assert (tile.current["value"], tile.previous["value"]) == (3, 2)


def test_a_sum_is_ahead_of_what_is_due_and_a_rate_of_the_whole_target(store):
    week = {"date_from": MONDAY, "date_to": date(2024, 4, 13), "channel": "shop"}
    found = kpi.against_target(store, "orders_received", 4, **week)
    assert (found.value, found.due, found.passed, found.working) == (3, pytest.approx(2.4), 3, 5)
    assert found.ahead == pytest.approx(0.6)
    assert kpi.against_target(store, "average_order_value", 12, **week).ahead == -2
    assert kpi.against_target(store, "cycle_time", 12, **week).ahead is None


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"against": "yesterday"}, "unknown_comparison"),
        ({"lens": "now"}, "unknown_comparison"),
        ({"by": ["month"]}, "unknown_cut"),
    ],
)
def test_what_cannot_be_compared_is_refused(store, asked, refusal):
    with pytest.raises(Invalid) as refused:
        kpi.compare(store, "orders_received", **(ASKED | asked))
    assert refused.value.code == refusal
