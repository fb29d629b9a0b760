"""How sure a change is: days drawn again with replacement, the same days for before and after (Efron, 1979). Pure."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_DRAWS, _SEED = 200, 20_180_401
_BINS = 1_024
_FEWEST_DAYS = 7
_LEVEL = (0.05, 0.95)


class Interval(NamedTuple):
    """Between which a change lies in nine of ten draws; None where there are too few days to draw from."""

    low: float | None
    high: float | None


UNKNOWN, NONE = Interval(None, None), Interval(0.0, 0.0)


class Days:
    """Draws of the days on which orders were placed, one weight per draw and day."""

    def __init__(self, day: npt.NDArray[np.int64]) -> None:
        self._known, self._of = np.unique(day, return_inverse=True)
        count = len(self._known)
        chance = np.random.default_rng(_SEED)
        self._weights = chance.multinomial(count, np.full(count, 1 / max(count, 1)), _DRAWS).astype(np.float32)

    def of_quantile(self, before: Floats, after: Floats, share: float, rows: npt.NDArray[np.int64]) -> Interval:
        """Interval of what a quantile changes by; ``rows`` are the places of the values among the days given.

        Values are told apart by some thousand ranks of both together.
        """
        if len(self._known) < _FEWEST_DAYS or not len(before):
            return UNKNOWN
        if np.array_equal(before, after):
            return NONE
        edges = np.unique(np.quantile(np.concatenate([before, after]), np.linspace(0, 1, _BINS)))
        changes = self._quantile(after, edges, share, rows) - self._quantile(before, edges, share, rows)
        return _between(changes)

    def of_share(self, before: Floats, after: Floats, rows: npt.NDArray[np.int64]) -> Interval:
        """Interval of what a mean changes by."""
        if len(self._known) < _FEWEST_DAYS or not len(before):
            return UNKNOWN
        sums = [np.bincount(self._of[rows], one, len(self._known)) for one in (after - before, np.ones(len(rows)))]
        drawn, of = (self._weights @ one for one in sums)
        return _between(drawn[of > 0] / of[of > 0])

    def _quantile(self, values: Floats, edges: Floats, share: float, rows: npt.NDArray[np.int64]) -> Floats:
        place = np.searchsorted(edges, values, side="left")
        cells = np.bincount(self._of[rows] * len(edges) + place, minlength=len(self._known) * len(edges))
        by_day = cells.reshape(len(self._known), len(edges)).astype(np.float32)
        drawn = np.cumsum(self._weights @ by_day, axis=1, dtype=np.float64)
        reached = drawn >= share * drawn[:, -1:]
        return np.asarray(edges[np.argmax(reached, axis=1)], dtype=np.float64)


def _between(changes: Floats) -> Interval:
    low, high = np.quantile(changes, _LEVEL)
    return Interval(float(low), float(high))
