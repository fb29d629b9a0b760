"""The forecaster: honest, ordered, repeatable, and never at a loss."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from forecast_series import history, poisson, seasonal, weeks
from polars.testing import assert_frame_equal

from forecasting.boosting import QUICK, BoostingSettings
from forecasting.forecaster import Forecaster
from forecasting.metrics import quantile_columns
from forecasting.panel import Covariates

SMALL = BoostingSettings(rows=8_000, trees=40, learning_rate=0.12, origins=20)


def forecaster(horizon: int = 4, **options) -> Forecaster:
    return Forecaster(horizon=horizon, settings=SMALL, **options)


def strange_series() -> np.ndarray:
    """Among ordinary ones: zeros, one length 1, a jump, missing values, negative ones, one huge order."""
    demand = poisson(series=40, periods=70)
    demand[0] = 0
    demand[1, :69] = np.nan
    demand[2, 35:] *= 40
    demand[3, ::3] = np.nan
    demand[4, 10:20] = -5
    demand[5] = 0
    demand[5, 60] = 89_786
    demand[6, :] = np.nan
    return demand


def as_frame(demand: np.ndarray) -> pl.DataFrame:
    frame = history(demand)
    return frame.filter((pl.col("unique_id") != "S001") | (pl.col("ds") == weeks(70)[-1]))


@pytest.fixture(scope="module")
def strange() -> Forecaster:
    return forecaster().fit(as_frame(strange_series()))


def test_every_series_gets_every_period_whatever_it_is(strange):
    made = strange.predict()

    assert made.columns == ["unique_id", "cutoff", "ds", "mean", "q0.1", "q0.5", "q0.8", "q0.9", "q0.95", "q0.975"]
    assert made.height == 40 * 4
    numbers = made.select(pl.exclude("unique_id", "cutoff", "ds"))
    assert numbers.select(pl.all_horizontal(pl.all().is_finite() & (pl.all() >= 0)).all()).item()


def test_quantiles_never_cross_and_sums_grow_with_the_horizon(strange):
    sums = strange.predict_sums()
    for made in (strange.predict(), sums):
        names = list(quantile_columns(made))
        for low, high in pairwise(names):
            assert (made[low] <= made[high]).all()
    for name in quantile_columns(sums):
        assert sums.select((pl.col(name).diff().over("unique_id") >= 0).all()).item()


def test_a_series_of_zeros_is_expected_to_stay_at_zero(strange):
    assert strange.predict_sums().filter(pl.col("unique_id") == "S000")["q0.975"].max() == 0


def test_one_huge_order_does_not_carry_the_quantiles_away(strange):
    lone = strange.predict_sums([4]).filter(pl.col("unique_id") == "S005")

    assert lone["mean"].item() < 1.1 * 4 * 89_786 / 26  # its average over half a year
    assert lone["q0.975"].item() < 1.1 * 89_786


def test_a_level_after_a_jump_is_followed(strange):
    jumped = strange.predict().filter(pl.col("unique_id") == "S002")
    recent = np.mean(strange_series()[2, -8:])

    assert 0.6 * recent < jumped["mean"].mean() < 1.4 * recent


def test_equal_seeds_give_equal_forecasts_and_the_future_is_not_read():
    demand = poisson(periods=70)
    cutoff = weeks(60)[-1]
    altered = demand.copy()
    altered[:, 60:] = 9_999

    one = forecaster(seed=3).fit(history(demand), cutoff)
    other = forecaster(seed=3).fit(history(altered), cutoff)

    assert_frame_equal(one.predict(), other.predict())
    assert_frame_equal(one.predict_sums(), other.predict_sums())
    assert one.predict()["cutoff"].unique().to_list() == [cutoff]


def test_a_single_short_series_is_served_by_a_simple_method():
    made = forecaster().fit(history(np.array([[4.0]])))

    assert made.predict()["mean"].to_list() == [4.0] * 4
    assert made.methods().rows() == [("S000", "new", "exponential_smoothing")]


def test_every_series_is_told_its_class_and_the_method_that_serves_it(strange):
    methods = strange.methods()

    assert methods["unique_id"].n_unique() == methods.height == 40
    assert methods.filter(pl.col("unique_id") == "S001")["series_class"].item() == "new"
    assert methods["method"].str.len_chars().min() > 0


def test_a_season_is_learnt_better_than_repeating_it():
    demand = seasonal(series=80, periods=138)
    known, ahead = demand[:, :130], demand[:, 130:]

    made = forecaster(horizon=8, season_length=52).fit(history(known)).predict()

    error = np.abs(made["mean"].to_numpy().reshape(ahead.shape) - ahead).sum()
    naive = np.abs(known[:, 78:86] - ahead).sum()
    assert error < 0.85 * naive
    assert abs(made["mean"].sum() / ahead.sum() - 1) < 0.05


def test_bands_and_sums_cover_held_back_demand_as_they_claim():
    demand = poisson(series=400, periods=100, seed=11, mean=20)
    made = forecaster(horizon=4)
    inside, covered, rows = 0.0, dict.fromkeys(("q0.9", "q0.95"), 0.0), 0
    for number, end in enumerate((92, 96)):
        cutoff = weeks(end)[-1]
        (made.fit if number == 0 else made.at)(history(demand), cutoff)
        ahead = demand[:, end : end + 4]
        single, total = made.predict(), made.predict_sums([4])
        low, high = (single[name].to_numpy().reshape(ahead.shape) for name in ("q0.1", "q0.9"))
        inside += ((low <= ahead) & (ahead <= high)).mean()
        for name in covered:
            covered[name] += (ahead.sum(axis=1) <= total[name].to_numpy()).mean()
        rows += 1

    assert 0.76 <= inside / rows <= 0.86
    assert abs(covered["q0.9"] / rows - 0.9) < 0.03
    assert abs(covered["q0.95"] / rows - 0.95) < 0.025


def test_demand_lost_to_stockouts_is_not_learnt_as_no_demand():
    demand = np.random.default_rng(7).poisson(20.0, (80, 80)).astype(float)
    out = np.random.default_rng(8).random(demand.shape) < 0.25
    seen = np.where(out, 0.0, demand)

    aware = forecaster().fit(history(seen, censored=out)).predict()["mean"].mean()
    blind = forecaster().fit(history(seen)).predict()["mean"].mean()

    assert abs(aware / 20 - 1) < 0.05
    assert blind < 0.85 * 20


def test_a_closed_place_asks_for_nothing_and_promotions_are_expected():
    periods = 80
    promo = (np.arange(periods + 4) % 5 == 0).astype(float)
    demand = np.random.default_rng(9).poisson(10 * (1 + 2 * promo[:periods]), (80, periods)).astype(float)
    days = weeks(periods + 4)
    plan = pl.DataFrame({"ds": days, "promo": promo, "open": [1.0] * (periods + 3) + [0.0]})
    table = history(demand)
    ahead = plan.tail(4).join(table.select("unique_id").unique(), how="cross")

    made = forecaster(covariates=Covariates(known=["promo", "open"])).fit(table.join(plan, on="ds"), future=ahead)

    means = made.predict().group_by("ds").agg(pl.col("mean").mean()).sort("ds")["mean"].to_list()
    assert promo[-4:].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert means[0] > 1.8 * means[1]
    assert means[3] == 0
    closed = made.predict().filter(pl.col("ds") == days[-1])
    assert closed["q0.975"].max() == 0


@pytest.mark.full
def test_days_and_months_are_forecast_like_weeks():
    demand = seasonal(series=30, periods=120, season=7)
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(120)]
    daily = Forecaster(horizon=14, season_length=7, freq="1d", settings=SMALL).fit(history(demand, dates=days))
    shape = daily.predict().group_by("ds").agg(pl.col("mean").sum()).sort("ds")["mean"].to_numpy()
    wave = np.sin(2 * np.pi * np.arange(120, 134) / 7)
    assert np.corrcoef(shape, wave)[0, 1] > 0.9

    months = pl.date_range(date(2020, 1, 1), date(2024, 12, 1), "1mo", eager=True).to_list()
    monthly = Forecaster(horizon=3, season_length=12, freq="1mo", settings=SMALL)
    monthly.fit(history(seasonal(series=30, periods=60, season=12), dates=months))
    assert monthly.predict()["ds"].unique().sort().to_list() == [date(2025, month, 1) for month in (1, 2, 3)]


def test_sums_that_were_not_prepared_are_refused(strange):
    with pytest.raises(ValueError, match="9"):
        strange.predict_sums([9])
    with pytest.raises(ValueError, match="fit the forecaster first"):
        forecaster().predict()


def test_a_shop_too_young_for_last_years_columns_is_forecast_all_the_same():
    young = history(poisson(series=1_200, periods=13, mean=0.5))
    predicted = forecaster(season_length=52).fit(young).predict()
    assert predicted.height == young["unique_id"].n_unique() * 4
    assert predicted["mean"].is_finite().all()


def test_the_median_of_a_steady_series_is_found_among_many_that_rarely_sell():
    generator = np.random.default_rng(4)
    steady = generator.poisson(generator.gamma(4, 5, (9, 1)), (9, 60))
    rare = generator.poisson(0.15 * generator.gamma(0.7, 1.4, (291, 60))) * generator.geometric(0.4, (291, 60))
    made = Forecaster(horizon=2, settings=QUICK).fit(history(np.concatenate([steady, rare]).astype(float)))

    told = made.predict().filter(pl.col("unique_id") < "S009")

    assert told["q0.5"].mean() > 0.8 * steady.mean()
    assert told["q0.1"].mean() > 0.5 * steady.mean()
