"""Accuracy by parts: as the scores of the part alone, and why seasonal naive was better where it was."""

from datetime import date, timedelta

import polars as pl
import pytest

from forecasting.accuracy import REASONS, accuracy_by, why_lost
from forecasting.backtest import NAIVE, SERVED

CUTOFF = date(2026, 6, 1)


def trials() -> pl.DataFrame:
    rows = []
    for name, supplier, demand, ours, naive in (
        ("a", "north", 10.0, 12.0, 20.0), ("b", "north", 10.0, 9.0, 10.0), ("c", "south", 4.0, 8.0, 4.0),
    ):  # fmt: skip
        for week in range(1, 4):
            for model, mean in ((SERVED, ours), (NAIVE, naive)):
                rows.append({
                    "model": model, "unique_id": name, "supplier": supplier, "cutoff": CUTOFF, "mean": mean,
                    "ds": CUTOFF + timedelta(weeks=week), "demand": demand, "is_censored": name == "b" and week == 3,
                    "q0.1": mean - 3, "q0.5": mean, "q0.9": mean + 3, "naive_mae": 2.0, "naive_mse": 4.0,
                })  # fmt: skip
    return pl.DataFrame(rows)


def test_a_part_is_scored_as_its_rows_alone():
    found = {row["supplier"]: row for row in accuracy_by(trials(), "supplier").to_dicts()}
    north, south = found["north"], found["south"]
    assert (north["series"], north["periods"]) == (2, 5), "a censored week is not scored"
    assert north["wape"] == pytest.approx((3 * 2 + 2 * 1) / 50)
    assert north["bias"] == pytest.approx((3 * 2 - 2 * 1) / 50)
    assert north["naive_wape"] == pytest.approx(3 * 10 / 50)
    assert north["coverage_80"] == 1
    assert (north["is_lost"], south["is_lost"]) == (False, True)


def test_rows_without_a_part_are_left_out():
    known = trials().with_columns(supplier=pl.when(pl.col("unique_id") == "c").then(None).otherwise("supplier"))
    assert accuracy_by(known, "supplier")["supplier"].to_list() == ["north"]


def test_what_was_lost_has_its_likeliest_reason_and_what_was_won_is_not_told():
    kinds = [
        ("new", "smooth", 0.0), ("shelf", "smooth", 0.0), ("rare", "lumpy", 0.0), ("erratic", "erratic", 0.0),
        ("level", "smooth", -0.5), ("chance", "smooth", 0.1), ("won", "smooth", 0.0),
    ]  # fmt: skip
    series = pl.DataFrame([
        {"unique_id": name, "series_class": kind, "bias": bias, "scaled_pinball_loss": 0.1 if name == "won" else 0.4,
         "naive_scaled_pinball_loss": 0.3, "next_weeks": float(place)}
        for place, (name, kind, bias) in enumerate(kinds)
    ])  # fmt: skip
    weeks = {"new": [0.0] * 25, "shelf": [0.5, 0.0, 0.0, 0.0] * 10}
    history = pl.DataFrame([
        {"unique_id": name, "censored_share": share} for name, *_ in kinds for share in weeks.get(name, [0.0] * 40)
    ])  # fmt: skip
    lost = why_lost(series, history)
    assert dict(lost.select("unique_id", "reason").iter_rows()) == {name: name for name in REASONS}
    assert lost["unique_id"][0] == "chance", "the largest first"
