"""A station as a queue: first come, first served, and how long an order keeps it, learnt from stays. Pure."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.replay.hours import Ints

_FEWEST = 30
_GAPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_FULLEST = 0.97
"""A station cannot have had more work than time to do it in."""


class Pace(NamedTuple):
    """How long an order keeps a station, in seconds of its hours, and how much of the stays' spread that explains."""

    work: int
    explained: float


def queue_waits(arrived: Ints, work: int) -> Ints:
    """Seconds each order waits for its turn, arrivals ascending, each keeping the station for ``work`` seconds.

    Order i is done at i·w + the largest of (arrival j − (j − 1)·w) over j ≤ i (Lindley, 1952).
    """
    before = np.arange(len(arrived), dtype=np.int64) * work
    return np.asarray(np.maximum.accumulate(arrived - before) + before - arrived, dtype=np.int64)


def learn_pace(arrived: Ints, finished: Ints) -> Pace:
    """Learn how long an order keeps the station, so that its queue explains most of how stays differ.

    ``arrived`` (ascending) and ``finished`` are in the station's own time. Tried is how far apart it finished orders
    while others waited. Where no queue explains anything (waits were for something outside) the work is 0.
    """
    if len(arrived) < _FEWEST:
        return Pace(0, 0.0)
    stays = finished - arrived
    spread = _spread(stays)
    best = Pace(0, 0.0)
    for work in _candidates(arrived, finished):
        explained = 1 - _spread(stays - queue_waits(arrived, work)) / spread if spread > 0 else 0.0
        if explained > best.explained:
            best = Pace(work, float(explained))
    return best


def _candidates(arrived: Ints, finished: Ints) -> list[int]:
    ends = np.sort(finished)
    present = np.searchsorted(arrived, ends[:-1], side="right") > np.arange(1, len(ends))
    gaps = np.diff(ends)[present]
    most = _FULLEST * (int(ends[-1]) - int(arrived[0])) / len(arrived)
    tried = np.quantile(gaps, _GAPS) if len(gaps) else np.zeros(0)
    shares = most * np.linspace(0.1, 1.0, 10)
    return sorted({int(work) for work in (*tried, *shares) if 0 < work <= most * 1.05})


def _spread(stays: npt.NDArray[np.int64]) -> float:
    return float(np.mean(np.abs(stays - np.median(stays))))
