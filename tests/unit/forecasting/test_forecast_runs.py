"""Forecast runs are remembered side by side: scores and methods by class, for 400 days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from forecasting.backtest import NAIVE, SERVED
from pipelines.forecast_runs import KEPT, WHOLE, read_runs, remember_run
from pipelines.store import Store

NIGHT = datetime(2026, 6, 22, 2, tzinfo=UTC)
WEEK = date(2026, 6, 15)
METHODS = pl.DataFrame({
    "unique_id": ["a", "b", "c", "d"],
    "series_class": ["smooth", "smooth", "smooth", "new"],
    "method": ["boosted", "boosted + window", "boosted + window", "window"],
})  # fmt: skip


def trials(ours: float) -> pl.DataFrame:
    """Ten units of a, b and c each came; twelve is what seasonal naive told."""
    return pl.DataFrame([
        {"model": model, "unique_id": name, "series_class": "lumpy", "cutoff": date(2026, 6, 1), "ds": date(2026, 6, 8),
         "demand": 10.0, "is_censored": False, "mean": mean, "q0.1": mean - 1, "q0.9": mean + 1, "naive_mae": 2.0,
         "naive_mse": 4.0}
        for name in "abc" for model, mean in ((SERVED, ours), (NAIVE, 12.0))
    ])  # fmt: skip


def remember(store: Store, made_at: datetime, ours: float) -> None:
    history = pl.DataFrame({"unique_id": ["a", "a"], "ds": [WEEK - timedelta(weeks=1), WEEK]})
    remember_run(
        store, made_at=made_at, seed=7, settings={"horizon": 2}, history=history, methods=METHODS, trials=trials(ours)
    )


def test_a_run_is_remembered_whole_and_by_class_as_each_series_is_now(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    assert read_runs(store).is_empty()
    remember(store, NIGHT, 11.0)

    whole, smooth, new = read_runs(store).to_dicts()
    assert [row["series_class"] for row in (whole, smooth, new)] == [WHOLE, "smooth", "new"]
    assert [(row["series"], row["scored"]) for row in (whole, smooth, new)] == [(4, 3), (3, 3), (1, None)]
    assert smooth["methods"] == ["boosted + window", "boosted"], "that of most series first"
    assert new["wape"] is None, "nothing was known of it at a past cutoff"
    assert (whole["wape"], whole["naive_wape"]) == (pytest.approx(0.1), pytest.approx(0.2))
    assert (whole["bias"], whole["naive_bias"]) == (pytest.approx(0.1), pytest.approx(0.2))
    assert (whole["coverage_80"], whole["naive_coverage_80"]) == (1.0, 0.0)
    assert whole["scaled_pinball_loss"] < whole["naive_scaled_pinball_loss"]
    assert (whole["made_at"], whole["seed"], whole["last_week"]) == (NIGHT, 7, WEEK)
    assert whole["settings"] == '{"horizon": 2}'


def test_the_next_run_stands_beside_it_and_the_same_instant_is_replaced(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    remember(store, NIGHT, 11.0)
    remember(store, NIGHT + timedelta(days=1), 14.0)
    remember(store, NIGHT + timedelta(days=1), 10.5)

    course = read_runs(store).filter(series_class=WHOLE)
    assert course["made_at"].to_list() == [NIGHT, NIGHT + timedelta(days=1)]
    assert course["wape"].to_list() == pytest.approx([0.1, 0.05])


def test_what_is_older_than_400_days_is_forgotten(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for made_at in (NIGHT, NIGHT + timedelta(days=1), NIGHT + KEPT):
        remember(store, made_at, 11.0)

    assert read_runs(store)["made_at"].unique().sort().to_list() == [NIGHT + timedelta(days=1), NIGHT + KEPT]
