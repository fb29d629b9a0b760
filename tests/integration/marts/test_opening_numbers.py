"""Every number opens: over random questions the tile is what its drill rows give."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from living_shop import LivingShop, refresh_settled
from scipy.stats import CensoredData, ecdf

from oms_core.db import make_sessions
from oms_core.errors import Invalid, NotFound
from pipelines import kpi
from pipelines.kpi import CUTS
from pipelines.metrics import METRICS, Lens, Shape, Unit
from pipelines.store import Store

FEW, MANY = 8, 50
FILTERED = ["channel", "manager", "warehouse", "category", "product", "reason", "region", "customer_kind", "carrier",
            "status_group", "month"]  # fmt: skip
CUT_BY = ("day", "week", "month", "channel", "manager", "warehouse", "status_group", "region")
NOT_COUNTED_YET = {"refund_time", "refunded_value"}  # nobody gives money back in the shop that lived


@pytest.fixture(scope="module")
def lived_store(lasting_database, tmp_path_factory):
    """Marts of a shop that lived for some weeks."""
    engine, store = lasting_database(), Store(str(tmp_path_factory.mktemp("lived")))
    LivingShop(make_sessions(engine), 21).live(400)
    refresh_settled(engine, store)
    return store


def random_question(chance: random.Random, store: Store, code: str, lens: Lens, days: tuple[date, int]) -> dict:
    start = days[0] + timedelta(days=chance.randint(0, days[1]))
    asked = {"date_from": start, "date_to": start + timedelta(days=chance.randint(1, days[1]))}
    asked["lens"] = lens.value
    lines = store.frame("order_lines")
    for cut in chance.sample(FILTERED, chance.randint(0, 2)):
        column = CUTS[cut]
        known = lines[column].unique().sort().to_list() if column in lines.columns else []
        values = known or ["changed_mind", "too_slow"]
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
    if shape is Shape.SURVIVAL:
        return median_of_lives(numerators, [bool(value) for value in rows["denominator"].to_list()])
    ordered, middle = sorted(numerators), len(numerators) // 2
    if not ordered:
        return None
    return (ordered[middle] + ordered[~middle]) / 2 / 3600


def median_of_lives(lasted: list[float], ended: list[bool]) -> float | None:
    """Kaplan and Meier's median in hours, by another hand."""
    if not lasted:
        return None
    over = [one for one, has_ended in zip(lasted, ended, strict=True) if has_ended]
    on = [one for one, has_ended in zip(lasted, ended, strict=True) if not has_ended]
    survival = ecdf(CensoredData(uncensored=over, right=on)).sf
    reached = survival.quantiles[survival.probabilities <= 0.5 + 1e-9]
    return float(reached[0]) / 3600 if len(reached) else None


def answered_or_refused(store: Store, code: str, **asked) -> list[dict] | None:
    """Rows of the answer; None where the metric has no such cut."""
    try:
        return kpi.compute(store, code, **asked)
    except Invalid as refusal:
        if refusal.code != "unknown_cut":
            raise
        return None


def require_reconciled(store: Store, days: tuple[date, int], seed: int, questions: int) -> set[tuple[str, Lens]]:
    """Ask every metric through each of its lenses; return those of which some answer was a number."""
    chance, answered = random.Random(seed), set()
    for code, metric in METRICS.items():
        everything = {"date_from": days[0], "date_to": days[0] + timedelta(days=2 * days[1])}
        wholes = [{"lens": lens.value, **everything} for lens in metric.days]
        asked_at_random = [random_question(chance, store, code, lens, days) for lens in [*metric.days] * questions]
        for asked in wholes + asked_at_random:
            tile = answered_or_refused(store, code, **asked)
            if tile is not None:
                again = of_rows(metric.shape, kpi.drill(store, code, **asked))
                expected = None if again is None else pytest.approx(again, rel=1e-9, abs=1e-9)
                assert tile[0]["value"] == expected, (code, asked)
                answered |= {(code, Lens(asked["lens"]))} if tile[0]["n"] else set()
    return answered


def all_lenses() -> set[tuple[str, Lens]]:
    return {(code, lens) for code, metric in METRICS.items() for lens in metric.days}


@pytest.mark.parametrize("questions", [FEW, pytest.param(MANY, marks=pytest.mark.full)])
def test_on_a_shop_that_lived_every_tile_is_the_sum_of_its_rows(lived_store, questions):
    answered = require_reconciled(lived_store, (date(2024, 3, 20), 50), seed=1, questions=questions)
    assert {one for one in all_lenses() - answered if one[0] not in NOT_COUNTED_YET} == set()


@pytest.mark.full
def test_on_a_simulated_shop_every_tile_is_the_sum_of_its_rows(lived_shop):
    answered = require_reconciled(lived_shop.store, (date(2026, 2, 1), 120), seed=3, questions=MANY)
    assert all_lenses() - answered == set()


@pytest.mark.real
@pytest.mark.parametrize("questions", [2, pytest.param(MANY, marks=pytest.mark.full)])
def test_on_the_real_orders_every_tile_is_the_sum_of_its_rows(olist_store, questions):
    answered = require_reconciled(olist_store, (date(2017, 1, 1), 300), seed=2, questions=questions)
    assert {"orders_received", "cycle_time_km", "on_time_rate", "repeat_rate"} <= {code for code, _ in answered}


@pytest.mark.parametrize("code", [code for code, metric in METRICS.items() if metric.shape is Shape.SUM])
def test_the_parts_of_a_sum_give_the_whole(lived_store, code):
    asked = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1), "lens": METRICS[code].home.value}
    [whole] = kpi.compute(lived_store, code, **asked)
    answered = {cut: answered_or_refused(lived_store, code, by=[cut], **asked) for cut in CUT_BY}
    assert answered["day"] is not None
    for cut, parts in answered.items():
        if parts is not None:  # a metric of stock knows no manager
            assert sum(part["value"] for part in parts) == pytest.approx(whole["value"]), cut
            assert sum(part["n"] for part in parts) == whole["n"], cut


def test_every_metric_answers_the_default_lens_and_its_own(lived_store):
    span = {"date_from": date(2024, 1, 1), "date_to": date(2025, 1, 1)}
    for code in METRICS.keys() - NOT_COUNTED_YET:
        for lens in {Lens.COHORT, METRICS[code].home}:
            [row] = kpi.compute(lived_store, code, lens=lens.value, **span)
            assert row["n"] > 0, code
            # Where most orders are still open nobody can know the median of all.
            assert row["value"] is not None or METRICS[code].shape is Shape.SURVIVAL, code


def test_shares_lie_between_nothing_and_all(lived_store):
    for code, metric in METRICS.items():
        if metric.unit is Unit.SHARE and code != "gross_margin" and code not in NOT_COUNTED_YET:
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
