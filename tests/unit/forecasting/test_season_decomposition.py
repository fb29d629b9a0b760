"""Trend, season and series alike, each against a slow, obvious twin."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from forecast_series import MONDAY, history, poisson, seasonal

from forecasting.decomposition import CONSTANTS, LEAST_OWN, ROUNDS, decomposed, last_smoothed
from forecasting.grouping import Group, all_of, groups_of
from forecasting.panel import Covariates, build_panel

SEASON, HORIZON = 4, 3


def plain_ratio(part: np.ndarray, whole: np.ndarray, codes: np.ndarray) -> list[float]:
    made = []
    for code in codes:
        members = [at for at, other in enumerate(codes) if other == code]
        bottom = sum(whole[at] for at in members)
        made.append(sum(part[at] for at in members) / bottom if bottom > 0 else np.nan)
    return made


def plain_smoothing(values: list[float], constant: float) -> tuple[float, float]:
    level, squares = None, 0.0
    for value in values:
        if np.isnan(value):
            continue
        if level is None:
            level = value
            continue
        squares += (value - level) ** 2
        level += constant * (value - level)
    return squares, 0.0 if level is None else level


def plain_trend(values: list[float]) -> list[float]:
    made = []
    for at in range(len(values)):
        around = [value for value in values[max(at - SEASON, 0) : at + SEASON + 1] if not np.isnan(value)]
        made.append(sum(around) / max(len(around), 1))
    return made


def plain_shapes(rest: list[list[float]], weights: list[float], codes: np.ndarray) -> list[list[float]]:
    """Seasonal shapes of all series: own means by place, drawn to the nearer of everybody's and the group's."""
    places = [[[row[at] for at in range(place, len(row), SEASON)] for place in range(SEASON)] for row in rest]
    known = [[[value for value in values if not np.isnan(value)] for values in row] for row in places]
    own = [[sum(values) / max(len(values), 1) for values in row] for row in known]
    made = []
    for me, row in enumerate(rest):
        candidates = []
        for members in (range(len(rest)), [at for at in range(len(rest)) if codes[at] == codes[me]]):
            shared = []
            for place in range(SEASON):
                seen = [at for at in members if known[at][place]]
                total = sum(weights[at] for at in seen)
                shared.append(sum(own[at][place] * weights[at] for at in seen) / total if total else 0.0)
            candidates.append((np.mean([(a - b) ** 2 for a, b in zip(own[me], shared, strict=True)]), shared))
        gap, nearest = min(candidates, key=lambda each: each[0])
        left = [(value - own[me][at % SEASON]) ** 2 for at, value in enumerate(row) if not np.isnan(value)]
        noise = sum(left) / max(len(left) - SEASON, SEASON) / max(len(left) / SEASON, 1.0)
        keep = min(max(1 - noise / max(gap, 1e-12), LEAST_OWN), 1.0)
        shape = [near + keep * (mine - near) for mine, near in zip(own[me], nearest, strict=True)]
        made.append([value - sum(shape) / SEASON for value in shape])
    return made


def plain_decomposition(demand: np.ndarray, codes: np.ndarray) -> list[list[float]]:
    levels = [max(float(np.nanmean(row)), 1e-9) for row in demand]
    scaled = [[value / level for value in row] for row, level in zip(demand, levels, strict=True)]
    shapes = [[0.0] * SEASON for _ in scaled]
    for _ in range(ROUNDS):
        rest = []
        for row, shape in zip(scaled, shapes, strict=True):
            trend = plain_trend([value - shape[at % SEASON] for at, value in enumerate(row)])
            rest.append([value - line for value, line in zip(row, trend, strict=True)])
        shapes = plain_shapes(rest, [level**0.5 for level in levels], codes)
    made = []
    for row, shape, level in zip(scaled, shapes, levels, strict=True):
        adjusted = [value - shape[at % SEASON] for at, value in enumerate(row)]
        base = min((plain_smoothing(adjusted, constant) for constant in CONSTANTS), key=lambda each: each[0])[1]
        young = sum(not np.isnan(value) for value in row) < SEASON + HORIZON
        ahead = [max(base + shape[(len(row) + step) % SEASON], 0.0) * level for step in range(HORIZON)]
        made.append([np.nan] * HORIZON if young else ahead)
    return made


def test_a_decomposition_equals_a_plain_loop_over_series_and_periods():
    demand = seasonal(series=9, periods=26, season=SEASON)
    demand[3, :7] = np.nan
    demand[4, :21] = np.nan  # younger than a season and a horizon
    codes = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])

    made = decomposed(demand, SEASON, HORIZON, [Group(codes)])

    np.testing.assert_allclose(made, plain_decomposition(demand, codes), rtol=1e-9)
    assert np.isnan(made[4]).all()


def test_smoothing_ends_where_the_best_constant_of_a_plain_loop_does():
    values = poisson(series=6, periods=30)
    values[2, :10] = np.nan
    values[3] = np.nan

    expected = [min(plain_smoothing(row, constant) for constant in CONSTANTS)[1] for row in values]

    np.testing.assert_allclose(last_smoothed(values), expected)


def test_ratios_of_a_group_equal_a_plain_loop_and_are_unknown_of_nothing():
    generator = np.random.default_rng(4)
    part, whole, codes = generator.random(12), generator.random(12), generator.integers(0, 3, 12)
    whole[codes == 2] = 0

    np.testing.assert_allclose(Group(codes).ratio(part, whole), plain_ratio(part, whole, codes))
    twice = Group(codes).ratio(np.stack([part, part], axis=1), np.stack([whole, whole], axis=1))
    np.testing.assert_allclose(twice[:, 1], plain_ratio(part, whole, codes))
    assert all_of(3).ratio(np.ones(3), np.full(3, 2.0)).tolist() == [0.5] * 3


def test_a_steady_wave_is_told_apart_and_continued():
    wave = 10 + 5 * np.sin(2 * np.pi * np.arange(60) / 12)

    made = decomposed(np.tile(wave[:48], (3, 1)), 12, 12, [])

    np.testing.assert_allclose(made, np.tile(wave[48:], (3, 1)), rtol=0.03)


@pytest.mark.parametrize("row", [np.zeros(30), np.full(30, np.nan), np.r_[np.zeros(29), 89_786.0]])
def test_strange_series_are_decomposed_without_an_error(row):
    made = decomposed(np.vstack([poisson(series=8, periods=30), row]), 7, 7, [])

    assert np.isfinite(made[:8]).all()
    assert not (made[8] < 0).any()


def test_covariates_that_part_alike_make_one_grouping_and_tiny_groups_none():
    table = history(poisson(series=32, periods=10))
    number = pl.col("unique_id").str.slice(1).cast(pl.Int64)
    table = table.with_columns(category=number % 2, same=10 - number % 2, lone=number, only=pl.lit(1))

    panel = build_panel(
        table,
        cutoff=MONDAY + timedelta(weeks=9),
        horizon=2,
        freq="1w",
        season_length=1,
        covariates=Covariates(static=["category", "same", "lone", "only"]),
    )

    groups = groups_of(panel)
    assert len(groups) == 1
    assert groups[0].codes.tolist() == [0, 1] * 16
