"""The metrics on the real orders equal what Polars computes on the CSVs alone."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import kpi
from pipelines.store import Store

pytestmark = pytest.mark.real
EVER = {"date_from": date(2016, 1, 1), "date_to": date(2019, 1, 1)}
STAMPS = ("order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date")


@pytest.fixture(scope="module")
def orders(shared: Path) -> pl.DataFrame:
    """Orders of the CSV: raw local stamps, instants by the zone (the earlier of two), the month of each side."""
    raw = pl.read_csv(shared / "data/olist/olist_orders_dataset.csv.gz", try_parse_dates=True)
    instants = [
        pl.col(stamp).dt.replace_time_zone("America/Sao_Paulo", ambiguous="earliest", non_existent="null")
        for stamp in STAMPS[:2]
    ]
    prices = pl.read_csv(shared / "data/olist/olist_order_items_dataset.csv.gz", schema_overrides={"price": pl.String})
    value = prices.group_by("order_id").agg(pl.col("price").cast(pl.Decimal(14, 2)).sum())
    return raw.join(value, on="order_id", how="left").with_columns(
        month=pl.col("order_purchase_timestamp").dt.strftime("%Y-%m"),
        promised_month=pl.col("order_estimated_delivery_date").dt.strftime("%Y-%m"),
        cycle_hours=(instants[1] - instants[0]).dt.total_seconds() / 3600,
        is_cancelled=pl.col("order_status").is_in(["canceled", "unavailable"]),
        is_delivered=pl.col("order_status") == "delivered",
    )


def by_month(store: Store, code: str, **asked) -> dict[str, dict]:
    rows = kpi.compute(store, code, by=("month",), **(EVER | asked))
    return {row["by"]["month"]: row for row in rows}


def test_orders_received_by_month(olist_store, orders):
    expected = dict(orders.group_by("month").len().iter_rows())
    assert {month: row["value"] for month, row in by_month(olist_store, "orders_received").items()} == expected
    assert sum(expected.values()) == 99_441


def test_ordered_value_by_month_to_the_cent(olist_store, orders):
    with_items = orders.filter(pl.col("price").is_not_null())
    expected = {month: float(total) for month, total in with_items.group_by("month").agg(pl.col("price").sum()).rows()}
    assert {month: row["value"] for month, row in by_month(olist_store, "ordered_value").items()} == expected
    assert round(sum(expected.values()), 2) == 13_591_643.70


def test_cancel_rate_by_month(olist_store, orders):
    sums = orders.group_by("month").agg(pl.col("is_cancelled").sum(), pl.len())
    expected = {month: (cancelled, received, cancelled / received) for month, cancelled, received in sums.rows()}
    computed = by_month(olist_store, "cancel_rate")
    assert {m: (row["numerator"], row["denominator"], row["value"]) for m, row in computed.items()} == expected
    assert sum(row["numerator"] for row in computed.values()) == 625 + 609


def test_cycle_time_by_month_median_and_p90_by_nearest_rank(olist_store, orders):
    delivered = orders.filter("is_delivered", pl.col("order_delivered_customer_date").is_not_null())
    assert delivered["cycle_hours"].null_count() == 0
    computed = by_month(olist_store, "cycle_time")
    assert set(computed) == set(delivered["month"])
    for (month,), cohort in delivered.group_by("month"):
        ordered = cohort["cycle_hours"].sort().to_list()
        middle = len(ordered) // 2
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
        p90 = ordered[-(-9 * len(ordered) // 10) - 1]
        row = computed[month]
        assert row["n"] == len(ordered)
        assert row["value"] == pytest.approx(median, abs=1e-9)
        assert row["p90"] == pytest.approx(p90, abs=1e-9)
        assert row["mean"] == pytest.approx(sum(ordered) / len(ordered), rel=1e-12)


def test_on_time_rate_by_the_month_of_the_promise(olist_store, orders):
    promised = orders.filter(~pl.col("is_cancelled"))
    kept = pl.col("is_delivered") & (
        pl.col("order_delivered_customer_date").dt.date() <= pl.col("order_estimated_delivery_date").dt.date()
    )
    sums = promised.group_by("promised_month").agg(kept.fill_null(value=False).sum(), pl.len())
    expected = {month: (on_time, due) for month, on_time, due in sums.rows()}
    computed = by_month(olist_store, "on_time_rate")
    assert {m: (row["numerator"], row["denominator"]) for m, row in computed.items()} == expected


def test_the_known_number_of_late_deliveries(olist_store):
    rows = kpi.drill(olist_store, "on_time_rate", **EVER)
    late = rows.filter(pl.col("delivered_at").is_not_null(), pl.col("status_group") == "done", pl.col("numerator") == 0)
    assert late.height == 6_534


def test_business_days_follow_the_zone_and_no_line_counts_as_short(olist_store):
    facts, demand = olist_store.frame("order_facts"), olist_store.frame("daily_demand")
    local = pl.col("placed_at").dt.convert_time_zone("America/Sao_Paulo").dt.date()
    assert facts.filter(pl.col("placed_day") != local).is_empty()
    assert demand["warehouse"].unique().to_list() == ["DIRECT"]
    assert not demand["stocked_out"].any()


def test_money_of_an_order_is_its_lines_and_shipping(olist_store):
    facts = olist_store.frame("order_facts")
    assert float(facts["gross"].sum()) == 13_591_643.70
    assert float(facts["shipping"].sum()) == 2_251_909.54
    assert float(facts["paid"].sum()) == 16_008_872.12
