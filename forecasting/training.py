"""Training rows for the global model: sampled origins and series of a panel's own past."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.features import Rows, Signals
from forecasting.panel import BoolArray, FloatArray, IntArray, Panel
from forecasting.seasonality import factors_from, seasonal_weights

SEASONS_TRAINED = 2
LEAST_PAST = {"1d": 400, "1w": 100, "1mo": 100}
"""Periods trained on at least. Days go back over a year: of a quarter alone a tree learns its turn of trade by the
calendar, and tells it on for ever."""

LONGEST_PAST = 400


@dataclass(frozen=True)
class TrainingSet:
    """Rows for periods and for sums. Targets are scaled by the base: level times seasonal factor."""

    features: FloatArray
    scaled: FloatArray
    level: FloatArray
    sum_features: FloatArray
    sum_scaled: FloatArray
    seasonal_weights: FloatArray


@dataclass(frozen=True)
class _Sample:
    state: FloatArray
    ahead: FloatArray
    seasonal: FloatArray
    level: FloatArray
    span: IntArray
    target: FloatArray


@dataclass(frozen=True)
class _Targets:
    """Demand (series × targets), where it may be learnt from, and the periods each target spans."""

    demand: FloatArray
    usable: BoolArray
    span: IntArray


def training_set(
    panel: Panel,
    signals: Signals,
    *,
    sum_horizons: Sequence[int],
    rows: int,
    origins: int,
    generator: np.random.Generator,
) -> TrainingSet | None:
    """Sample about `rows` rows each for periods and sums; None where the past holds none.

    A row whose target is censored or missing teaches nothing and is left out; a sum is left out where
    more than a third of its periods are.
    """
    chosen = _origins(panel, origins)
    periods, sums = [], []
    for origin in chosen:
        steps = min(panel.horizon, panel.periods - 1 - origin)
        dates = panel.dates[origin + 1 : origin + 1 + steps]
        made = signals.features(origin, dates, panel.periods - 1)
        share = rows / len(chosen)
        targets = _period_targets(panel, origin, steps)
        periods.append(_sample(made.periods(), targets, share, generator))
        spans = [span for span in sum_horizons if span <= steps]
        if spans:
            sums.append(_sample(made.sums(spans), _sum_targets(panel, origin, spans), share, generator))
    if not periods or not sums:
        return None
    return _scaled(_joined(periods), _joined(sums))


def _origins(panel: Panel, count: int) -> list[int]:
    """Evenly spread over the last two seasons, at least over LEAST_PAST, the latest included."""
    last = panel.periods - 2
    reach = min(max(SEASONS_TRAINED * panel.season_length, LEAST_PAST[panel.freq]), LONGEST_PAST)
    earliest = max(int(np.min(panel.start)), last - reach, min(panel.season_length // 2, last))
    if last < earliest:
        return []
    return sorted({int(origin) for origin in np.linspace(last, earliest, count).round()})


def _period_targets(panel: Panel, origin: int, steps: int) -> _Targets:
    ahead = slice(origin + 1, origin + 1 + steps)
    usable = (panel.start <= origin)[:, None] & ~panel.is_uncertain[:, ahead]
    return _Targets(panel.demand[:, ahead], usable, np.ones(steps, dtype=np.int64))


def _sum_targets(panel: Panel, origin: int, spans: Sequence[int]) -> _Targets:
    ends = np.asarray(spans) - 1
    ahead = slice(origin + 1, origin + 2 + int(ends[-1]))
    demand = np.cumsum(np.nan_to_num(panel.demand[:, ahead]), axis=1)[:, ends]
    uncertain = np.cumsum(panel.is_uncertain[:, ahead], axis=1)[:, ends]
    usable = (panel.start <= origin)[:, None] & (uncertain * 3 <= np.asarray(spans))
    return _Targets(demand, usable, np.asarray(spans, dtype=np.int64))


def _sample(
    made: Rows,
    targets: _Targets,
    share: float,
    generator: np.random.Generator,
) -> _Sample:
    series, step = np.nonzero(targets.usable)
    if len(series) > share:
        kept = generator.choice(len(series), size=int(share), replace=False)
        series, step = series[kept], step[kept]
    return _Sample(
        state=made.state[series].astype(np.float32),
        ahead=made.ahead[series, step].astype(np.float32),
        seasonal=made.seasonal[series, step],
        level=made.level[series],
        span=targets.span[step],
        target=targets.demand[series, step],
    )


def _joined(samples: Sequence[_Sample]) -> _Sample:
    return _Sample(
        *[
            np.concatenate([getattr(sample, name) for sample in samples])
            for name in ("state", "ahead", "seasonal", "level", "span", "target")
        ]
    )


def _scaled(periods: _Sample, sums: _Sample) -> TrainingSet:
    weights = seasonal_weights(periods.target / periods.level, periods.seasonal, np.sqrt(periods.level))
    features, scaled = _rows(periods, weights)
    sum_features, sum_scaled = _rows(sums, weights)
    return TrainingSet(features, scaled, periods.level, sum_features, sum_scaled, weights)


def _rows(sample: _Sample, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    factor = factors_from(sample.seasonal, weights)
    features = np.column_stack([sample.state, sample.ahead, factor]).astype(np.float32)
    return features, sample.target / (sample.span * sample.level * factor)
