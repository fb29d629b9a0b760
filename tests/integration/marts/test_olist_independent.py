"""The metrics on the real orders, by month and by state, equal what Polars computes on the CSVs alone."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import kpi
from pipelines.store import Store

pytestmark = pytest.mark.real
EVER = {"date_from": date(2016, 1, 1), "date_to": date(2019, 1, 1)}
CUTS = [("month",), ("region",), pytest.param(("month", "region"), marks=pytest.mark.full)]
FIGURES = [("orders_received", pl.len()), ("ordered_value", "value"), ("shipping_charged", "freight")]
STAGES = {"new": "approval", "confirm": "handover", "deliver": "carrier"}
_AT_WORK = ["processing", "invoiced", "shipped", "delivered", "canceled", "unavailable"]


@pytest.fixture(scope="module")
def orders(shared: Path) -> pl.DataFrame:
    """A row per order of the CSVs: its state and month, money, fate, and the hours of its stages."""
    folder = shared / "data/olist"
    raw = pl.read_csv(folder / "olist_orders_dataset.csv.gz", try_parse_dates=True)
    people = pl.read_csv(folder / "olist_customers_dataset.csv.gz", infer_schema=False)
    texts = {"price": pl.String, "freight_value": pl.String}
    items = pl.read_csv(folder / "olist_order_items_dataset.csv.gz", schema_overrides=texts)
    money = items.group_by("order_id").agg(
        value=pl.col("price").cast(pl.Decimal(14, 2)).sum(),
        freight=pl.col("freight_value").cast(pl.Decimal(14, 2)).sum(),
    )
    known = raw.join(people.select("customer_id", region="customer_state"), on="customer_id").join(
        money, on="order_id", how="left"
    )
    return known.with_columns(
        month=pl.col("order_purchase_timestamp").dt.strftime("%Y-%m"),
        is_cancelled=pl.col("order_status").is_in(["canceled", "unavailable"]),
        **{name: instant(stamp) for name, stamp in STAMPS.items()},
    ).with_columns(**stages())


STAMPS = {
    "placed": "order_purchase_timestamp", "approved": "order_approved_at", "handed": "order_delivered_carrier_date",
    "delivered": "order_delivered_customer_date",
}  # fmt: skip


def instant(stamp: str) -> pl.Expr:
    local = pl.col(stamp).dt.replace_time_zone("America/Sao_Paulo", ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def stages() -> dict[str, pl.Expr]:
    """Hours waited for approval, for the hand-over and for the carrier; stamps out of order cost a stage no time."""
    status, done = pl.col("order_status"), pl.col("order_status") == "delivered"
    approved, handed = pl.max_horizontal("placed", "approved"), pl.max_horizontal("placed", "approved", "handed")
    last = pl.max_horizontal("placed", "approved", "handed", "delivered")
    is_approved = (status.is_in(_AT_WORK) & pl.col("approved").is_not_null()) | (status == "approved")
    on_its_way = (done & pl.col("handed").is_not_null()) | (status == "shipped")
    moved_on = pl.when(on_its_way).then(handed).when(status.is_in(_AT_WORK)).then(last)
    return {
        "approval": hours(pl.col("placed"), pl.when(is_approved).then(approved).otherwise(moved_on)),
        "handover": hours(pl.when(is_approved).then(approved), moved_on),
        "carrier": hours(pl.when(on_its_way).then(handed), pl.when(done).then(last)),
        "cycle": hours(pl.col("placed"), pl.when(done).then("delivered")),
    }


def hours(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_seconds() / 3600


def computed(store: Store, code: str, by: tuple[str, ...], **asked) -> dict[tuple, dict]:
    return {tuple(row["by"][cut] for cut in by): row for row in kpi.compute(store, code, by=by, **EVER, **asked)}


def spread(rows: pl.DataFrame, by: tuple[str, ...], hours_of: str) -> dict[tuple, tuple]:
    """n, median and 90th percentile by nearest rank, by sorting."""
    found = {}
    for key, part in rows.drop_nulls(hours_of).group_by(by):
        lasted = sorted(part[hours_of].to_list())
        middle = len(lasted) // 2
        found[key] = (len(lasted), (lasted[middle] + lasted[~middle]) / 2, lasted[-(-9 * len(lasted) // 10) - 1])
    return found


def as_spread(rows: dict[tuple, dict]) -> dict[tuple, tuple]:
    return {key: (row["n"], row["value"], row["p90"]) for key, row in rows.items()}


def require_close(found: dict[tuple, tuple], expected: dict[tuple, tuple]) -> None:
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        assert found[key] == pytest.approx(figures, abs=1e-6), key


@pytest.mark.parametrize("by", CUTS)
def test_orders_value_and_freight(olist_store, orders, by):
    for code, figure in FIGURES:
        rows, total = (orders, figure) if code == "orders_received" else (orders.drop_nulls(figure), pl.sum(figure))
        expected = {row[:-1]: float(row[-1]) for row in rows.group_by(by).agg(total.alias("figure")).rows()}
        # An order without an item has no value and was charged nothing for its delivery.
        found = {key: row["value"] for key, row in computed(olist_store, code, by).items()}
        found = {key: value for key, value in found.items() if value or key in expected}
        assert found == pytest.approx(expected, abs=1e-6), code


@pytest.mark.parametrize("by", CUTS)
def test_cancel_rate(olist_store, orders, by):
    sums = orders.group_by(by).agg(pl.col("is_cancelled").sum(), pl.len())
    expected = {row[:-2]: row[-2:] for row in sums.rows()}
    found = computed(olist_store, "cancel_rate", by)
    assert {key: (row["numerator"], row["denominator"]) for key, row in found.items()} == expected


@pytest.mark.parametrize("by", CUTS)
def test_median_and_p90_of_the_delivery(olist_store, orders, by):
    require_close(as_spread(computed(olist_store, "cycle_time", by)), spread(orders, by, "cycle"))


@pytest.mark.parametrize("by", CUTS)
def test_on_time_rate_by_the_day_of_the_promise(olist_store, orders, by):
    promised, came = (pl.col(f"order_{what}_date").dt.date() for what in ("estimated_delivery", "delivered_customer"))
    kept = ((pl.col("order_status") == "delivered") & (came <= promised)).fill_null(value=False)
    due = orders.filter(~pl.col("is_cancelled")).with_columns(month=promised.dt.strftime("%Y-%m"), kept=kept)
    expected = {row[:-2]: row[-2:] for row in due.group_by(by).agg(pl.col("kept").sum(), pl.len()).rows()}
    found = computed(olist_store, "on_time_rate", by)
    assert {key: (row["numerator"], row["denominator"]) for key, row in found.items()} == expected


@pytest.mark.parametrize("by", CUTS)
@pytest.mark.parametrize("stage", STAGES)
def test_times_of_approval_handover_and_carrier(olist_store, orders, stage, by):
    found = computed(olist_store, "stage_time", by, filters={"status_group": stage})
    require_close(as_spread(found), spread(orders, by, STAGES[stage]))
