"""Pace: how a figure stands against its target, by the working days that have passed; whole days only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines import kpi
from pipelines.kpi.periods import working_days
from pipelines.metrics import METRICS, Direction, Lens, Metric
from pipelines.store import Store

_ON_PACE = 0.005  # of what is due: nearer than that is as good as on it


@dataclass(frozen=True, slots=True)
class Pace:
    """A figure beside its target: what is ``due`` by now, and where its ``working`` days of the period lead.

    ``forecast`` is the period's end at the pace so far; None where nothing is due by days, where too little of the
    period has passed, and once it has passed whole.
    """

    metric: Metric
    target: float
    value: float | None
    due: float
    passed: int
    working: int
    is_paced: bool

    @property
    def forecast(self) -> float | None:
        """What the period ends with if the rest of its working days bring what the passed ones did."""
        if not self.is_paced or self.value is None or not 0 < self.passed < self.working:
            return None
        return self.value * self.working / self.passed

    @property
    def attained(self) -> float | None:
        """The part of the target that is there."""
        return None if self.value is None or not self.target else self.value / self.target

    @property
    def ahead(self) -> float | None:
        """How far the figure is from what is due, relative to it: above zero is more than due, good or not."""
        if self.value is None or not self.due:
            return None
        return (self.value - self.due) / abs(self.due)

    @property
    def standing(self) -> str:
        """``unknown``, ``on``, ``good`` or ``bad``: less is good where down is the metric's good direction."""
        ahead = self.ahead
        if ahead is None:
            return "unknown"
        if abs(ahead) < _ON_PACE:
            return "on"
        return "good" if (ahead > 0) == (self.metric.direction is not Direction.DOWN) else "bad"


def pace_of(
    store: Store, code: str, target: float, *, period: tuple[date, date], channel: str,
    filters: Mapping[str, Any] | None = None,
) -> Pace:  # fmt: skip
    """Hold a metric of a channel against a target for a half-open period; raises as ``kpi.compute`` does."""
    found = kpi.against_target(
        store, code, target, date_from=period[0], date_to=period[1], channel=channel, filters=filters,
        lens=METRICS[code].home if code in METRICS else Lens.COHORT,
    )  # fmt: skip
    return Pace(
        METRICS[code], target, found.value, found.due, found.passed, found.working, is_paced=found.is_paced
    )  # fmt: skip


def filters_of(cut: str, part: str, teams: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a metric is filtered by for a part of a cut; a team is all of its people, an empty cut everything."""
    if cut == "team":
        return {"manager": teams.get(part, [])}
    return {cut: part} if cut else {}


def due_by_buckets(
    store: Store, pace: Pace, period: tuple[date, date], buckets: Sequence[tuple[date, date]], *, channel: str
) -> list[float | None]:
    """What of a target each half-open span of days should bring, by its working days; None outside the period.

    Of what is due whole, a rate or a duration, the target itself.
    """
    working = working_days(store, channel)
    whole = working.within(period)
    due: list[float | None] = []
    for first, after in buckets:
        within = max(first, period[0]), min(after, period[1])
        if within[0] >= within[1]:
            due.append(None)
        else:
            due.append(pace.target * working.within(within) / whole if pace.is_paced and whole else pace.target)
    return due
