"""Which method serves which class of series: scored by rolling origin inside the training data."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.distribution import Forecasts, Mixture
from forecasting.panel import FloatArray, Panel

CLASSES = ("new", "seasonal", "smooth", "erratic", "intermittent", "lumpy")
SHARES = (0.2, 0.4)
"""No more to a simple method: the model on trial is smaller and saw less of the past than the one that serves."""

LEAST_GAIN = 0.005
"""A mixture must beat the first method by this part, or the first stays: less is chance."""

FEWEST_SERIES = 40
"""A class with fewer series takes the choice of all."""


@dataclass(frozen=True)
class Choice:
    """Weights over the methods (c × m per kind), rows in the order of CLASSES; one more row for all."""

    methods: Sequence[str]
    mean: FloatArray
    quantiles: FloatArray
    sums: FloatArray

    def for_series(self, classes: FloatArray) -> Mixture:
        """The mixture of each series by its class."""
        return Mixture(self.mean[classes], self.quantiles[classes], self.sums[classes])

    def names(self) -> list[str]:
        """What serves each class, in words of the method names: `boosted + window`."""
        return [
            " + ".join(name for name, weight in zip(self.methods, row, strict=True) if weight > 0) for row in self.sums
        ]


def classify(panel: Panel) -> FloatArray:
    """The class of each series as an index into CLASSES.

    Smooth, erratic, intermittent and lumpy by the interval between demands (1.32) and the squared
    variation of their size (0.49) of Syntetos, Boylan and Croston (2005); new below a dozen periods;
    seasonal where two seasons repeat (correlation above 0.4).
    """
    demand = panel.demand
    alive = np.isfinite(demand)
    sold = alive & (np.nan_to_num(demand) > 0)
    age, sales = alive.sum(axis=1), sold.sum(axis=1)
    interval = age / np.maximum(sales, 1)
    total = np.where(sold, demand, 0).sum(axis=1)
    size = total / np.maximum(sales, 1)
    spread = np.where(sold, (demand - size[:, None]) ** 2, 0).sum(axis=1) / np.maximum(sales, 1)
    variation = spread / np.maximum(size, 1e-9) ** 2
    classes = np.where(interval < 1.32, np.where(variation < 0.49, 2, 3), np.where(variation < 0.49, 4, 5))
    classes = np.where((_season_correlation(panel) > 0.4) & (interval < 1.32), 1, classes)
    return np.where(age < 12, 0, classes)


def _season_correlation(panel: Panel) -> FloatArray:
    season = panel.season_length
    if season <= 1 or panel.periods < 2 * season:
        return np.zeros(panel.size)
    now, then = panel.demand[:, season:], panel.demand[:, :-season]
    both = np.isfinite(now) & np.isfinite(then)
    count = np.maximum(both.sum(axis=1), 1)
    now, then = np.where(both, now, 0), np.where(both, then, 0)
    now = np.where(both, now - (now.sum(axis=1) / count)[:, None], 0)
    then = np.where(both, then - (then.sum(axis=1) / count)[:, None], 0)
    scale = np.sqrt((now**2).sum(axis=1) * (then**2).sum(axis=1))
    correlation = (now * then).sum(axis=1) / np.maximum(scale, 1e-9)
    return np.where(both.sum(axis=1) >= season // 2 + 4, correlation, 0.0)


@dataclass(frozen=True)
class Trial:
    """The forecasts of every method at one past origin, beside what then came."""

    forecasts: Sequence[Forecasts]
    actual: FloatArray
    scale: FloatArray
    classes: FloatArray


def choose(
    methods: Sequence[str], trials: Sequence[Trial], quantiles: Sequence[float], barred: Collection[str] = ()
) -> Choice:
    """The best mixture of the first method with one other that is not barred, by class and kind of forecast."""
    classes = np.concatenate([trial.classes for trial in trials])
    others = [at for at, name in enumerate(methods) if at and name not in barred]
    pairs = [(0, 0.0), *[(other, share) for other in others for share in SHARES]]

    def best(losses: Callable[[_Pair], FloatArray]) -> FloatArray:
        return _weights(classes, pairs, [losses(pair) for pair in pairs], len(methods))

    return Choice(
        methods,
        best(lambda pair: _mean_losses(trials, pair)),
        best(lambda pair: _period_losses(trials, pair, quantiles)),
        best(lambda pair: _sum_losses(trials, pair, quantiles)),
    )


def only(methods: Sequence[str], served_by: str) -> Choice:
    """One method for every class."""
    row = np.array([float(name == served_by) for name in methods])
    weights = np.tile(row, (len(CLASSES), 1))
    return Choice(methods, weights, weights, weights)


_Pair = tuple[int, float]
"""Another method and its share."""


def _mixed(values: Sequence[FloatArray], pair: _Pair) -> FloatArray:
    other, share = pair
    return values[0] if share == 0 else values[0] * (1 - share) + values[other] * share


def _mean_losses(trials: Sequence[Trial], pair: _Pair) -> FloatArray:
    """Root of the mean squared error of each series over its scale."""
    losses = []
    for trial in trials:
        mean = _mixed([each.mean for each in trial.forecasts], pair)
        losses.append(np.sqrt(_known_mean((mean - trial.actual) ** 2)) / trial.scale)
    return np.concatenate(losses)


def _period_losses(trials: Sequence[Trial], pair: _Pair, quantiles: Sequence[float]) -> FloatArray:
    losses = []
    for trial in trials:
        values = _mixed([each.quantiles for each in trial.forecasts], pair)
        losses.append(_pinball(values, trial.actual, quantiles) / trial.scale)
    return np.concatenate(losses)


def _sum_losses(trials: Sequence[Trial], pair: _Pair, quantiles: Sequence[float]) -> FloatArray:
    losses = []
    for trial in trials:
        spans = np.asarray(trial.forecasts[0].sum_horizons)
        actual = np.cumsum(trial.actual, axis=1)[:, spans - 1] / np.sqrt(spans)
        values = _mixed([each.sums for each in trial.forecasts], pair) / np.sqrt(spans)[:, None]
        losses.append(_pinball(values, actual, quantiles) / trial.scale)
    return np.concatenate(losses)


def _pinball(values: FloatArray, actual: FloatArray, quantiles: Sequence[float]) -> FloatArray:
    """Mean pinball loss of each series over what is known of `actual`; NaN where nothing is."""
    miss = actual[:, :, None] - values
    level = np.asarray(quantiles)
    loss = np.maximum(level * miss, (level - 1) * miss).mean(axis=2)
    return _known_mean(loss)


def _known_mean(values: FloatArray) -> FloatArray:
    """Mean of each row without NaN; NaN where a row has nothing else."""
    count = np.isfinite(values).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def _weights(classes: FloatArray, pairs: Sequence[_Pair], losses: Sequence[FloatArray], methods: int) -> FloatArray:
    rows = []
    for number in range(len(CLASSES)):
        members = classes == number
        if members.sum() < FEWEST_SERIES:
            members = np.ones(len(classes), dtype=bool)
        scores = np.array([_known_mean(loss[None, members])[0] for loss in losses])
        best = int(np.nanargmin(scores)) if np.isfinite(scores).any() else 0
        if scores[best] > scores[0] * (1 - LEAST_GAIN):
            best = 0
        other, share = pairs[best]
        row = np.zeros(methods)
        row[0], row[other] = 1 - share, row[other] + share
        row[0] = 1 - row[1:].sum()
        rows.append(row)
    return np.stack(rows)
