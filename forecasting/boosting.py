"""One gradient-boosted model over all series: direct over horizons, mean and quantiles of periods and of sums."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import ThreadpoolController

from forecasting.distribution import Forecasts
from forecasting.features import Signals
from forecasting.panel import FloatArray, Panel
from forecasting.seasonality import factors_from
from forecasting.training import TrainingSet, training_set

MEAN_CAP_AT_LEAST, MEAN_CAP_QUANTILE = 2.5, 0.93
"""The mean's target is winsorised at this many times the base, or where the data's own tail begins: a squared
error otherwise chases single huge orders. What it costs in bias the quantiles, never winsorised, do not pay."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")

JITTER = 0.1
"""Of the base; at a hundredth and at a half the medians score the same."""

FEWEST_ROWS = 400
"""Below this many training rows a tree learns noise; the simple methods serve instead."""


@dataclass(frozen=True)
class BoostingSettings:
    """Size of the model. The defaults serve every data set; `rows` bounds the time of a fit.

    The mean takes half the trees, of half the leaves: squared errors overfit the few periods that all
    series share sooner than quantiles do.
    """

    rows: int = 60_000
    trees: int = 40
    leaves: int = 16
    learning_rate: float = 0.12
    origins: int = 40
    threads: int = 2

    def lighter(self) -> "BoostingSettings":
        """For choosing between methods, where a quick model tells as much."""
        return replace(self, rows=self.rows // 3, trees=self.trees // 2, learning_rate=2 * self.learning_rate)


QUICK = BoostingSettings(rows=30_000)
"""For a thousand series in seconds, a little less sharp."""


class BoostedModel:
    """Fits on a panel's past origins; predicts panels laid out alike (later cutoffs of the same series)."""

    name = "boosted"

    def __init__(
        self,
        quantiles: Sequence[float],
        sum_horizons: Sequence[int],
        *,
        settings: BoostingSettings | None = None,
        seed: int = 0,
    ) -> None:
        self._quantiles, self._sum_horizons = tuple(quantiles), tuple(sum_horizons)
        self._settings = settings or BoostingSettings()
        self._seed = seed

    def fit(self, panel: Panel) -> bool:
        """Train on all origins whose targets lie inside the panel; False where there is too little to learn."""
        rows = training_set(
            panel,
            Signals(panel),
            sum_horizons=self._sum_horizons,
            rows=self._settings.rows,
            origins=self._settings.origins,
            generator=np.random.default_rng(self._seed),
        )
        if rows is None or min(len(rows.scaled), len(rows.sum_scaled)) < FEWEST_ROWS:
            return False
        self._fit_models(rows)
        return True

    @property
    def season(self) -> float:
        """How much of past seasons' shape is believed to come again: 0 of none, about 1 of all of it."""
        return float(self._weights.sum())

    def predict(self, panel: Panel) -> Forecasts:
        """Distributions of the periods after the panel's cutoff and of the sums over `sum_horizons`."""
        made = Signals(panel).features(panel.periods - 1, panel.future, panel.periods + panel.horizon - 1)
        periods, sums = made.periods(), made.sums(self._sum_horizons)
        factor = factors_from(periods.seasonal, self._weights)
        sum_factor = factors_from(sums.seasonal, self._weights)
        base = made.level[:, None] * factor
        sum_base = made.level[:, None] * sum_factor * np.asarray(self._sum_horizons)
        rows, sum_rows = periods.flat(factor), sums.flat(sum_factor)
        mean, *single = self._side_by_side(
            lambda model: model.predict(rows).reshape(base.shape) * base, [self._mean, *self._period_models]
        )
        summed = self._side_by_side(
            lambda model: model.predict(sum_rows).reshape(sum_base.shape) * sum_base, self._sum_models
        )
        return Forecasts(mean, np.stack(single, axis=2), np.stack(summed, axis=2), self._sum_horizons)

    def _fit_models(self, rows: TrainingSet) -> None:
        self._weights = rows.seasonal_weights
        cap = max(MEAN_CAP_AT_LEAST, float(np.quantile(rows.scaled, MEAN_CAP_QUANTILE)))
        importance = np.sqrt(rows.level)
        # Drawn by importance, not weighted: weights make the binning eight times as slow.
        generator = np.random.default_rng(self._seed)
        drawn = generator.choice(len(importance), len(importance), p=importance / importance.sum())
        mean = _Job(rows.features[drawn], np.minimum(rows.scaled[drawn], cap), None)
        periods = [_Job(rows.features, rows.scaled, level) for level in self._quantiles]
        sums = [_Job(rows.sum_features, rows.sum_scaled, level) for level in self._quantiles]
        self._mean, *models = self._side_by_side(self._fit_one, [mean, *periods, *sums])
        self._period_models, self._sum_models = models[: len(periods)], models[len(periods) :]

    def _fit_one(self, job: "_Job") -> HistGradientBoostingRegressor:
        is_mean = job.quantile is None
        return HistGradientBoostingRegressor(
            loss="squared_error" if is_mean else "quantile",
            quantile=job.quantile,
            max_iter=self._settings.trees // 2 if is_mean else self._settings.trees,
            max_leaf_nodes=self._settings.leaves // 2 if is_mean else self._settings.leaves,
            learning_rate=self._settings.learning_rate,
            min_samples_leaf=max(20, min(300, len(job.target) // 330)),
            l2_regularization=1.0,
            max_features=0.6,
            early_stopping=False,
            random_state=self._seed,
        ).fit(_without_blank_columns(job.features), self._untied(job))

    def _untied(self, job: "_Job") -> FloatArray:
        """The target, its zeros spread a little below zero where the quantile of all of it is none other.

        A row at the very value a fit begins with pulls as one above it does: where that is zero and most rows are, all
        pull alike, no split gains anything, and the quantile stays zero for every series (jittered counts: Machado
        and Santos Silva 2005).
        """
        if job.quantile is None or np.quantile(job.target, job.quantile) > 0:
            return job.target
        spread = np.random.default_rng(self._seed).random(len(job.target))
        return np.where(job.target > 0, job.target, -JITTER * spread)

    def _side_by_side(self, work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
        """Models side by side on one core each, rather than each on all cores.

        OpenMP threads of one fit wait for each other at every node: on a busy core that wait made the
        same six fits take 23 s instead of 1.2 s.
        """
        controller = ThreadpoolController()

        def alone(item: _In) -> _Out:
            # libgomp keeps the limit per thread: it must be set inside the worker.
            with controller.limit(limits=1, user_api="openmp"):
                return work(item)

        with ThreadPoolExecutor(self._settings.threads) as pool:
            return list(pool.map(alone, items))


@dataclass(frozen=True)
class _Job:
    features: FloatArray
    target: FloatArray
    quantile: float | None


def _without_blank_columns(features: FloatArray) -> FloatArray:
    """A young shop knows nothing of a column yet (no year-old week): scikit-learn cannot bin one without a value."""
    blank = np.isnan(features).all(axis=0)
    return np.where(blank, np.float32(0), features) if blank.any() else features
