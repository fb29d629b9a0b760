"""Demand whole seasons ago over its level then: of the series, of those alike, of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.decomposition import LONG_SEASON, decomposed
from forecasting.grouping import Group, all_of
from forecasting.panel import FloatArray, Panel

SEASONS_BACK = 8
RATIO_CAP = 20.0
"""Ratios to the level are cut here: one huge order must not stretch a feature."""


@dataclass(frozen=True)
class SeasonalRatios:
    """Reads seasonal ratios of a panel whose `levels` (n × T) are known."""

    panel: Panel
    levels: FloatArray
    groups: Sequence[Group]

    def at(self, origin: int, horizon: int) -> FloatArray:
        """Ratios of each period ahead: own, smoothed, of all, of each group, and of the decomposed series.

        The ratios of up to eight seasons are averaged; NaN where a series is younger than a season. A
        series without a season of its own borrows that of its groups and of all.
        """
        season = self.panel.season_length
        if season <= 1:
            return np.empty((self.panel.size, horizon, 0))
        shapes = [self._shape(origin, step, season) for step in range(1, horizon + 1)]
        apart = decomposed(self.panel.demand[:, : origin + 1], season, horizon, self.groups)
        over_level = np.minimum(apart / self.levels[:, origin, None], RATIO_CAP)
        return np.concatenate([np.stack(shapes, axis=1), over_level[:, :, None]], axis=2)

    def _shape(self, origin: int, step: int, season: int) -> FloatArray:
        first = -(-step // season)
        found = [
            self._one_season(origin - back * season, origin + step - back * season, origin)
            for back in range(first, first + SEASONS_BACK)
            if origin >= back * season
        ]
        if not found:
            return np.full((self.panel.size, 3 + len(self.groups)), np.nan)
        stacked = np.stack(found)
        count = np.isfinite(stacked).sum(axis=0)
        return np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)

    def _one_season(self, then: int, column: int, origin: int) -> FloatArray:
        # A level made of one or two periods is no measure of what was usual.
        alive = self.panel.start <= max(then - 2, 0)
        level = self.levels[:, then]
        filled = np.nan_to_num(self.panel.demand[:, max(column - 1, 0) : min(column + 2, origin + 1)])
        own = np.nan_to_num(self.panel.demand[:, column]) / level
        near = filled.mean(axis=1) / level if self.panel.season_length > LONG_SEASON else own
        demand = np.where(alive, np.nan_to_num(self.panel.smooth[:, column]), 0.0)
        shared = [group.ratio(demand, np.where(alive, level, 0.0)) for group in (all_of(self.panel.size), *self.groups)]
        columns = [np.where(alive, own, np.nan), np.where(alive, near, np.nan), *shared]
        capped: FloatArray = np.minimum(np.stack(columns, axis=1), RATIO_CAP)
        return capped
