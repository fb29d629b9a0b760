"""Retention, habits, classes and differences against figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cohorts import (
    classify_products,
    cohort_customers,
    judge_customers,
    median_difference,
    rate_difference,
    retention,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def orders(*placed: tuple[int, str, str]) -> pl.LazyFrame:
    rows = [
        {"customer_id": who, "channel": channel, "placed_at": datetime.fromisoformat(day + "T10:00+00:00"),
         "placed_day": date.fromisoformat(day), "gross": 10.0}
        for who, channel, day in placed
    ]  # fmt: skip
    return pl.LazyFrame(rows)


SIX = orders(
    (1, "web", "2026-01-05"), (1, "web", "2026-01-20"), (1, "shop", "2026-03-02"), (2, "web", "2026-01-31"),
    (3, "shop", "2026-02-01"), (3, "web", "2026-02-10"),
)  # fmt: skip


def test_retention_counts_who_came_back_month_by_month() -> None:
    cells = retention(SIX, channel="web", last_day=date(2026, 3, 15)).collect()
    assert cells.select("cohort", "months", "active", "size", "is_mature").rows() == [
        (date(2026, 1, 1), 0, 2, 2, True), (date(2026, 1, 1), 1, 0, 2, True), (date(2026, 1, 1), 2, 1, 2, False),
    ]  # fmt: skip


def test_a_cell_of_retention_lists_the_customers_it_counts() -> None:
    asked = {"channel": "web", "last_day": date(2026, 3, 15), "cohort": date(2026, 1, 1)}
    listed = [sorted(cohort_customers(SIX, **asked, months=month).collect()["customer_id"]) for month in range(3)]
    assert listed == [[1, 2], [], [1]]


def test_a_customer_is_of_the_channel_of_the_first_order_alone() -> None:
    sizes = [retention(SIX, channel=name, last_day=date(2026, 3, 31)).collect() for name in ("web", "shop")]
    assert [cells.filter(months=0)["size"].sum() for cells in sizes] == [2, 1]


def test_a_customer_silent_beyond_their_own_rhythm_is_lost_and_a_slow_buyer_is_not() -> None:
    weekly = [(1, "web", f"2026-03-{day:02d}") for day in (1, 8, 15, 22)]
    slow = [(2, "web", day) for day in ("2025-09-01", "2025-12-10", "2026-03-22")]
    judged = judge_customers(orders(*weekly, *slow, (3, "web", "2025-01-01")), now=NOW).collect().sort("customer_id")
    assert judged["is_lost"].to_list() == [True, False, False]
    assert judged["rhythm_days"].to_list() == [7, 102, None]
    assert judged["year_value"].to_list() == [40, 30, 10]
    assert judged["class"].to_list() == ["loyal", "loyal", "lost"]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 900)), min_size=1, max_size=120))
def test_every_customer_has_exactly_one_class(placed: list[tuple[int, int]]) -> None:
    rows = [{"customer_id": who, "placed_at": NOW - timedelta(days=ago), "gross": 1.0} for who, ago in placed]
    judged = judge_customers(pl.LazyFrame(rows), now=NOW).collect()
    assert judged["customer_id"].sort().to_list() == sorted({who for who, _ago in placed})
    assert judged["class"].null_count() == 0
    assert judged["orders"].sum() == len(placed)


def test_products_are_classed_by_the_value_before_them_and_by_how_evenly_they_sell() -> None:
    even = [("steady", 0, week, 2.0, 200.0) for week in range(4)]
    rows = [*even, ("burst", 1, 2, 4.0, 150.0), ("rare", 2, 3, 1.0, 50.0)]
    lines = pl.LazyFrame(rows, schema=["sku", "order_id", "week", "quantity", "gross"], orient="row")
    found = classify_products(lines.with_columns(category=pl.lit("c")), weeks=4).collect()
    assert found.select("sku", "abc", "xyz").rows() == [("steady", "A", "X"), ("burst", "B", "Z"), ("rare", "C", "Z")]
    assert found["share"].sum() == pytest.approx(1)
    assert found["variation"].to_list() == pytest.approx([0, 3**0.5, 3**0.5])


def test_the_interval_of_rates_is_that_of_newcombes_own_example() -> None:
    found = rate_difference((48, 80), (56, 70))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert found.is_told


def test_a_slower_sample_is_told_and_one_of_the_same_law_is_not() -> None:
    random = np.random.default_rng(7)
    usual, again, slower = (random.exponential(scale, 400).tolist() for scale in (10, 10, 16))
    same, other = median_difference(usual, again), median_difference(usual, slower)
    assert same is not None
    assert other is not None
    assert not same.is_told
    assert other.is_told
    assert other.low < other.value < other.high


def test_few_rows_tell_no_difference() -> None:
    assert median_difference([1.0] * 9, [2.0] * 50) is None
    assert rate_difference((1, 9), (40, 50)) is None


def test_the_interval_of_medians_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    found = [median_difference(random.exponential(1, 101).tolist(), random.exponential(1, 101).tolist())
             for _ in range(300)]  # fmt: skip
    told = sum(one is not None and one.is_told for one in found)
    assert told <= 30
