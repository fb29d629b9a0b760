"""Small histories with a known truth, for the tests of this room."""

from datetime import date, timedelta

import numpy as np
import polars as pl

MONDAY = date(2023, 1, 2)


def weeks(count: int, start: date = MONDAY) -> list[date]:
    return [start + timedelta(weeks=number) for number in range(count)]


def history(demand: np.ndarray, *, censored: np.ndarray | None = None, dates: list[date] | None = None):
    """A history frame of series × weeks (NaN = null)."""
    series, periods = demand.shape
    labels = dates or weeks(periods)
    share = np.zeros_like(demand) if censored is None else censored
    return pl.DataFrame(
        {
            "unique_id": np.repeat([f"S{number:03d}" for number in range(series)], periods),
            "ds": labels * series,
            "demand": demand.astype(float).ravel(),
            "censored_share": share.astype(float).ravel(),
        },
        schema_overrides={"ds": pl.Date},
    ).with_columns(pl.col("demand").fill_nan(None))


def poisson(series: int = 60, periods: int = 90, seed: int = 1, mean: float = 8.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.poisson(generator.gamma(4.0, mean / 4.0, (series, 1)), (series, periods)).astype(float)


def seasonal(series: int = 60, periods: int = 130, season: int = 52, seed: int = 2) -> np.ndarray:
    generator = np.random.default_rng(seed)
    wave = 1 + 0.8 * np.sin(2 * np.pi * np.arange(periods) / season)
    return generator.poisson(generator.gamma(4.0, 10.0, (series, 1)) * wave).astype(float)
