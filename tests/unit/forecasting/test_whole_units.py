"""Quantiles in the units demand comes in."""

import numpy as np
import polars as pl
from forecast_series import history, poisson, weeks

from forecasting.boosting import BoostingSettings
from forecasting.forecaster import Forecaster
from forecasting.metrics import quantile_columns

SMALL = BoostingSettings(rows=3_000, trees=15, learning_rate=0.2, origins=10)


def test_what_is_sold_in_pieces_has_whole_quantiles_and_what_is_weighed_has_not():
    demand = poisson(series=30, periods=50)
    demand[::2] += np.random.default_rng(5).random((15, 50))
    weighed = pl.col("unique_id").is_in([f"S{number:03d}" for number in range(0, 30, 2)])

    fitted = Forecaster(horizon=3, settings=SMALL).fit(history(demand))

    for made in (fitted.predict(), fitted.predict_sums()):
        fraction = made.with_columns(pl.col(name) % 1 for name in quantile_columns(made))
        whole = pl.all_horizontal(pl.col(name) == 0 for name in quantile_columns(made))
        assert fraction.filter(~weighed).select(whole.all()).item()
        assert not fraction.filter(weighed).select(whole.any()).item()


def test_an_estimate_of_what_an_empty_shelf_lost_does_not_make_pieces_fractions():
    demand = poisson(series=30, periods=50)
    censored = np.zeros_like(demand)
    censored[:, 20] = 0.37

    made = Forecaster(horizon=3, settings=SMALL).fit(history(demand, censored=censored)).predict()

    assert made["cutoff"].unique().to_list() == [weeks(50)[-1]]
    assert (made["q0.9"] % 1 == 0).all()
