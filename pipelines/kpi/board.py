"""A board: many metrics with their previous period and their trend, computed in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from pipelines.kpi.measuring import answer_all
from pipelines.kpi.periods import Against, period_before, working_days
from pipelines.kpi.question import Question
from pipelines.metrics import METRICS, Lens, Metric
from pipelines.store import Store


@dataclass(frozen=True)
class Tile:
    """A metric in a period, beside the period before it, and its course (trend: ``by`` first, then value …)."""

    metric: Metric
    current: dict[str, Any]
    previous: dict[str, Any]
    trend: pl.DataFrame

    @property
    def change(self) -> float | None:
        """Relative change of the value; None where either is unknown or the former is zero."""
        now, before = self.current["value"], self.previous["value"]
        return None if now is None or not before else (now - before) / abs(before)


def board(
    store: Store, codes: Sequence[str], *, date_from: date, date_to: date, trend_by: str = "day",
    channel: str | None = None, filters: Mapping[str, Any] | None = None, lens: str | None = None,
) -> dict[str, Tile]:  # fmt: skip
    """Compute tiles over ``[date_from, date_to)``, each through ``lens`` or else its own home lens.

    The previous period has as many working days and ends where this one begins; what stands now has none, and its
    previous value is unknown. Raises as ``compute`` does.
    """
    before, _ = period_before((date_from, date_to), Against.PREVIOUS, working_days(store, channel))
    questions: dict[tuple[str, str], Question] = {}
    for code in codes:
        chosen = Lens(lens) if lens and lens in METRICS[code].days else METRICS[code].home
        now = Question(code, date_from, date_to, lens=chosen, channel=channel, filters=filters or {})
        questions[code, "current"] = now
        questions[code, "trend"] = replace(now, by=(trend_by,))
        if chosen is not Lens.NOW:
            questions[code, "previous"] = replace(now, date_from=before, date_to=date_from)
    answered = dict(zip(questions, answer_all(store, list(questions.values())), strict=True))
    return {code: _tile(code, answered) for code in codes}


def _tile(code: str, answered: Mapping[tuple[str, str], pl.DataFrame]) -> Tile:
    current = answered[code, "current"].row(0, named=True)
    unknown = dict.fromkeys(current)
    previous = answered.get((code, "previous"))
    return Tile(
        metric=METRICS[code],
        current=current,
        previous=unknown if previous is None else previous.row(0, named=True),
        trend=answered[code, "trend"],
    )
