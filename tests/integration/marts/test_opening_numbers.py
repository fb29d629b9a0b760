"""Every number opens: over random questions the tile is what its drill rows give."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from living_shop import LivingShop

from oms_core.db import make_sessions
from oms_core.errors import Invalid, NotFound
from pipelines import kpi
from pipelines.jobs import refresh
from pipelines.kpi import CUTS
from pipelines.metrics import METRICS, Lens, Shape, Unit
from pipelines.store import Store

QUESTIONS = 25
FILTERED = ["channel", "manager", "warehouse", "category", "product", "reason"]


@pytest.fixture(scope="module")
def lived_store(lasting_database, tmp_path_factory):
    """Marts of a shop that lived for some weeks."""
    engine, store = lasting_database(), Store(str(tmp_path_factory.mktemp("lived")))
    LivingShop(make_sessions(engine), 21).live(400)
    refresh(engine, store)
    return store


def random_question(chance: random.Random, store: Store, code: str, days: tuple[date, int]) -> dict:
    start = days[0] + timedelta(days=chance.randint(0, days[1]))
    asked = {"date_from": start, "date_to": start + timedelta(days=chance.randint(1, days[1]))}
    asked["lens"] = chance.choice(list(METRICS[code].days)).value
    lines = store.frame("order_lines")
    for cut in chance.sample(
        ["channel", "manager", "warehouse", "category", "product", "reason"], chance.randint(0, 2)
    ):
        column = CUTS[cut]
        values = lines[column].unique().to_list() if column in lines.columns else ["changed_mind", "too_slow"]
        asked.setdefault("filters", {})[cut] = chance.choice([*values, values[:2]])
    return asked


def of_rows(shape: Shape, rows: pl.DataFrame) -> float | None:
    """The number again, slowly: from the rows alone."""
    numerators = [float(value) for value in rows["numerator"].to_list() if value is not None]
    if shape is Shape.SUM:
        return sum(numerators)
    if shape is Shape.LEAST:
        return min(numerators, default=None)
    if shape is Shape.RATIO:
        denominator = sum(float(value) for value in rows["denominator"].to_list())
        return sum(numerators) / denominator if denominator else None
    ordered, middle = sorted(numerators), len(numerators) // 2
    if not ordered:
        return None
    return (ordered[middle] + ordered[~middle]) / 2 / 3600


def answered_or_refused(store: Store, code: str, **asked) -> list[dict] | None:
    """Rows of the answer; None where the metric has no such cut."""
    try:
        return kpi.compute(store, code, **asked)
    except Invalid as refusal:
        if refusal.code != "unknown_cut":
            raise
        return None


def require_reconciled(store: Store, days: tuple[date, int], seed: int) -> int:
    chance, compared = random.Random(seed), 0
    for code, metric in METRICS.items():
        for _ in range(QUESTIONS):
            asked = random_question(chance, store, code, days)
            tile = answered_or_refused(store, code, **asked)
            if tile is not None:
                again = of_rows(metric.shape, kpi.drill(store, code, **asked))
                expected = None if again is None else pytest.approx(again, rel=1e-9, abs=1e-9)
                assert tile[0]["value"] == expected, (code, asked)
                compared += 1
    return compared


def test_on_a_shop_that_lived_every_tile_is_the_sum_of_its_rows(lived_store):
    assert require_reconciled(lived_store, (date(2024, 3, 20), 50), seed=1) > 300


@pytest.mark.real
def test_on_the_real_orders_every_tile_is_the_sum_of_its_rows(olist_store):
    assert require_reconciled(olist_store, (date(2017, 1, 1), 300), seed=2) > 300


@pytest.mark.parametrize("code", [code for code, metric in METRICS.items() if metric.shape is Shape.SUM])
@pytest.mark.parametrize("cut", ["day", "week", "month", "channel", "manager", "warehouse", "status_group", "region"])
def test_the_parts_of_a_sum_give_the_whole(lived_store, code, cut):
    asked = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1), "lens": METRICS[code].home.value}
    [whole] = kpi.compute(lived_store, code, **asked)
    parts = answered_or_refused(lived_store, code, by=[cut], **asked)
    if parts is None:
        pytest.skip("the metric has no such cut")
    assert sum(part["value"] for part in parts) == pytest.approx(whole["value"])
    assert sum(part["n"] for part in parts) == whole["n"]


def test_every_metric_answers_the_default_lens_and_its_own(lived_store):
    span = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1)}
    for code, metric in METRICS.items():
        for lens in {Lens.COHORT, metric.home}:
            [row] = kpi.compute(lived_store, code, lens=lens.value, **span)
            assert row["n"] > 0, code
            assert row["value"] is not None, code


def test_shares_lie_between_nothing_and_all(lived_store):
    for code, metric in METRICS.items():
        if metric.unit is Unit.SHARE and code != "gross_margin":
            frame = kpi.measure(
                lived_store, code, date_from=date(2024, 1, 1), date_to=date(2025, 1, 1), by=["channel"]
            ).drop_nulls("value")
            assert frame["value"].is_between(0, 1).all(), code


def test_cancel_reasons_share_the_whole_cohort(lived_store):
    span = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1)}
    [whole] = kpi.compute(lived_store, "cancel_rate", **span)
    parts = kpi.compute(lived_store, "cancel_rate", by=["reason"], **span)
    assert len(parts) > 1
    assert {part["denominator"] for part in parts} == {whole["denominator"]}
    assert sum(part["value"] for part in parts) == pytest.approx(whole["value"])
    [one] = kpi.compute(lived_store, "cancel_rate", filters={"reason": parts[0]["by"]["reason"]}, **span)
    assert (one["value"], one["n"]) == (parts[0]["value"], whole["n"])


def test_a_board_gives_each_tile_its_previous_period_and_trend(lived_store):
    first, after = date(2024, 4, 8), date(2024, 4, 22)
    tiles = kpi.board(lived_store, ["orders_received", "cycle_time", "open_late"], date_from=first, date_to=after)
    [now] = kpi.compute(lived_store, "orders_received", date_from=first, date_to=after)
    [before] = kpi.compute(lived_store, "orders_received", date_from=date(2024, 3, 25), date_to=first)
    received = tiles["orders_received"]
    assert (received.current["value"], received.previous["value"]) == (now["value"], before["value"])
    assert received.trend["value"].sum() == now["value"]
    assert received.change == pytest.approx((now["value"] - before["value"]) / before["value"])
    assert tiles["open_late"].previous["value"] is None
    assert tiles["open_late"].change is None


@pytest.mark.parametrize(
    ("code", "asked", "refusal"),
    [
        ("profit", {}, "unknown_metric"),
        ("cycle_time", {"lens": "now"}, "unknown_lens"),
        ("cycle_time", {"lens": "sideways"}, "unknown_lens"),
        ("cycle_time", {"by": ["colour"]}, "unknown_cut"),
        ("in_stock_rate", {"by": ["manager"]}, "unknown_cut"),
        ("cycle_time", {"date_to": date(2024, 1, 1)}, "empty_period"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(lived_store, code, asked, refusal):
    span = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1)}
    with pytest.raises((Invalid, NotFound)) as refused:
        kpi.compute(lived_store, code, **(span | asked))
    assert refused.value.code == refusal
