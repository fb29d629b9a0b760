"""What is asked: what is to be different from how it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from oms_core.errors import Invalid

DESK, FLOOR = ("new", "confirm"), ("pick", "ship")
"""Stages worked on by the person who holds the order, and by the warehouse it is sent from."""
WORKED = (*DESK, *FLOOR)
STAGES = ("preorder", "new", "confirm", "supply", "pick", "ship", "deliver")
_LEAST_CAPACITY, _MOST_CAPACITY = 25, 400
_BOUNDS = {
    "hours": (-6.0, 12.0), "capacity": (_LEAST_CAPACITY, _MOST_CAPACITY), "cutoff_hour": (0, 23),
    "promise_days": (-14, 30), "hold_hours": (1, 2_160), "payment_hours": (1, 2_160),
}  # fmt: skip


class Routing(StrEnum):
    """How the warehouse of an order is chosen among those that serve and have all of it on the shelf."""

    RECORDED = "recorded"
    MOST_STOCK = "most_stock"
    QUICKEST = "quickest"


@dataclass(frozen=True)
class StageChange:
    """A stage with ``capacity`` percent of the hands it had, and ``hours`` longer (or shorter) days."""

    capacity: int = 100
    hours: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether the stage stays as it was."""
        return self.capacity == 100 and self.hours == 0


@dataclass(frozen=True)
class Changes:
    """Everything that is to be different; the default is nothing.

    ``closed`` are warehouses that do not serve. Orders placed from ``cutoff_hour`` on (by the channel's clock) are
    begun the next day. The first promise is ``promise_days`` later. ``hold_hours`` limit how long goods are kept for
    an order before picking begins, ``payment_hours`` how long an unpaid order is waited for.
    """

    stages: Mapping[str, StageChange] = field(default_factory=dict)
    routing: Routing = Routing.RECORDED
    closed: frozenset[str] = frozenset()
    cutoff_hour: int | None = None
    promise_days: int = 0
    hold_hours: int | None = None
    payment_hours: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether all is as it was."""
        return self == Changes(stages=self.stages) and all(change.is_none for change in self.stages.values())

    @property
    def reroutes(self) -> bool:
        """Whether warehouses are chosen anew."""
        return self.routing is not Routing.RECORDED or bool(self.closed)

    def require_sense(self) -> None:
        """Raise ``Invalid`` for what no shop could do, each field at fault in its rows."""
        asked = [(name, getattr(self, name)) for name in ("cutoff_hour", "promise_days", "hold_hours", "payment_hours")]
        asked += [(name, getattr(change, name)) for change in self.stages.values() for name in ("capacity", "hours")]
        beyond = [
            {"field": name, "value": value}
            for name, value in asked
            if value is not None and not _BOUNDS[name][0] <= value <= _BOUNDS[name][1]
        ]
        beyond += [{"field": "stage", "value": stage} for stage in self.stages if stage not in WORKED]
        if beyond:
            raise Invalid("A change is out of the range that can be replayed.", code="replay_out_of_range", rows=beyond)
