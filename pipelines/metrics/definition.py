"""What a metric is: its words, its two expressions over one mart, and the day each lens goes by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl

Tables = Callable[[str], pl.LazyFrame]
"""Gives a published mart by its name."""


class Lens(StrEnum):
    """Cohort: what began in the period; flow: what happened in it; now: what is open, whatever the period."""

    COHORT = "cohort"
    FLOW = "flow"
    NOW = "now"


class Shape(StrEnum):
    """How rows become a number: Σ, Σ ÷ Σ, the median of durations with p90 and mean, or that of lives not all ended."""

    SUM = "sum"
    RATIO = "ratio"
    DURATION = "duration"
    LEAST = "least"
    SURVIVAL = "survival"


class Unit(StrEnum):
    """What a value counts; a share is between 0 and 1."""

    ORDERS = "orders"
    MONEY = "money"
    QUANTITY = "units"
    COUNT = "count"
    HOURS = "hours"
    DAYS = "days"
    SHARE = "share"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


@dataclass(frozen=True)
class Metric:
    """One definition of one number.

    ``numerator`` and ``denominator`` are row expressions, summed over the rows that satisfy ``where``; a duration's
    are its wall and business seconds, a survival's its seconds and whether they ended. ``days`` names the day column
    of every lens the metric has; None means that the lens has no period: ``standing`` are the rows that count now.
    ``outcome_cuts`` are cuts of the numerator only: by cancel reason the denominator remains the whole cohort.
    ``prepare`` builds rows that no mart has as they are. ``shows_cost``: only for those who may see costs and margins.
    Expressions may use ``as_of_day`` and ``as_of_at``: when the marts were last read from the journal. ``credit`` is
    the column that says to whose credit a row is: a fact belongs to who held the order when it happened; only what
    stands now belongs to who holds it now. An ``is_level`` metric is what there was at the end of a period, not the
    sum of its days. A cohort is immature while part of it began less than ``matures_days`` ago. ``version`` grows
    when the definition changes.
    """

    code: str
    label: str
    unit: Unit
    direction: Direction
    definition: str
    mart: str
    numerator: pl.Expr
    denominator: pl.Expr | None = None
    shape: Shape = Shape.SUM
    where: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    days: Mapping[Lens, str | None] = field(default_factory=dict)
    standing: pl.Expr = field(default_factory=lambda: pl.col("is_open"))
    home: Lens = Lens.COHORT
    outcome_cuts: frozenset[str] = frozenset()
    prepare: Callable[[Tables], pl.LazyFrame] | None = None
    shows_cost: bool = False
    credit: str = "manager"
    is_level: bool = False
    matures_days: int = 0
    version: int = 1

    def to_json(self) -> dict[str, Any]:
        """Describe the metric for people and programs."""
        return {
            "code": self.code,
            "label": self.label,
            "unit": self.unit.value,
            "direction": self.direction.value,
            "definition": self.definition,
            "shape": self.shape.value,
            "mart": self.mart,
            "lenses": [lens.value for lens in self.days],
            "home_lens": self.home.value,
            "shows_cost": self.shows_cost,
            "matures_days": self.matures_days,
            "version": self.version,
        }
