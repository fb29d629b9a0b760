"""Trend and season taken apart, series by series; a noisy season leans on that of the series alike."""

from collections.abc import Sequence

import numpy as np

from forecasting.grouping import Group, all_of
from forecasting.panel import BoolArray, FloatArray, IntArray

SEASONS_READ, LEAST_READ = 4, 60
CONSTANTS = (0.08, 0.2, 0.4)
ROUNDS = 2
LONG_SEASON = 12
"""Seasons longer than this are smoothed over neighbouring periods."""

NEIGHBOURS = 0.25
LEAST_OWN = 0.4
"""However noisy, a series keeps this part of its own season."""


def decomposed(demand: FloatArray, season: int, horizon: int, groups: Sequence[Group]) -> FloatArray:
    """Smoothed level plus seasonal shape for the `horizon` periods after `demand` (n × T, NaN before a start).

    A light relative of STL (Cleveland et al. 1990): a centred mean as the trend, the mean of what is left
    at each place of the season as its shape, twice. NaN for series younger than a season and a horizon.
    """
    recent = demand[:, -max(SEASONS_READ * season, LEAST_READ) :]
    alive = np.isfinite(recent)
    count = alive.sum(axis=1)
    level = np.maximum(np.nansum(recent, axis=1) / np.maximum(count, 1), 1e-9)[:, None]
    scaled = np.where(alive, recent / level, 0.0)
    place = np.arange(recent.shape[1]) % season
    shape: FloatArray = np.zeros((len(demand), season))
    for _ in range(ROUNDS):
        trend = _centred_mean(np.where(alive, scaled - shape[:, place], 0.0), alive, season)
        shape = _shape(np.where(alive, scaled - trend, 0.0), alive, season, np.sqrt(level), groups)
    base = last_smoothed(np.where(alive, scaled - shape[:, place], np.nan))
    ahead = (recent.shape[1] + np.arange(horizon)) % season
    made = np.maximum(base[:, None] + shape[:, ahead], 0.0) * level
    return np.where((count >= season + horizon)[:, None], made, np.nan)


def last_smoothed(values: FloatArray, constants: Sequence[float] = CONSTANTS) -> FloatArray:
    """Where simple exponential smoothing ends, by the constant of least squared error per row; 0 of nothing."""
    best, chosen = np.full(len(values), np.inf), np.zeros(len(values))
    for constant in constants:
        level, errors = np.full(len(values), np.nan), np.zeros(len(values))
        for value in values.T:
            error = np.nan_to_num(value - level)
            errors += error**2
            level = np.where(np.isfinite(level), level + constant * error, value)
        chosen, best = np.where(errors < best, level, chosen), np.minimum(errors, best)
    return np.nan_to_num(chosen)


def _centred_mean(values: FloatArray, alive: BoolArray, season: int) -> FloatArray:
    half = (season + 1) // 2 if season > LONG_SEASON else season
    columns = np.arange(values.shape[1])
    first, end = np.maximum(columns - half, 0), np.minimum(columns + half + 1, values.shape[1])
    total = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    seen = np.pad(np.cumsum(alive, axis=1), ((0, 0), (1, 0)))
    mean: FloatArray = (total[:, end] - total[:, first]) / np.maximum(seen[:, end] - seen[:, first], 1)
    return mean


def _shape(rest: FloatArray, alive: BoolArray, season: int, weight: FloatArray, groups: Sequence[Group]) -> FloatArray:
    """Seasonal shape (n × season): the series' own, drawn to the nearest group's the more, the noisier it is."""
    place = np.arange(rest.shape[1]) % season
    seen = _by_place(alive.astype(float), place, season)
    own = _by_place(rest, place, season) / np.maximum(seen, 1)
    if season > LONG_SEASON:
        around = (np.roll(own, 1, axis=1) + np.roll(own, -1, axis=1)) / 2
        own = (1 - NEIGHBOURS) * own + NEIGHBOURS * around
    trusted = np.where(seen > 0, weight, 0.0)
    nearest, gap = np.zeros_like(own), np.full(len(own), np.inf)
    for group in (all_of(len(own)), *groups):
        shared = np.nan_to_num(group.ratio(own * trusted, trusted))
        distance = ((own - shared) ** 2).mean(axis=1)
        nearest = np.where((distance < gap)[:, None], shared, nearest)
        gap = np.minimum(distance, gap)
    count = alive.sum(axis=1)
    left = np.where(alive, rest - own[:, place], 0.0)
    noise = (left**2).sum(axis=1) / np.maximum(count - season, season) / np.maximum(count / season, 1.0)
    keep = np.clip(1 - noise / np.maximum(gap, 1e-12), LEAST_OWN, 1.0)[:, None]
    shape = nearest + keep * (own - nearest)
    centred: FloatArray = shape - shape.mean(axis=1, keepdims=True)
    return centred


def _by_place(values: FloatArray, place: IntArray, season: int) -> FloatArray:
    return np.stack([values[:, place == at].sum(axis=1) for at in range(season)], axis=1)
