"""A number beside what it was: the previous period, the year before, or a target."""

from dataclasses import dataclass, replace
from typing import Any, Unpack

import polars as pl

from oms_core.errors import Invalid
from pipelines.kpi.measuring import answer_all, plain
from pipelines.kpi.periods import Against, WorkingDays, due_by, period_before, today_of, working_days
from pipelines.kpi.question import TIMES, Asked, Question
from pipelines.metrics import Lens, Shape
from pipelines.store import Store


def compare(store: Store, code: str, *, against: str = "previous", **asked: Unpack[Asked]) -> list[dict[str, Any]]:
    """Compute a metric beside another period: per cut ``value``, ``before`` and their relative ``change``.

    A cut that only one of the periods has is there with an unknown value in the other; of a sum it is zero. ``period``
    says what it is held against. Raises as ``compute`` does, and ``Invalid`` for what stands now, which has no
    period, for cuts by time and for a comparison that does not exist.
    """
    question = Question.asked(code, **asked)
    now_period = question.date_from, question.date_to
    earlier = period_before(now_period, _against(question, against), working_days(store, question.channel))
    before = replace(question, date_from=earlier[0], date_to=earlier[1])
    frames = answer_all(store, [question, before])
    now, then = ({row[: len(question.by)]: row for row in _rows(frame, question)} for frame in frames)
    nothing = 0.0 if question.metric.shape is Shape.SUM else None
    return [
        _beside(question, key, now.get(key, (*key, nothing, 0, True)), then.get(key, (*key, nothing, 0, True)))
        | {"period": [day.isoformat() for day in earlier]}
        for key in dict.fromkeys([*now, *then])
    ]


@dataclass(frozen=True, slots=True)
class AgainstTarget:
    """A number beside its target; ``passed`` of the period's ``working`` days are over and count if ``is_paced``."""

    value: float | None
    target: float
    due: float
    ahead: float | None
    passed: int
    working: int
    is_paced: bool


def against_target(store: Store, code: str, target: float, **asked: Unpack[Asked]) -> AgainstTarget:
    """Hold a number against a target for its period, by the whole days that passed until the marts were read.

    ``due`` is what the working days among them should have brought: of a sum their part of the target, of anything
    else the whole. ``ahead`` is the value less what is due. Before the first day has passed the value is unknown.
    """
    question = Question.asked(code, **asked)
    period = question.date_from, question.date_to
    is_paced = question.metric.shape is Shape.SUM and not question.metric.is_level and question.lens is not Lens.NOW
    working, today = working_days(store, question.channel), today_of(store, question.channel)
    until = min(max(today, period[0]), period[1])
    value = None
    if until > period[0] or question.lens is Lens.NOW:
        whole = question if question.lens is Lens.NOW else replace(question, date_to=until)
        (frame,) = answer_all(store, [replace(whole, by=())])
        value = frame["value"][0]
    counted = working if working.within(period) else WorkingDays()
    due = due_by(target, period, today, working) if is_paced else target
    return AgainstTarget(
        value, target, due, None if value is None else value - due, counted.within((period[0], until)),
        counted.within(period), is_paced,
    )  # fmt: skip


def _against(question: Question, against: str) -> Against:
    if against not in set(Against):
        raise Invalid(
            f"There is no comparison '{against}'; there are: {', '.join(Against)}.", code="unknown_comparison"
        )
    if question.lens is Lens.NOW:
        raise Invalid("What stands now has no period to compare with.", code="unknown_comparison")
    if set(question.by) & set(TIMES):
        raise Invalid("Two periods have no days in common; cut by something else.", code="unknown_cut")
    return Against(against)


def _rows(frame: pl.DataFrame, question: Question) -> list[tuple[Any, ...]]:
    return frame.select(*question.by, "value", "n", "is_mature").rows()


def _beside(question: Question, key: tuple[Any, ...], now: tuple[Any, ...], then: tuple[Any, ...]) -> dict[str, Any]:
    (value, count, is_mature), (before, count_before, _) = now[-3:], then[-3:]
    known = value is not None and before
    return {
        "code": question.code,
        "by": {cut: plain(one) for cut, one in zip(question.by, key, strict=True)},
        "value": value, "n": count, "before": before, "n_before": count_before, "is_mature": is_mature,
        "change": (value - before) / abs(before) if known else None,
    }  # fmt: skip
