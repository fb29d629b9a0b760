"""Forecasts for a benchmark set in the format its scorer takes, from nothing after each cutoff."""

import json
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from forecasting.boosting import BoostingSettings
from forecasting.forecaster import Forecaster
from forecasting.panel import Covariates


@dataclass(frozen=True)
class BenchmarkResult:
    """`forecasts`: unique_id, cutoff, ds, mean, q…; `cumulative`: unique_id, cutoff, horizon, q…."""

    forecasts: pl.DataFrame
    cumulative: pl.DataFrame
    series: int
    fit_seconds: float
    predict_seconds: float


def run_benchmark(set_dir: Path, seed: int = 0, settings: BoostingSettings | None = None) -> BenchmarkResult:
    """Fit and forecast at every cutoff of a set folder (`data.parquet`, `set.json`).

    Raises FileNotFoundError when the folder is no set.
    """
    protocol = json.loads((set_dir / "set.json").read_text())
    data = pl.read_parquet(set_dir / "data.parquet").rename({"y": "demand"})
    forecaster = _forecaster(protocol, seed, settings)
    periods, sums, fitted, predicted = [], [], 0.0, 0.0
    for cutoff in pl.Series(protocol["cutoffs"]).str.to_date().to_list():
        began = time.perf_counter()
        forecaster.fit(data.filter(pl.col("ds") <= cutoff), cutoff, _known_ahead(data, cutoff, forecaster))
        between = time.perf_counter()
        periods.append(forecaster.predict())
        sums.append(forecaster.predict_sums())
        fitted += between - began
        predicted += time.perf_counter() - between
    forecasts = pl.concat(periods)
    return BenchmarkResult(
        forecasts, pl.concat(sums), forecasts["unique_id"].n_unique(), round(fitted, 1), round(predicted, 1)
    )


def _forecaster(protocol: dict[str, Any], seed: int, settings: BoostingSettings | None) -> Forecaster:
    return Forecaster(
        horizon=protocol["horizon"],
        season_length=protocol["season_length"],
        freq=protocol["freq"],
        seed=seed,
        covariates=Covariates(
            known=protocol.get("known", []),
            past=protocol.get("past", []),
            static=protocol.get("static", []),
        ),
        sum_horizons=[protocol["lead_time"] + 1, *protocol["cumulative_horizons"]],
        settings=settings,
    )


def _known_ahead(data: pl.DataFrame, cutoff: date, forecaster: Forecaster) -> pl.DataFrame:
    return data.filter(pl.col("ds") > cutoff).select("unique_id", "ds", *forecaster.covariates.known)
