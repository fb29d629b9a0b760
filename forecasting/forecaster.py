"""The forecaster: one global boosted model, mixed with simple methods where they win, behind frames."""

from collections.abc import Sequence
from datetime import date
from typing import Self

import numpy as np
import polars as pl

from forecasting.baselines import ExponentialSmoothing, Method, SeasonalNaive, Window
from forecasting.boosting import BoostedModel, BoostingSettings
from forecasting.distribution import QUANTILES, Forecasts
from forecasting.panel import Covariates, Panel, build_panel
from forecasting.periods import Freq
from forecasting.selection import CLASSES, Choice, Trial, choose, classify, only

TRIAL_ORIGINS = 2
TRIAL_QUANTILES = (0.5, 0.95)
A_SEASON = 0.5
"""Where past seasons are believed by this part, a method that knows of none may win two trials by chance and be
wrong at the next turn of the season: it takes no part in the mixture."""


class Forecaster:
    """Demand quantiles per period and of the sum over the next periods, for all series at once.

    Estimator calls: `fit(history, cutoff)`, then `predict()`, `predict_sums(horizons)` and `methods()`.
    `at(history, cutoff)` moves the fitted models to a later cutoff without training them again, as a
    rolling origin does. Equal input and seed give equal output.
    """

    def __init__(
        self,
        *,
        horizon: int,
        season_length: int = 1,
        freq: Freq = "1w",
        quantiles: Sequence[float] = QUANTILES,
        seed: int = 0,
        covariates: Covariates | None = None,
        sum_horizons: Sequence[int] | None = None,
        settings: BoostingSettings | None = None,
    ) -> None:
        """`sum_horizons`: the sums that can be asked for; all from 1 to `horizon` when None."""
        self.horizon, self.season_length, self.freq = horizon, season_length, freq
        self.quantiles = tuple(sorted(quantiles))
        self.seed = seed
        self.covariates = covariates or Covariates()
        self.sum_horizons = sorted(set(sum_horizons or range(1, horizon + 1)))
        self.settings = settings or BoostingSettings()
        self._simple: list[Method] = [SeasonalNaive(), Window(), ExponentialSmoothing()]
        self._boosted: BoostedModel | None = None
        self._choice: Choice | None = None
        self._panel: Panel | None = None
        self._made: Forecasts | None = None

    def fit(self, history: pl.DataFrame, cutoff: date | None = None, future: pl.DataFrame | None = None) -> Self:
        """Choose methods on past origins, then train on all of the history up to the cutoff.

        `history` as `forecasting.history.SCHEMA` plus the covariates; rows after `cutoff` (default: the
        last date) are not read. `future`: unique_id, ds and the covariates known ahead. Where the past
        is too short to train on, the simple methods serve.
        """
        self._panel = self._lay_out(history, cutoff, future)
        self._made = None
        self._choice = self._choose(self._panel)
        boosted = self._model(self.quantiles, self.settings)
        self._boosted = boosted if boosted.fit(self._panel) else None
        if self._boosted is None:
            self._choice = only(self._names(), ExponentialSmoothing.name)
        return self

    def at(self, history: pl.DataFrame, cutoff: date | None = None, future: pl.DataFrame | None = None) -> Self:
        """Move the fitted forecaster to another cutoff of a history of the same columns."""
        self._panel = self._lay_out(history, cutoff, future)
        self._made = None
        return self

    def predict(self) -> pl.DataFrame:
        """Rows of unique_id, cutoff, ds, mean, q…: one per series and period ahead; quantiles never cross."""
        return self._forecasts().period_frame(self._fitted()[0], self.quantiles)

    def predict_sums(self, horizons: Sequence[int] | None = None) -> pl.DataFrame:
        """Rows of unique_id, cutoff, horizon, mean, q…: demand summed over the next `horizon` periods.

        The quantiles are of the sum itself, not summed quantiles; they grow with the horizon.
        """
        wanted = sorted(set(horizons or self.sum_horizons))
        if unknown := set(wanted) - set(self.sum_horizons):
            raise ValueError(f"sums over {sorted(unknown)} periods were not asked for when fitting")
        frame = self._forecasts().sum_frame(self._fitted()[0], self.quantiles)
        return frame.filter(pl.col("horizon").is_in(wanted))

    def methods(self) -> pl.DataFrame:
        """Rows of unique_id, series_class, method: what serves each series (`boosted + window`)."""
        panel, choice = self._fitted()
        classes = classify(panel)
        names = np.array(choice.names())
        return pl.DataFrame(
            {
                "unique_id": panel.ids,
                "series_class": np.array(CLASSES)[classes],
                "method": names[classes],
            }
        )

    def _choose(self, panel: Panel) -> Choice:
        """Score all methods at past origins with models trained before the first of them."""
        names = self._names()
        origins = [panel.periods - 1 - back * self.horizon for back in range(TRIAL_ORIGINS, 0, -1)]
        if origins[0] < 2 * self.horizon:
            return only(names, BoostedModel.name)
        model = self._model(TRIAL_QUANTILES, self.settings.lighter())
        if not model.fit(panel.until(origins[0])):
            return only(names, BoostedModel.name)
        trials = [self._trial(panel, origin, model) for origin in origins]
        blind = [method.name for method in self._simple if not method.follows_season]
        return choose(names, trials, TRIAL_QUANTILES, barred=blind if model.season >= A_SEASON else ())

    def _trial(self, panel: Panel, origin: int, model: BoostedModel) -> Trial:
        past = panel.until(origin)
        alive = panel.start <= origin
        ahead = slice(origin + 1, origin + 1 + self.horizon)
        actual = np.where(panel.is_uncertain[alive, ahead], np.nan, panel.demand[alive, ahead])
        steps = np.abs(np.diff(past.demand, axis=1))
        scale = np.nansum(steps, axis=1) / np.maximum(np.isfinite(steps).sum(axis=1), 1)
        return Trial(
            forecasts=[each.bounded(past) for each in self._of_all_methods(past, model, TRIAL_QUANTILES)],
            actual=actual,
            scale=np.where(scale > 0, scale, np.nan),
            classes=classify(past),
        )

    def _of_all_methods(self, panel: Panel, model: BoostedModel | None, quantiles: Sequence[float]) -> list[Forecasts]:
        simple = [method.forecast(panel, quantiles, self.sum_horizons) for method in self._simple]
        return [simple[0] if model is None else model.predict(panel), *simple]

    def _forecasts(self) -> Forecasts:
        if self._made is None:
            panel, choice = self._fitted()
            all_methods = self._of_all_methods(panel, self._boosted, self.quantiles)
            self._made = choice.for_series(classify(panel)).of(all_methods).tidied(panel)
        return self._made

    def _names(self) -> list[str]:
        return [BoostedModel.name, *[method.name for method in self._simple]]

    def _model(self, quantiles: Sequence[float], settings: BoostingSettings) -> BoostedModel:
        return BoostedModel(quantiles, self.sum_horizons, settings=settings, seed=self.seed)

    def _lay_out(self, history: pl.DataFrame, cutoff: date | None, future: pl.DataFrame | None) -> Panel:
        return build_panel(
            history,
            cutoff=cutoff,
            horizon=self.horizon,
            freq=self.freq,
            season_length=self.season_length,
            covariates=self.covariates,
            future=future,
        )

    def _fitted(self) -> tuple[Panel, Choice]:
        if self._panel is None or self._choice is None:
            raise ValueError("fit the forecaster first")
        return self._panel, self._choice
