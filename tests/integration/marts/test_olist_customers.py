"""Who is new, who comes back, who is lost and what carries the value on the real orders, counted from the CSVs alone.

Plain loops over the files: neither the marts nor data frames have a part in what is expected.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines import kpi
from pipelines.cohorts import classify_products, judge_customers, order_funnel, retention
from pipelines.store import Store

pytestmark = pytest.mark.real
EVER = {"date_from": date(2016, 1, 1), "date_to": date(2019, 1, 1)}
NOW = datetime(2018, 9, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Sao_Paulo")
GONE = {"canceled", "unavailable"}
Orders = dict[str, list[tuple[datetime, bool]]]


def rows(shared: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(shared / "data/olist" / f"olist_{name}_dataset.csv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def bought(shared: Path) -> Orders:
    """Of every person, the local times of their orders in turn, and whether each was kept."""
    people = {row["customer_id"]: row["customer_unique_id"] for row in rows(shared, "customers")}
    found: Orders = defaultdict(list)
    for row in rows(shared, "orders"):
        placed = datetime.fromisoformat(row["order_purchase_timestamp"])
        found[people[row["customer_id"]]].append((placed, row["order_status"] not in GONE))
    return {person: sorted(orders) for person, orders in found.items()}


def test_new_and_returning_customers_of_every_month_are_those_of_the_files(bought: Orders, olist_store: Store) -> None:
    new = Counter(f"{orders[0][0]:%Y-%m}" for orders in bought.values())
    again = Counter(f"{placed:%Y-%m}" for orders in bought.values() for placed, _kept in orders[1:])
    assert (new.total(), again.total()) == (96_096, 3_345)
    counted = kpi.measure(olist_store, "new_customers", by=("month",), channel="olist", **EVER)
    assert dict(counted.select("month", "value").iter_rows()) == new
    rate = kpi.measure(olist_store, "repeat_rate", by=("month",), channel="olist", **EVER)
    assert {month: count for month, count in rate.select("month", "numerator").iter_rows() if count} == again
    assert rate["denominator"].sum() == 99_441


def test_retention_of_every_cohort_is_that_of_the_files(bought: Orders, olist_store: Store) -> None:
    last_day = date(2018, 8, 31)
    sizes, active = Counter[date](), Counter[tuple[date, int]]()
    for orders in bought.values():
        months = sorted({placed.date().replace(day=1) for placed, _kept in orders if placed.date() <= last_day})
        for month in months:
            active[months[0], (month.year - months[0].year) * 12 + month.month - months[0].month] += 1
        sizes.update(months[:1])
    facts = olist_store.lazy("order_facts").filter("is_counted")
    cells = retention(facts, channel="olist", last_day=last_day).collect()
    assert dict(cells.filter(months=0).select("cohort", "size").iter_rows()) == sizes
    assert {(start, after): n for start, after, n, *_ in cells.iter_rows() if n} == active
    assert cells["is_mature"].all()


@pytest.mark.full
def test_habits_and_the_lost_are_those_of_the_files_and_leave_nobody_out(bought: Orders, olist_store: Store) -> None:
    kept = {
        person: [placed.replace(tzinfo=ZONE).astimezone(UTC) for placed, is_kept in orders if is_kept]
        for person, orders in bought.items()
    }
    kept = {person: times for person, times in kept.items() if times and times[0] <= NOW}
    kept = {person: [placed for placed in times if placed <= NOW] for person, times in kept.items()}
    facts = olist_store.lazy("order_facts").filter(~pl.col("is_cancelled"))
    judged = judge_customers(facts, now=NOW).collect()
    assert judged.height == judged["customer_id"].n_unique() == len(kept)
    classes = Counter(habit(times) for times in kept.values())
    assert dict(judged.group_by("class").len().iter_rows()) == classes
    assert classes.total() == len(kept)
    assert judged["is_lost"].sum() == sum(is_lost(times) for times in kept.values()) > 50


def habit(times: list[datetime]) -> str:
    silent = (NOW - times[-1]).total_seconds() / 86_400
    of_year = sum(placed >= NOW - timedelta(days=365) for placed in times)
    if silent > 365:
        return "lost"
    if silent > 180:
        return "at_risk" if of_year >= 3 else "asleep"
    if silent <= 90 and of_year >= 6:
        return "champion"
    if of_year >= 3:
        return "loyal"
    return "new" if silent <= 90 and of_year == 1 else "promising"


def is_lost(times: list[datetime]) -> bool:
    if len(times) < 3:
        return False
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    return NOW - times[-1] > gaps[ceil(len(gaps) * 0.95) - 1]


@pytest.mark.full
def test_the_products_that_carry_four_fifths_are_those_of_the_files(shared: Path, olist_store: Store) -> None:
    value: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(shared, "order_items"):
        value[row["product_id"]] += Decimal(row["price"])
    whole, before, classes = sum(value.values()), Decimal(0), Counter[str]()
    for one in sorted(value.values(), reverse=True):
        classes["A" if before < whole * Decimal("0.80") else "B" if before < whole * Decimal("0.95") else "C"] += 1
        before += one
    lines = olist_store.lazy("order_lines").with_columns(week=pl.lit(0))
    classed = classify_products(lines, weeks=1).collect()
    assert classed["share"].sum() == pytest.approx(1)
    assert dict(classed.group_by("abc").len().iter_rows()) == classes
    assert classed["gross"].sum() == whole


def test_the_funnel_leaves_no_order_out(shared: Path, olist_store: Store) -> None:
    status = Counter(row["order_status"] for row in rows(shared, "orders"))
    [found] = order_funnel(olist_store.lazy("order_facts"), **EVER).collect().to_dicts()
    cancelled = sum(status[name] for name in GONE)
    assert (found["received"], found["delivered"], found["cancelled"]) == (99_441, status["delivered"], cancelled)
    assert found["open"] == 99_441 - status["delivered"] - cancelled
