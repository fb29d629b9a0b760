"""Features look back only, and censored demand is restored without looking ahead."""

import numpy as np
import pytest
from forecast_series import history, poisson, seasonal, weeks

from forecasting.features import Signals
from forecasting.panel import Covariates, build_panel, restore_censored

HORIZON = 6


def panel_of(demand: np.ndarray, season_length: int = 1, **columns):
    return build_panel(history(demand, **columns), cutoff=None, horizon=HORIZON, freq="1w", season_length=season_length)


def features_at(panel, origin: int):
    made = Signals(panel).features(origin, panel.dates[origin + 1 : origin + 1 + HORIZON], panel.periods - 1)
    return [made.state, made.steps, made.own_sums, made.level]


@pytest.mark.parametrize("season_length", [1, 52])
@pytest.mark.parametrize("origin", [60, 90, 110])
def test_no_feature_moves_when_the_future_is_altered(season_length, origin):
    before = seasonal()
    after = before.copy()
    after[:, origin + 1 :] = 10_000 - 37 * after[:, origin + 1 :]

    for known, altered in zip(
        features_at(panel_of(before, season_length), origin),
        features_at(panel_of(after, season_length), origin),
        strict=True,
    ):
        np.testing.assert_array_equal(known, altered)


def test_features_of_an_origin_equal_those_of_a_panel_that_ends_there():
    panel = panel_of(seasonal(), season_length=52)
    origin = 100
    ended = panel.until(origin)

    whole = features_at(panel, origin)
    made = Signals(ended).features(origin, ended.future, origin + HORIZON)

    for one, other in zip(whole, [made.state, made.steps, made.own_sums, made.level], strict=True):
        np.testing.assert_allclose(one, other)


def test_the_past_does_move_features():
    before = poisson()
    after = before.copy()
    after[:, 58] += 50

    assert not np.array_equal(features_at(panel_of(before), 60)[0], features_at(panel_of(after), 60)[0])


def test_nothing_after_the_cutoff_enters_a_panel():
    demand = poisson(periods=50)
    altered = demand.copy()
    altered[:, 40:] = 777
    cutoff = weeks(40)[-1]

    panels = [
        build_panel(history(values), cutoff=cutoff, horizon=4, freq="1w", season_length=1)
        for values in (demand, altered)
    ]

    np.testing.assert_array_equal(panels[0].demand, panels[1].demand)
    assert panels[0].dates[-1] == cutoff
    assert panels[0].future == weeks(44)[40:]


def test_a_stockout_is_restored_towards_the_level_before_it_and_never_lowered():
    demand = np.full((1, 30), 10.0)
    demand[0, [20, 25]] = [0.0, 30.0]
    share = np.zeros((1, 30))
    share[0, [20, 25]] = [1.0, 1.0]

    restored, _, uncertain = restore_censored(demand, np.array([0]), share)

    assert restored[0, 20] == pytest.approx(10.0)
    assert restored[0, 25] == 30.0
    assert uncertain[0].nonzero()[0].tolist() == [20]  # in the second more than usual was asked for: that is known


def test_a_missing_period_takes_the_level_and_is_marked():
    demand = np.full((2, 20), 4.0)
    demand[1, 15] = np.nan

    panel = panel_of(demand)

    assert panel.demand[1, 15] == pytest.approx(4.0)
    assert panel.is_uncertain.sum() == 1


def test_one_huge_order_hardly_moves_the_level():
    demand = np.full((1, 40), 5.0)
    demand[0, 38] = 90_000.0

    levels = Signals(panel_of(demand)).levels

    assert levels[0, 39] < 10


def test_a_first_sale_after_zeros_is_no_million_times_the_level():
    demand = poisson(series=20, periods=40)
    demand[0, :30] = 0

    levels = Signals(panel_of(demand)).levels

    assert levels[0, 29] > 0.01 * np.median(levels[:, 29])


def test_covariates_known_ahead_reach_the_features_and_text_is_coded():
    demand = poisson(series=3, periods=30)
    table = history(demand)
    planned = table.select("unique_id", "ds").with_columns(promo=(table["ds"].rank("dense") % 2).cast(float))
    future = planned.filter(planned["ds"] > weeks(24)[-1])
    rows = table.join(planned, on=["unique_id", "ds"]).with_columns(kind="unique_id")

    panel = build_panel(
        rows,
        cutoff=weeks(24)[-1],
        horizon=6,
        freq="1w",
        season_length=1,
        covariates=Covariates(known=["promo"], static=["kind"]),
        future=future,
    )

    assert panel.known["promo"][0, 24:].tolist() == [1.0, 0.0] * 3
    assert panel.static["kind"].tolist() == [1.0, 2.0, 3.0]
