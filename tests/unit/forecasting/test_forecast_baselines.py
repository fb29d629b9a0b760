"""The simple methods against slow, obvious twins."""

import numpy as np
import pytest
from forecast_series import history, poisson, weeks

from forecasting.baselines import (
    ExponentialSmoothing,
    SeasonalNaive,
    SimpleForecaster,
    Window,
    smoothed_levels,
)
from forecasting.distribution import row_quantiles
from forecasting.metrics import quantile_columns

METHODS = [SeasonalNaive(), Window(), ExponentialSmoothing()]


def test_seasonal_naive_repeats_the_last_season():
    demand = np.tile(np.arange(1.0, 5.0), 10)[None, :]

    made = SimpleForecaster(SeasonalNaive(), horizon=6, season_length=4).fit(history(demand)).predict()

    assert made["mean"].to_list() == [1, 2, 3, 4, 1, 2]
    assert made["q0.975"].to_list() == [1, 2, 3, 4, 1, 2]
    assert made["ds"].to_list() == weeks(46)[40:]


def test_a_series_without_a_season_behind_it_repeats_its_last_value():
    made = SimpleForecaster(SeasonalNaive(), horizon=2, season_length=52).fit(history(np.array([[3.0, 7.0]])))

    assert made.predict()["mean"].to_list() == [7, 7]


def test_row_quantiles_equal_those_of_numpy_row_by_row():
    values = np.random.default_rng(3).normal(size=(20, 15))
    values[3, :6] = np.nan
    values[4] = np.nan

    made = row_quantiles(values, [0.1, 0.5, 0.95])

    for row, found in zip(values, made, strict=True):
        known = row[np.isfinite(row)]
        expected = np.quantile(known, [0.1, 0.5, 0.95], method="weibull") if len(known) else [0, 0, 0]
        np.testing.assert_allclose(found, expected)


def test_smoothing_equals_the_textbook_recursion_with_its_best_constant():
    demand = poisson(series=5, periods=40)

    made = smoothed_levels(demand, constants=(0.1, 0.4))

    for row, found in zip(demand, made, strict=True):
        runs = []
        for constant in (0.1, 0.4):
            level, squares, levels = row[0], 0.0, []
            for value in row:
                squares += (value - level) ** 2
                level += constant * (value - level)
                levels.append(level)
            runs.append((squares, levels))
        np.testing.assert_allclose(found, min(runs)[1])


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_sums_of_a_simple_method_cover_nearly_what_they_claim_on_steady_demand(method):
    demand = poisson(series=300, periods=84, seed=5)
    known, ahead = demand[:, :80], demand[:, 80:]

    made = SimpleForecaster(method, horizon=4).fit(history(known)).predict_sums([4])

    covered = {name: (ahead.sum(axis=1) <= made[name].to_numpy()).mean() for name in quantile_columns(made)}
    # Two dozen overlapping sums cannot know a tail: they fall some points short, never more.
    assert 0.83 <= covered["q0.9"] <= 0.985
    assert 0.88 <= covered["q0.95"] <= 0.995


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_simple_forecaster_says_when_it_was_not_fitted(method):
    with pytest.raises(ValueError, match="fit the forecaster first"):
        SimpleForecaster(method, horizon=2).predict()
