"""Series alike: those that share a value of a static covariate, such as a category."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.panel import FloatArray, IntArray, Panel

SERIES_PER_GROUP = 8
"""Groups smaller than this on average tell little that a series does not know of itself."""


@dataclass(frozen=True)
class Group:
    """The group of each series, as whole numbers from 0."""

    codes: IntArray

    def ratio(self, part: FloatArray, whole: FloatArray) -> FloatArray:
        """Sum of one over the sum of the other within each group, handed to every member; NaN of nothing.

        Both are n, or n × k for k ratios at once.
        """
        top, bottom = self._summed(part), self._summed(whole)
        ratio = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
        handed: FloatArray = ratio[self.codes]
        return handed

    @cached_property
    def _together(self) -> tuple[IntArray, IntArray]:
        """Members of a group one after the other, and where each group begins."""
        order = np.argsort(self.codes, kind="stable")
        return order, np.searchsorted(self.codes[order], np.arange(self.codes.max() + 1))

    def _summed(self, values: FloatArray) -> FloatArray:
        order, begins = self._together
        sums: FloatArray = np.add.reduceat(values[order], begins, axis=0)
        return sums


def groups_of(panel: Panel) -> list[Group]:
    """One grouping per static covariate that parts the panel into enough of a kind; equal ones count once."""
    found: dict[bytes, Group] = {}
    for values in panel.static.values():
        kinds, first, codes = np.unique(
            np.nan_to_num(values, nan=-np.inf, neginf=-np.inf), return_index=True, return_inverse=True
        )
        if 2 <= len(kinds) <= panel.size / SERIES_PER_GROUP:
            found.setdefault(first[codes].tobytes(), Group(codes.astype(np.int64)))
    return list(found.values())


def all_of(size: int) -> Group:
    """Everybody in one group."""
    return Group(np.zeros(size, dtype=np.int64))
