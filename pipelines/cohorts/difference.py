"""Whether something differs between two samples: the difference, and the interval it lies in with 95 % confidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np

_Z = 1.959963984540054
_DRAWS = 4_000
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """``after`` less ``before``, with the ends of its interval."""

    before: float
    after: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """The difference itself."""
        return self.after - self.before

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out that there is none."""
        return self.low > 0 or self.high < 0


def median_difference(before: Sequence[float], after: Sequence[float]) -> Difference | None:
    """Difference of medians with its bootstrap percentile interval (Efron, 1979); None with fewer than ten of either.

    A resample's median is drawn as the order statistic it is, of a Beta-distributed rank: the same law for odd sizes
    without drawing the samples. The draws are seeded: the same rows give the same interval.
    """
    if min(len(before), len(after)) < FEWEST:
        return None
    random = np.random.default_rng(20_260_101)
    drawn = [_medians(np.sort(np.asarray(sample, dtype=float)), random) for sample in (before, after)]
    low, high = np.quantile(drawn[1] - drawn[0], (0.025, 0.975))
    return Difference(float(np.median(before)), float(np.median(after)), float(low), float(high))


def rate_difference(before: tuple[int, int], after: tuple[int, int]) -> Difference | None:
    """Difference of two shares, each (hits, of), with Newcombe's interval (1998, method 10); None of fewer than ten."""
    if min(before[1], after[1]) < FEWEST:
        return None
    first, second = before[0] / before[1], after[0] / after[1]
    (low_1, high_1), (low_2, high_2) = _wilson(*before), _wilson(*after)
    gap = second - first
    low = gap - sqrt((second - low_2) ** 2 + (high_1 - first) ** 2)
    high = gap + sqrt((high_2 - second) ** 2 + (first - low_1) ** 2)
    return Difference(first, second, low, high)


def mean_difference(before: Sequence[float], after: Sequence[float]) -> Difference | None:
    """Difference of means by Welch's variances (1947), for samples of some hundreds of which most are zero.

    None where neither side has ten that are not zero: a mean of a handful of losses is chance.
    """
    samples = [np.asarray(sample, dtype=float) for sample in (before, after)]
    if min(len(one) for one in samples) < FEWEST or max(np.count_nonzero(one) for one in samples) < FEWEST:
        return None
    first, second = (float(one.mean()) for one in samples)
    half = _Z * sqrt(sum(float(one.var(ddof=1)) / len(one) for one in samples))
    return Difference(first, second, second - first - half, second - first + half)


def difference_of_differences(rest: Difference, chosen: Difference) -> Difference:
    """By how much what was chosen changed more than the rest, put together as Zou and Donner do (2008).

    ``before`` and ``after`` are the change of the rest and that of what was chosen.
    """
    gap = chosen.value - rest.value
    low = gap - hypot(chosen.value - chosen.low, rest.high - rest.value)
    high = gap + hypot(chosen.high - chosen.value, rest.value - rest.low)
    return Difference(rest.value, chosen.value, low, high)


def _medians(ordered: np.ndarray, random: np.random.Generator) -> np.ndarray:
    half = (len(ordered) + 1) / 2
    ranks = (random.beta(half, half, _DRAWS) * len(ordered)).astype(int)
    return np.asarray(ordered[np.minimum(ranks, len(ordered) - 1)])


def _wilson(hits: int, of: int) -> tuple[float, float]:
    share, square = hits / of, _Z**2
    middle, half = share + square / (2 * of), _Z * sqrt(share * (1 - share) / of + square / (4 * of**2))
    return (middle - half) / (1 + square / of), (middle + half) / (1 + square / of)
