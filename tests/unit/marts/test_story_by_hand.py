"""A few orders over the weekend on which the clock goes forward, every number computed by hand."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_rows import at, order, published
from story import SPRING, told

from pipelines import kpi
from pipelines.cohorts import stage_figures, stage_visits
from pipelines.store import Store


@pytest.fixture
def store(tmp_path) -> Store:
    return told(tmp_path)


def answer(store: Store, code: str, **asked) -> dict:
    [row] = kpi.compute(store, code, **(SPRING | asked))
    return row


def test_a_weekend_with_a_lost_hour_is_65_hours_by_the_clock_and_2_of_business(store):
    row = answer(store, "stage_time", filters={"status_group": "confirm"})
    assert (row["n"], row["value"], row["mean"], row["p90"]) == (2, 33, 33, 65)  # 65 and, sent back, 1
    assert row["business_value"] == 1.5  # an hour on Friday and one on Monday; an hour on Monday


def test_the_cycle_of_an_order_sent_back_counts_every_stay(store):
    row = answer(store, "cycle_time", filters={"month": "2024-03"})
    assert (row["value"], row["business_value"]) == (89.5, 1 + 2 + 1 + 1 + 1 + 4.5)


def test_what_is_entered_again_is_two_stays_of_seven(store):
    row = answer(store, "reentry_rate")
    assert (row["numerator"], row["denominator"]) == (2, 7)
    assert answer(store, "reentry_rate", lens="flow", filters={"day": date(2024, 4, 1)})["denominator"] == 5


def test_orders_that_reached_a_stage_count_once_however_often_they_came(store):
    reached = {row["by"]["status_group"]: row["value"] for row in kpi.compute(
        store, "stage_reached", by=["status_group"], **SPRING)}  # fmt: skip
    assert reached == {"new": 2, "confirm": 2, "pick": 1, "deliver": 1}


def test_the_figures_of_stages_are_those_of_the_metric_with_re_entries_and_open_stays_told(store):
    visits = stage_visits(store, lens="cohort", **SPRING).collect()
    [row] = stage_figures(visits).filter(status_group="confirm").to_dicts()
    assert (row["n"], row["orders"], row["reentries"]) == (2, 1, 1)
    assert (row["median"], row["p75"], row["p90"], row["mean"]) == (33, 65, 65, 33)
    [worked] = stage_figures(visits, "business").filter(status_group="confirm").to_dicts()
    assert (worked["median"], worked["p90"]) == (1.5, 2)
    standing = stage_visits(store, lens="now", **SPRING).collect()
    assert standing.select("status_group", "left_at").rows() == [("confirm", None)]
    assert stage_figures(standing, "business")["median"].to_list() == [None]


def test_a_calendar_without_hours_has_no_business_time_and_all_wall_time(store):
    row = answer(store, "stage_time", channel="bare")
    assert (row["n"], row["value"], row["business_value"]) == (1, 2, 0)


def test_a_line_that_is_cancelled_counts_as_value_lost_and_not_as_an_order_cancelled(store):
    assert answer(store, "cancelled_value")["value"] == 50
    assert answer(store, "cancelled_value", by=["product"])["by"] == {"product": "NUT"}
    assert (answer(store, "cancel_rate")["numerator"], answer(store, "cancel_rate")["denominator"]) == (0, 4)
    assert (answer(store, "on_time_rate")["numerator"], answer(store, "on_time_rate")["denominator"]) == (1, 2)
    assert answer(store, "net_revenue", lens="flow", by=["carrier"])["by"] == {"carrier": "DHL"}
    assert answer(store, "net_revenue", lens="flow")["value"] == 100


def test_the_stuck_order_lengthens_the_median_that_the_plain_one_does_not_see(store):
    shop = {"channel": "shop"}
    assert answer(store, "cycle_time", **shop)["value"] == (89.5 + 24) / 2
    row = answer(store, "cycle_time_km", **shop)  # of three a third is over after 24 hours, two thirds after 89.5
    assert (row["value"], row["p90"], row["n"], row["denominator"]) == (89.5, None, 3, 2)


def test_a_cohort_younger_than_its_metric_needs_is_marked(store):
    march, april = (answer(store, "cancel_rate", filters={"month": month}) for month in ("2024-03", "2024-04"))
    assert (march["is_mature"], april["is_mature"]) == (False, False)  # 22 and 10 days of 30
    early = answer(store, "cancel_rate", date_to=date(2024, 3, 21))
    assert (early["n"], early["is_mature"]) == (1, True)
    assert answer(store, "orders_received")["is_mature"]


@settings(max_examples=12, deadline=None)
@given(ended=st.lists(st.integers(1, 400), min_size=1, max_size=6), stuck=st.integers(1, 900))
def test_a_stuck_order_never_improves_the_cycle_time_with_open_orders(ended, stuck):
    read = at("2024-03-20 12:00")
    done = [
        order(number, placed_at=at("2024-03-01 12:00"), closed_at=at("2024-03-01 12:00") + timedelta(hours=lasted),
              status_group="done")
        for number, lasted in enumerate(ended, 1)
    ]  # fmt: skip
    waiting = order(99, placed_at=read - timedelta(hours=stuck))
    ever = {"date_from": date(2024, 1, 1), "date_to": date(2024, 5, 1)}
    with TemporaryDirectory() as before, TemporaryDirectory() as after:
        stores = (published(Path(before), read_at="2024-03-20 12:00", orders=done),
                  published(Path(after), read_at="2024-03-20 12:00", orders=[*done, waiting]))  # fmt: skip
        without, with_it = (answer(store, "cycle_time_km", **ever)["value"] for store in stores)
    assert with_it is None or with_it >= without
