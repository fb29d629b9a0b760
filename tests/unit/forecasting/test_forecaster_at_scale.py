"""Thirty thousand series in one process, within the memory of a small machine."""

import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import polars as pl
import pytest
from forecast_series import weeks

from forecasting.forecaster import Forecaster

SERIES, PERIODS, HORIZON = 30_000, 80, 6
MOST_MEGABYTES = 1_500


def forecast_many() -> tuple[int, bool, float]:
    """Rows forecast, whether all are finite, and the most memory this process ever held in MB."""
    generator = np.random.default_rng(12)
    rates = generator.gamma(0.7, 2.0, (SERIES, 1))
    table = pl.DataFrame(
        {
            "unique_id": np.repeat([f"S{number:05d}" for number in range(SERIES)], PERIODS),
            "ds": pl.concat([pl.Series(weeks(PERIODS))] * SERIES),
            "demand": generator.poisson(rates, (SERIES, PERIODS)).astype(float).ravel(),
        }
    )
    made = Forecaster(horizon=HORIZON, season_length=52, sum_horizons=[3, 6]).fit(table)
    numbers = made.predict().select(pl.exclude("unique_id", "cutoff", "ds"))
    finite = numbers.select(pl.all_horizontal(pl.all().is_finite()).all()).item()
    return numbers.height, finite, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.full
def test_thirty_thousand_series_fit_into_a_gigabyte_and_a_half():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        rows, finite, megabytes = alone.submit(forecast_many).result()

    assert rows == SERIES * HORIZON
    assert finite
    assert megabytes < MOST_MEGABYTES
