"""Which method serves: by trial, yet never one that knows of no season where there is one."""

import numpy as np
import pytest
from forecast_series import history, poisson, seasonal

from forecasting.baselines import ExponentialSmoothing, SeasonalNaive, Window
from forecasting.boosting import BoostingSettings
from forecasting.distribution import Forecasts
from forecasting.forecaster import Forecaster
from forecasting.selection import SHARES, Trial, choose

SMALL = BoostingSettings(rows=6_000, trees=20, learning_rate=0.2, origins=15)
METHODS = ("boosted", SeasonalNaive.name, Window.name, ExponentialSmoothing.name)
LEVELS = (0.5, 0.95)
SERIES = 60


def told(value: float) -> Forecasts:
    each = np.full((SERIES, 3), value)
    return Forecasts(each, np.repeat(each[:, :, None], 2, axis=2), np.full((SERIES, 2, 2), value), (1, 3))


@pytest.fixture
def trial() -> Trial:
    """What came was 10: the window tells 10, seasonal naive 12, the boosted model 20."""
    return Trial(
        [told(20.0), told(12.0), told(10.0), told(30.0)],
        np.full((SERIES, 3), 10.0), np.ones(SERIES), np.zeros(SERIES, dtype=np.int64),
    )  # fmt: skip


def test_the_simple_method_that_did_best_is_mixed_in_to_the_limit(trial):
    assert choose(METHODS, [trial], LEVELS).mean[0].tolist() == pytest.approx([1 - max(SHARES), 0, max(SHARES), 0])


def test_a_barred_method_gives_way_to_the_next_best_for_every_kind_and_class(trial):
    choice = choose(METHODS, [trial], LEVELS, barred=[Window.name])

    for weights in (choice.mean, choice.quantiles, choice.sums):
        assert weights[:, METHODS.index(Window.name)].tolist() == [0] * len(weights)
    assert choice.mean[0].tolist() == pytest.approx([1 - max(SHARES), max(SHARES), 0, 0])


def test_where_past_seasons_count_a_method_without_a_season_serves_nothing():
    """The last quarter year was level, so that a flat forecast did best: the season then turns."""
    demand = seasonal(series=80, periods=170)
    demand[:, -12:] = demand[:, -24:-12].mean(axis=1, keepdims=True).round()
    fitted = Forecaster(horizon=6, season_length=52, settings=SMALL).fit(history(demand))

    assert not fitted.methods()["method"].str.contains(Window.name).any()


def test_without_a_season_the_same_method_may_serve():
    fitted = Forecaster(horizon=6, season_length=1, settings=SMALL).fit(history(poisson(series=80, periods=60)))

    assert fitted.methods()["method"].str.contains(Window.name).any()
