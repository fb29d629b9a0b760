"""Scores against a slow twin, and a backtest that reads nothing of what it forecasts."""

import numpy as np
import polars as pl
import pytest
from forecast_series import history, poisson, weeks
from polars.testing import assert_frame_equal

from forecasting.backtest import backtest
from forecasting.boosting import BoostingSettings
from forecasting.forecaster import Forecaster
from forecasting.metrics import naive_scales, period_scores, sum_scores

SMALL = BoostingSettings(rows=4_000, trees=20, learning_rate=0.2, origins=12)
LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}


def scored_rows() -> pl.DataFrame:
    generator = np.random.default_rng(1)
    table = history(poisson(series=6, periods=30)).rename({"ds": "day"}).with_columns(ds="day")
    cutoff = weeks(26)[-1]
    middle = generator.gamma(4, 2, (24, 1))
    ahead = table.filter(pl.col("ds") > cutoff).with_columns(
        cutoff=pl.lit(cutoff),
        mean=pl.Series(middle[:, 0]),
        **{name: pl.Series((middle * factor)[:, 0]) for name, factor in zip(LEVELS, (0.5, 1, 1.6), strict=True)},
    )
    scales = naive_scales(table, ahead["cutoff"])
    return ahead.join(scales, on=["unique_id", "cutoff"])


def slow_twin(rows: pl.DataFrame) -> dict[str, float]:
    by_series: dict[str, list[dict]] = {}
    for row in rows.iter_rows(named=True):
        by_series.setdefault(row["unique_id"], []).append(row)
    mase, rmsse, pinball = [], [], []
    for group in by_series.values():
        errors = [row["mean"] - row["demand"] for row in group]
        mase.append(np.mean(np.abs(errors)) / group[0]["naive_mae"])
        rmsse.append(np.sqrt(np.mean(np.square(errors)) / group[0]["naive_mse"]))
        losses = [
            max(level * (row["demand"] - row[name]), (level - 1) * (row["demand"] - row[name]))
            for row in group
            for name, level in LEVELS.items()
        ]
        pinball.append(np.mean(losses) / group[0]["naive_mae"])
    errors = rows["mean"] - rows["demand"]
    return {
        "wape": errors.abs().sum() / rows["demand"].sum(),
        "bias": errors.sum() / rows["demand"].sum(),
        "mase": np.mean(mase),
        "rmsse": np.mean(rmsse),
        "scaled_pinball_loss": np.mean(pinball),
        "coverage_80": np.mean([row["q0.1"] <= row["demand"] <= row["q0.9"] for row in rows.to_dicts()]),
    }


def test_period_scores_equal_a_plain_loop():
    rows = scored_rows().with_columns(group=pl.lit("all"))

    made = period_scores(rows, ["group"]).row(0, named=True)

    expected = slow_twin(rows)
    assert {name: made[name] for name in expected} == pytest.approx(expected)
    assert (made["series"], made["periods"]) == (6, 24)


def test_naive_scales_look_back_only():
    table = history(np.array([[1.0, 4.0, 2.0, 99.0]]))

    made = naive_scales(table, pl.Series([weeks(3)[-1]]))

    assert made["naive_mae"].item() == 2.5
    assert made["naive_mse"].item() == 6.5


def test_scores_of_nothing_but_zeros_are_unknown_not_infinite():
    rows = scored_rows().with_columns(demand=pl.lit(0.0), naive_mae=pl.lit(0.0), naive_mse=pl.lit(0.0))

    made = period_scores(rows.with_columns(group=pl.lit("all")), ["group"]).row(0, named=True)

    assert made["wape"] is None
    assert made["rmsse"] is None


def test_sum_scores_count_what_is_covered():
    rows = pl.DataFrame({"model": ["a"] * 4, "demand": [1.0, 2.0, 3.0, 4.0], "q0.1": [0.0] * 4, "q0.9": [3.0] * 4})

    made = sum_scores(rows, ["model"]).row(0, named=True)

    assert made["cover_0.9"] == 0.75
    assert made["pinball_0.9"] == pytest.approx(2 * (0.1 * 2 + 0.1 * 1 + 0 + 0.9 * 1) / 10)


@pytest.fixture(scope="module")
def result():
    return backtest(history(poisson(periods=70)), Forecaster(horizon=4, settings=SMALL), origins=3)


def test_seasonal_naive_stands_beside_what_served(result):
    total = result.scores.filter(pl.col("series_class") == "all")
    loss = dict(total.select("model", "scaled_pinball_loss").iter_rows())

    assert set(loss) == {"served", "seasonal_naive"}
    assert loss["served"] < loss["seasonal_naive"]
    assert set(total["periods"].to_list()) == {60 * 4 * 3}


def test_each_series_has_its_method_and_both_scores(result):
    assert result.series.height == 60
    assert (
        result.series.select("method", "wape", "naive_wape", "naive_scaled_pinball_loss")
        .null_count()
        .sum_horizontal()
        .item()
        == 0
    )
    assert result.sums["horizon"].unique().sort().to_list() == [1, 2, 3, 4]


def test_cutoffs_leave_what_they_forecast_unseen(result):
    assert result.forecasts["cutoff"].unique().sort().to_list() == [weeks(70)[end] for end in (57, 61, 65)]
    assert (result.forecasts["ds"] > result.forecasts["cutoff"]).all()


def test_altering_what_comes_after_a_cutoff_leaves_its_forecasts_alone():
    demand = poisson(periods=60)
    altered = demand.copy()
    altered[:, 56:] = 5_000

    made = [
        backtest(history(values), Forecaster(horizon=4, settings=SMALL), origins=1).forecasts.drop("demand")
        for values in (demand, altered)
    ]

    assert_frame_equal(*made)


def test_censored_periods_are_forecast_but_not_scored():
    demand = poisson(periods=60)
    censored = np.zeros_like(demand)
    censored[:, 57:59] = 1
    demand[:, 57], demand[:, 58] = 0, 1_000  # in the second the shelf hid nothing: more than usual was asked for

    made = backtest(history(demand, censored=censored), Forecaster(horizon=4, settings=SMALL), origins=1)

    assert made.scores.filter(pl.col("series_class") == "all")["periods"].to_list() == [60 * 3, 60 * 3]
    assert made.forecasts.filter(pl.col("is_censored"))["ds"].unique().to_list() == [weeks(60)[57]]
    assert made.sums.filter(pl.col("cover_0.9").is_not_null())["horizon"].unique().sort().to_list() == [1]


def test_too_short_a_history_is_refused():
    with pytest.raises(ValueError, match="too few"):
        backtest(history(poisson(periods=6)), Forecaster(horizon=4, settings=SMALL))
