"""Buyers' own quantities beside the suggested ones, counted by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from forecasting.changed_orders import MONEY, QUANTITY, score_changes, standing_changes, sum_changes

MONDAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
AFTER = MONDAY + timedelta(days=10)
SCHEMA: dict[str, Any] = {
    "id": pl.Int64, "unique_id": pl.String, "buyer": pl.String, "decided_at": pl.Datetime("us", "UTC"),
    "starts_on": pl.Date, "lead_time_days": pl.Int64, "review_period_days": pl.Int64, "available": QUANTITY,
    "suggested": QUANTITY, "ordered": QUANTITY, "unit_margin": pl.Float64, "service": pl.Float64,
}  # fmt: skip
USUAL = {
    "unique_id": "a", "buyer": "Ann", "decided_at": NOON, "starts_on": MONDAY, "lead_time_days": 3,
    "review_period_days": 7, "available": Decimal(4), "suggested": Decimal(20), "ordered": Decimal(10),
    "unit_margin": 2.0, "service": 0.8,
}  # fmt: skip


def decisions(*facts: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"id": place, **USUAL, **one} for place, one in enumerate(facts)], schema=SCHEMA)


def asked(**units: float) -> pl.DataFrame:
    """So much on each of the ten days, and a hundred on the day before and the day after them."""
    days = [MONDAY + timedelta(days=day) for day in range(-1, 11)]
    return pl.DataFrame([
        {"unique_id": name, "ds": day, "demand": each if MONDAY <= day < AFTER else 100.0, "stocked_out": False}
        for name, each in units.items() for day in days
    ])  # fmt: skip


def scored(*facts: dict[str, Any], each: float = 1.2, known_until: date = AFTER) -> list[dict[str, Any]]:
    return score_changes(decisions(*facts), asked(a=each), known_until=known_until).to_dicts()


def test_who_was_nearer_and_what_it_cost_are_counted_at_the_end_of_the_interval():
    # 4 there; 12 asked for in ten days: 20 leaves 12 over, 10 leaves 2 over.
    (row,) = scored({})
    assert (row["demand"], row["known_on"], row["was_empty"]) == (Decimal(12), AFTER, False)
    assert [row[name] for name in ("short_suggested", "over_suggested", "short_ordered", "over_ordered")] == [
        0,
        12,
        0,
        2,
    ]
    assert row["nearer"] == "ordered"
    # At 80 % a unit left over weighs a quarter of the margin: 12 × 0.5 against 2 × 0.5.
    assert (row["cost_suggested"], row["cost_ordered"], row["saved"]) == (Decimal(6), Decimal(1), Decimal(5))


def test_a_cut_that_ran_short_costs_the_margin():
    # 30 asked for: 24 falls 6 short, 14 falls 16 short.
    (row,) = scored({}, each=3.0)
    assert [row[name] for name in ("short_suggested", "over_suggested", "short_ordered", "over_ordered")] == [
        6,
        0,
        16,
        0,
    ]
    assert (row["nearer"], row["saved"]) == ("suggested", Decimal(-20))


def test_what_was_rejected_ordered_nothing_and_a_draw_is_nobodys():
    # 14 asked for: 24 leaves 10 over, 4 falls 10 short.
    (row,) = scored({"ordered": Decimal(0)}, each=1.4)
    assert (row["over_suggested"], row["short_ordered"], row["nearer"]) == (10, 10, "equal")
    assert row["saved"] == Decimal("-15.00")


def test_what_nobody_asked_for_is_known_to_be_none():
    (row,) = scored({"unique_id": "quiet"})
    assert (row["demand"], row["over_ordered"], row["was_empty"]) == (0, 14, False)


def test_before_the_interval_is_over_only_its_day_is_told():
    (row,) = scored({}, known_until=AFTER - timedelta(days=1))
    assert row["known_on"] == AFTER
    assert {row[name] for name in ("demand", "was_empty", "nearer", "short_ordered", "over_ordered", "saved")} == {None}


def test_without_a_margin_the_units_are_told_alone():
    (row,) = scored({"unit_margin": None})
    assert (row["nearer"], row["over_ordered"], row["cost_ordered"], row["saved"]) == ("ordered", 2, None, None)


def test_an_empty_shelf_within_the_interval_is_told():
    demand = asked(a=1.2)
    for day, was_empty in ((MONDAY + timedelta(days=9), True), (AFTER, False)):
        empty = demand.with_columns(stocked_out=pl.col("ds") == day)
        assert score_changes(decisions({}), empty, known_until=AFTER)["was_empty"].to_list() == [was_empty]


def test_a_decision_is_left_to_the_next_one_before_the_review_and_what_was_not_changed_is_no_change():
    days = {"rejected": 0, "again": 1, "bought": 8, "later": 15}
    told = [
        {"decided_at": NOON + timedelta(days=days["rejected"]), "ordered": Decimal(0)},  # again the next day
        {"decided_at": NOON + timedelta(days=days["again"]), "ordered": Decimal(0)},  # stood for seven days
        {"decided_at": NOON + timedelta(days=days["bought"]), "ordered": Decimal(20)},  # as suggested
        {"decided_at": NOON + timedelta(days=days["later"]), "ordered": Decimal(30)},
        {"unique_id": "b", "decided_at": NOON, "ordered": Decimal(5)},
    ]
    assert sorted(standing_changes(decisions(*told))["id"]) == [1, 3, 4]


def test_totals_add_up_by_buyer():
    rows = [
        {}, {"ordered": Decimal(0)}, {"unit_margin": None}, {"starts_on": AFTER},
        {"buyer": "Bob", "ordered": Decimal(25)},
    ]  # fmt: skip
    each = score_changes(decisions(*rows), asked(a=1.2), known_until=AFTER)
    ann, bob = sum_changes(each, ["buyer"]).sort("buyer").to_dicts()
    assert (ann["changes"], ann["pending"], ann["nearer_ordered"], ann["nearer_suggested"]) == (3, 1, 3, 0)
    assert (ann["over_suggested"], ann["over_ordered"], ann["short_ordered"]) == (36, 4, 8)
    # 12 over against 8 short at the whole margin: 6 − 16 = −10, beside 5 saved by the first.
    assert (ann["costed"], ann["saved"]) == (2, Decimal(-5))
    assert (bob["nearer_suggested"], bob["saved"]) == (1, Decimal("-2.50"))
    assert each.schema["saved"] == MONEY


@pytest.mark.parametrize("known_until", [MONDAY, AFTER])
def test_no_changes_are_no_rows(known_until: date):
    none = score_changes(decisions(), asked(a=1.0), known_until=known_until)
    assert none.is_empty()
    assert sum_changes(none, ["buyer"]).is_empty()
