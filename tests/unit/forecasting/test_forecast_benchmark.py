"""A benchmark set in, the scorer's files out, nothing read after a cutoff."""

import json

import polars as pl
import pytest
from forecast_series import history, poisson, weeks
from polars.testing import assert_frame_equal

from forecasting.benchmark import run_benchmark
from forecasting.boosting import BoostingSettings

SMALL = BoostingSettings(rows=3_000, trees=15, learning_rate=0.2, origins=10)
CUTOFFS = [weeks(60)[end] for end in (49, 53)]


@pytest.fixture
def set_dir(tmp_path):
    table = history(poisson(series=30, periods=60)).drop("censored_share").rename({"demand": "y"})
    table.with_columns(kind=pl.lit("a"), plan=pl.lit(1.0)).write_parquet(tmp_path / "data.parquet")
    protocol = {
        "name": "small",
        "freq": "1w",
        "horizon": 4,
        "cutoffs": [str(cutoff) for cutoff in CUTOFFS],
        "season_length": 1,
        "lead_time": 1,
        "cumulative_horizons": [2, 4],
        "known": ["plan"],
        "static": ["kind"],
    }
    (tmp_path / "set.json").write_text(json.dumps(protocol))
    return tmp_path


def test_each_cutoff_gives_each_series_its_periods_and_sums(set_dir):
    made = run_benchmark(set_dir, seed=1, settings=SMALL)

    assert made.series == 30
    assert made.forecasts.height == 30 * 2 * 4
    assert made.forecasts["cutoff"].unique().sort().to_list() == CUTOFFS
    assert made.cumulative.group_by("horizon").len().sort("horizon").rows() == [(2, 60), (4, 60)]
    assert min(made.fit_seconds, made.predict_seconds) >= 0


def test_demand_after_the_last_cutoff_changes_no_forecast(set_dir):
    before = run_benchmark(set_dir, settings=SMALL)
    data = pl.read_parquet(set_dir / "data.parquet")
    later = pl.col("ds") > CUTOFFS[-1]
    data.with_columns(pl.when(later).then(9_999.0).otherwise("y").alias("y")).write_parquet(set_dir / "data.parquet")

    after = run_benchmark(set_dir, settings=SMALL)

    assert_frame_equal(before.forecasts, after.forecasts)
    assert_frame_equal(before.cumulative, after.cumulative)
