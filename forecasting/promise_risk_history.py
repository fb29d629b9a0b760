"""What was known of orders at an instant: their stamps, their keys, and sums over what had happened before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]
Flags = NDArray[np.bool_]

STAMPS = ("placed_at", "cleared_at", "handed_at", "delivered_at", "cancelled_at", "due_at")
MILESTONES = ("placed", "cleared", "handed")
DAY = 86_400
NEVER = np.int64(2**32)
_SPAN = np.int64(2**33)
"""Seconds between the instants of one key and of the next, so that both are searched as one number."""


@dataclass(frozen=True)
class Ledger:
    """Orders as arrays: stamps in seconds since 1970 (NEVER where there is none), codes of keys, numbers."""

    placed: Seconds
    cleared: Seconds
    handed: Seconds
    delivered: Seconds
    cancelled: Seconds
    due: Seconds
    keys: Mapping[str, Seconds]
    numbers: Mapping[str, Floats]

    @classmethod
    def of(cls, orders: pl.DataFrame, *, keys: Sequence[str], numbers: Sequence[str]) -> "Ledger":
        """Take a frame with STAMPS and these columns; an order without a promise cannot miss one and is refused."""
        if orders["due_at"].null_count() or orders["placed_at"].null_count():
            raise ValueError("Every order needs placed_at and due_at.")
        placed, cleared, handed, delivered, cancelled, due = (
            orders[stamp].dt.epoch("s").fill_null(int(NEVER)).to_numpy() for stamp in STAMPS
        )
        return cls(
            placed, cleared, handed, delivered, cancelled, due,
            keys={key: _codes(orders.select(key)) for key in keys},
            numbers={number: orders[number].cast(pl.Float64).to_numpy() for number in numbers},
        )  # fmt: skip

    def __len__(self) -> int:
        """How many orders there are."""
        return len(self.placed)

    @property
    def ended(self) -> Seconds:
        """When an order was over, one way or the other."""
        return np.minimum(self.delivered, self.cancelled)

    @property
    def is_late(self) -> Flags:
        """Not delivered before the promise fell due; of an open order true only once that is known."""
        return self.delivered >= self.due

    @property
    def known(self) -> Seconds:
        """When it was known whether the promise was kept: at delivery, or when it fell due undelivered."""
        known = np.minimum(self.delivered, self.due)
        return np.where(self.cancelled < known, NEVER, known)

    def at_milestone(self, milestone: str) -> Seconds:
        """When each order reached a milestone; clearing and handing over are never before what precedes them."""
        if milestone == "placed":
            return self.placed
        reached = self.cleared if milestone == "cleared" else self.handed
        return cast("Seconds", np.where(reached < NEVER, np.maximum(reached, self.placed), NEVER))

    def left(self, milestone: str) -> Seconds:
        """When each order left the stage that a milestone begins."""
        following = {"placed": np.minimum(self.cleared, self.handed), "cleared": self.handed, "handed": self.ended}
        left: Seconds = np.minimum(following[milestone], self.ended)
        return left

    def as_of(self, instant: int) -> "Ledger":
        """Forget all that happened at the instant or later; orders placed later stay as rows without a past."""

        def known(stamps: Seconds) -> Seconds:
            return np.where(stamps < instant, stamps, NEVER)

        return replace(
            self, cleared=known(self.cleared), handed=known(self.handed), delivered=known(self.delivered),
            cancelled=known(self.cancelled),
        )  # fmt: skip


class Happened:
    """Facts with a key, an instant and values; sums over those strictly before any instant."""

    def __init__(self, key: Seconds, instant: Seconds, *values: Floats | Flags) -> None:
        is_known = instant < NEVER
        place = key[is_known] * _SPAN + instant[is_known]
        order = np.argsort(place, kind="stable")
        self._place = place[order]
        sums = [np.cumsum(value[is_known][order], dtype=float) for value in values]
        self._sums = np.array([np.concatenate([[0.0], total]) for total in sums]).reshape(len(values), len(order) + 1)

    def before(self, key: Seconds, instant: Seconds, days: int | None = None) -> tuple[Floats, Floats]:
        """Count and sums (values × queries) of the last ``days`` before each instant, or of all time."""
        start = np.maximum(instant - days * DAY, 0) if days else np.zeros_like(instant)
        high = np.searchsorted(self._place, key * _SPAN + instant)
        low = np.searchsorted(self._place, key * _SPAN + start)
        return (high - low).astype(float), self._sums[:, high] - self._sums[:, low]


def joined(ledger: Ledger, *names: str) -> Seconds:
    """Codes of a combination of keys."""
    return _codes(pl.DataFrame({name: ledger.keys[name] for name in names}))


def _codes(frame: pl.DataFrame) -> Seconds:
    text = [pl.col(name).cast(pl.String).fill_null("?") for name in frame.columns]
    return frame.select(pl.concat_str(text, separator="|").rank("dense") - 1).to_series().to_numpy().astype(np.int64)
