"""The pace of a leg of the way as of lately: life tables by day, unbiased by what is still under way.

The mean of recent deliveries flatters: the slow ones are not in it yet. A period life table (Halley, 1693) asks of
each age how many of those that lived through it in the last days ended at it, the open ones included.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from forecasting.promise_risk_history import DAY, NEVER, Flags, Floats, Seconds

OLDEST = 61
"""Days; a leg that lasts longer tells no more."""
MOST_KEYS = 200
"""Keys seen later share one table: the tables of a thousand routes would cost a gigabyte and say nothing."""
LEAN = 30.0
"""As many orders at an age are lent by the wider table."""


@dataclass(frozen=True)
class Leg:
    """A stretch of the way: when each order entered it (NEVER: not yet) and left it, and whether it got through."""

    placed: Seconds
    started: Seconds
    stopped: Seconds
    got_through: Flags


@dataclass(frozen=True)
class LifeTable:
    """Share of a leg not yet done by age in days, by key and day; ``survival`` is keys × days × ages."""

    survival: Floats
    hazard: Floats
    code: Seconds
    first_day: int

    def still_going(self, rows: Seconds, instants: Seconds, started: Seconds, until: Seconds) -> Floats:
        """Log of the probability that a leg begun at ``started`` and not done at the instant lasts to ``until``."""
        day = np.clip(instants // DAY - self.first_day, 0, self.survival.shape[1] - 1)
        age = np.clip((instants - started) // DAY, 0, OLDEST)
        wanted = np.clip(until // DAY - started // DAY, age, OLDEST)
        key = self.code[rows]
        ratio = (self.survival[key, day, wanted] + 1e-3) / (self.survival[key, day, age] + 1e-3)
        return cast("Floats", np.log(ratio))

    def days_until(self, share: float, rows: Seconds, instants: Seconds) -> Floats:
        """In how many days this share of a leg's orders is through it, by the pace before the day of each instant."""
        day = np.clip(instants // DAY - self.first_day, 0, self.survival.shape[1] - 1)
        going = self.survival[self.code[rows], day]
        last = np.clip((going > 1 - share).sum(axis=1) - 1, 0, OLDEST - 1)[:, None]
        before = np.take_along_axis(going, last, axis=1)[:, 0]
        after = np.take_along_axis(going, last + 1, axis=1)[:, 0]
        return cast("Floats", last[:, 0] + np.clip((before - 1 + share) / np.maximum(before - after, 1e-9), 0, 1))


def life_table(leg: Leg, key: Seconds, last_day: int, window: int, wider: LifeTable | None = None) -> LifeTable:
    """Table of each day from what happened in the ``window`` days before it, leaning on a wider one.

    The day itself does not count, nor does anything after ``last_day`` (days since 1970).
    """
    code, example = _numbered(key, leg.placed)
    began = leg.started < NEVER
    first_day = int(leg.started[began].min() // DAY) if began.any() else last_day
    days = max(last_day - first_day + 2, 1)
    began &= leg.started // DAY - first_day < days
    start = leg.started[began] // DAY - first_day
    end = np.minimum(np.maximum(leg.stopped[began], leg.started[began]) // DAY - first_day, days)
    age = np.minimum(end - start, OLDEST)
    ended = leg.got_through[began] & (end < days) & (age < OLDEST)
    shape = (int(code.max(initial=0)) + 1, days, OLDEST)
    deaths = _counted(shape, code[began][ended], end[ended], age[ended])
    exposed = _exposed(_counted((*shape[:2], OLDEST + 1), code[began], start, age))
    hazard = _hazard(_lately(deaths, window), _lately(exposed, window), _lent(wider, example))
    going = np.cumprod(1.0 - hazard, axis=2)
    return LifeTable(np.concatenate([np.ones_like(going[:, :, :1]), going], axis=2), hazard, code, first_day)


def _numbered(key: Seconds, placed: Seconds) -> tuple[Seconds, Seconds]:
    """Number the keys as they came up, the late ones alike; with the first order of each number.

    By how often they come would be knowing the future.
    """
    order = np.argsort(placed, kind="stable")
    _, first, code = np.unique(key[order], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbered = np.empty(len(key), dtype=np.int64)
    numbered[order] = np.minimum(rank[code], MOST_KEYS)
    return numbered, order[np.sort(first)[: MOST_KEYS + 1]]


def _counted(shape: tuple[int, ...], *index: Seconds) -> Floats:
    flat = np.ravel_multi_index(index, shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float32)


def _exposed(begun: Floats) -> Floats:
    """How many were of each age on each day, from how many began each day and lasted how long."""
    lasting = np.cumsum(begun[:, :, ::-1], axis=2)[:, :, ::-1]
    exposed = np.zeros_like(lasting[:, :, :OLDEST])
    for age in range(min(OLDEST, lasting.shape[1])):
        exposed[:, age:, age] = lasting[:, : lasting.shape[1] - age, age]
    return exposed


def _lately(counts: Floats, window: int) -> Floats:
    totals = np.concatenate([np.zeros_like(counts[:, :1]), np.cumsum(counts, axis=1, dtype=np.float32)], axis=1)
    until = np.arange(counts.shape[1])
    return cast("Floats", totals[:, until] - totals[:, np.maximum(until - window, 0)])


def _lent(wider: LifeTable | None, example: Seconds) -> Floats | None:
    return None if wider is None else wider.hazard[wider.code[example]]


def _hazard(deaths: Floats, exposed: Floats, lent: Floats | None) -> Floats:
    if lent is None:
        return (deaths + np.float32(0.1)) / (exposed + np.float32(2.0))
    return (deaths + np.float32(LEAN) * lent) / (exposed + np.float32(LEAN))
