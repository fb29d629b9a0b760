"""From rows to numbers: sums, ratios of sums, medians; and back to the rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Unpack

import polars as pl

from oms_core.errors import Invalid
from pipelines.kpi.question import CUTS, TIMES, Asked, Question, rows_behind
from pipelines.metrics import METRICS, Direction, Lens, Metric, Shape, Unit
from pipelines.store import Store

_HOUR = 3600
_NUMBERS = ("value", "numerator", "denominator", "n", "is_mature")
_OF_DURATIONS = ("p90", "mean", "business_value")
_TIMED = (Shape.DURATION, Shape.SURVIVAL)
_EXACT = 1e-9  # a product of fractions may miss one half by as little
_SHOWN = (
    "number", "order_id", "position", "cancellation_id", "visit", "channel", "placed_day", "day", "placed_at",
    "status_group", "manager", "warehouse", "region", "customer_kind", "sku", "category", "supplier", "kind", "reason",
    "fault", "first_promised_day", "promised_day", "shipped_at", "delivered_at", "entered_at", "left_at",
    "cancelled_at", "quantity", "units", "net", "gross", "margin",
)  # fmt: skip


def compute(store: Store, code: str, **asked: Unpack[Asked]) -> list[dict[str, Any]]:
    """Compute a metric: rows of the shape of `oms kpi`, sorted by their cuts.

    ``is_mature`` is false while the cohort is too young for its number to be final. Raises ``NotFound`` for an unknown
    metric or unpublished marts and ``Invalid`` for what it cannot be asked, or for money of several currencies that
    would be added up.
    """
    question = Question.asked(code, **asked)
    (frame,) = answer_all(store, [question])
    cuts = list(question.by)
    numbers = [name for name in (*_NUMBERS, *_OF_DURATIONS) if name in frame.columns]
    return [
        {"code": code, "by": {cut: plain(row[cut]) for cut in cuts}, **{name: row[name] for name in numbers}}
        for row in frame.to_dicts()
    ]


def measure(store: Store, code: str, **asked: Unpack[Asked]) -> pl.DataFrame:
    """Compute a metric as a frame for charts: a column per cut, then value, numerator, denominator, n …."""
    (frame,) = answer_all(store, [Question.asked(code, **asked)])
    return frame


def measure_all(store: Store, codes: Sequence[str], **asked: Unpack[Asked]) -> dict[str, pl.DataFrame]:
    """Compute several metrics as ``measure`` does, each through its home lens, in one go."""
    questions = [replace(Question.asked(code, **asked), lens=METRICS[code].home) for code in codes]
    return dict(zip(codes, answer_all(store, questions), strict=True))


def answer_all(store: Store, questions: Sequence[Question]) -> list[pl.DataFrame]:
    """Answer questions in their order as ``measure`` does; those that ask of the same rows read them once."""
    read: list[tuple[Question, pl.DataFrame]] = []
    frames = [_answer(store, question, questions, read) for question in questions]
    for question, frame in zip(questions, frames, strict=True):
        require_one_currency(question, frame)
    return [frame.drop("currencies") for frame in frames]


def _answer(
    store: Store, question: Question, beside: Sequence[Question], read: list[tuple[Question, pl.DataFrame]]
) -> pl.DataFrame:
    """Answer from what was ``read`` for another; else read what answers the finest question ``beside`` it as well."""
    if question.outcome_cuts:
        return _sorted(_by_outcome(rows_behind(store, question), question), question).collect()
    parts = next((parts for finer, parts in read if _answers(finer, question)), None)
    if parts is None:
        finest = max((one for one in beside if _answers(one, question)), key=lambda one: len(one.by))
        parts = _basis(store, finest).collect()
        read.append((finest, parts))
    # Without groups the streaming engine sorts all that it takes the largest of.
    return _totals(parts.lazy(), question).collect(engine="auto" if question.by else "in-memory")


def _answers(finer: Question, question: Question) -> bool:
    """Whether the basis of ``finer`` answers a question too: it is of the same rows, by the same cuts and by more."""
    same = finer == question or (
        replace(finer, by=question.by) == question and not question.metric.is_level and {*finer.by} <= {*TIMES}
    )
    return same and {*question.by} <= {*finer.by}


def drill(store: Store, code: str, *, limit: int | None = None, **asked: Unpack[Asked]) -> pl.DataFrame:
    """List the rows behind a number with their share in it, those that hurt first.

    Σ numerator (÷ Σ denominator) of the rows is the number; of a duration, ``numerator`` and ``denominator`` are wall
    and business seconds, of a survival the seconds and whether they ended; ``hours`` the former in hours.
    """
    question = Question.asked(code, **asked)
    metric = question.metric
    rows = rows_behind(store, question)
    names = rows.collect_schema().names()
    shown = [CUTS[cut] for cut in question.by] + [name for name in _SHOWN if name in names]
    hours = [(pl.col("numerator") / _HOUR).alias("hours")] if metric.shape in _TIMED else []
    # A row that misses a good thing, or has most of a bad one, comes first.
    misses_first = metric.shape is Shape.RATIO and metric.direction is Direction.UP
    listed = rows.select(*dict.fromkeys(shown), "numerator", "denominator", *hours).sort(
        "numerator", descending=not misses_first, nulls_last=True, maintain_order=True
    )
    return (listed if limit is None else listed.head(limit)).collect()


def _basis(store: Store, question: Question) -> pl.LazyFrame:
    """What answers a question and every coarser one of the same rows: subtotals by day and cut of what adds up.

    Of times, which do not, the rows themselves with their cuts.
    """
    rows, metric = rows_behind(store, question), question.metric
    keys = dict.fromkeys(CUTS[cut] for cut in question.by if cut not in TIMES)
    if metric.shape in _TIMED:
        return rows.select(*keys, "cohort_day", "as_of_at", "numerator", "denominator", newest_day="cohort_day")
    has_currency = metric.unit is Unit.MONEY and "currency" in rows.collect_schema().names()
    keys |= dict.fromkeys(["currency"] * has_currency + ["cohort_day"] * bool({*TIMES} & {*question.by}))
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    sums = {
        "numerator": numerator.min() if metric.shape is Shape.LEAST else numerator.sum(),
        "denominator": denominator.sum() if metric.shape is Shape.RATIO else pl.lit(None),
        "n": (denominator != 0).sum() if metric.shape is Shape.RATIO else pl.len(),
        "newest_day": pl.col("cohort_day").max(),
        "as_of_at": pl.col("as_of_at").first(),
    }
    summed = rows.group_by(*keys).agg(**sums) if keys else rows.select(**sums)
    return summed if has_currency else summed.with_columns(currency=pl.lit(None))


def _totals(parts: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """Answer a question from its basis, or from that of a finer one of the same rows."""
    totals = {**_aggregates(question.metric), "is_mature": _is_mature(question, pl.col("newest_day"))}
    grouped = parts.group_by(_cut_by(question.by)).agg(**totals) if question.by else parts.select(**totals)
    return _sorted(_finished(grouped, question.metric), question)


def require_one_currency(question: Question, frame: pl.DataFrame) -> None:
    """Refuse a sum of money over several currencies: no rate makes it a number one could act on."""
    if frame.height and frame["currencies"].max() not in (None, 0, 1):
        raise Invalid(
            f"'{question.code}' would add up several currencies; choose a channel, or cut by channel.",
            code="mixed_currencies",
        )


def _cut_by(cuts: Sequence[str]) -> list[pl.Expr]:
    """What the rows are grouped by; times are written out of their days."""
    day = pl.col("cohort_day")
    times = {"day": day, "week": day.dt.truncate("1w"), "month": day.dt.truncate("1mo")}
    return [times.get(cut, pl.col(CUTS[cut])).alias(cut) for cut in cuts]


def _aggregates(metric: Metric) -> dict[str, pl.Expr]:
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    if metric.shape is Shape.SURVIVAL:
        return _survival(numerator, denominator)
    if metric.shape is Shape.DURATION:
        return _durations(numerator, denominator)
    return {
        "numerator": numerator.min() if metric.shape is Shape.LEAST else numerator.sum(),
        "denominator": denominator.sum() if metric.shape is Shape.RATIO else pl.lit(None),
        "n": pl.col("n").sum(),
        "currencies": pl.col("currency").n_unique(),
    }


def _durations(wall: pl.Expr, business: pl.Expr) -> dict[str, pl.Expr]:
    from_the_top = pl.len() + 1 - (9 * pl.len() + 9) // 10  # what the 90th percentile by nearest rank is
    return {
        "numerator": wall.sum(),
        "denominator": pl.lit(None),
        "n": pl.len(),
        "median": wall.median(),
        "p90": wall.top_k(from_the_top).min(),
        "mean": wall.mean(),
        "business_value": business.median(),
        "currencies": pl.lit(0),
    }


def _survival(seconds: pl.Expr, has_ended: pl.Expr) -> dict[str, pl.Expr]:
    """Quantiles of the time until the end with lives still going on (Kaplan and Meier, 1958); null beyond reach."""
    in_order = (seconds, -has_ended)  # what ends at the moment another leaves sight ends before
    lasted, ended = seconds.sort_by(in_order), has_ended.sort_by(in_order)
    surviving = (1 - ended / (pl.len() - pl.int_range(pl.len()))).cum_prod()
    return {
        "numerator": seconds.sum(),
        "denominator": has_ended.sum(),
        "n": pl.len(),
        "median": lasted.filter(surviving <= 0.5 + _EXACT).first(),
        "p90": lasted.filter(surviving <= 0.1 + _EXACT).first(),
        "mean": pl.lit(None, dtype=pl.Float64),
        "business_value": pl.lit(None, dtype=pl.Float64),
        "currencies": pl.lit(0),
    }


def _is_mature(question: Question, day: pl.Expr) -> pl.Expr:
    """Whether even the newest row of a cohort is old enough for its number to be final."""
    days = question.metric.matures_days
    if question.lens is not Lens.COHORT or not days:
        return pl.lit(value=True)
    read = pl.col("as_of_at").first().dt.date()
    return (day.max() <= read.dt.offset_by(f"-{days}d")).fill_null(value=True)


def _finished(grouped: pl.LazyFrame, metric: Metric) -> pl.LazyFrame:
    """Turn sums into the number; a ratio of nothing is unknown, not zero."""
    numerator, denominator = pl.col("numerator").cast(pl.Float64), pl.col("denominator").cast(pl.Float64)
    if metric.shape in _TIMED:
        hours = [(pl.col(name).cast(pl.Float64) / _HOUR).alias(name) for name in _OF_DURATIONS]
        return grouped.with_columns(
            *hours,
            value=pl.col("median") / _HOUR,
            numerator=numerator / _HOUR,
            denominator=pl.col("n").cast(pl.Float64) if metric.shape is Shape.DURATION else denominator,
        ).drop("median")
    value = pl.when(denominator != 0).then(numerator / denominator) if metric.shape is Shape.RATIO else numerator
    return grouped.with_columns(value=value, numerator=numerator, denominator=denominator)


def _by_outcome(rows: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """Each outcome's numerator over the denominator of the whole group it came from."""
    parts = rows.filter(pl.col("numerator") != 0).group_by(_cut_by(question.by)).agg(pl.col("numerator").sum())
    sums = {
        "denominator": pl.col("denominator").sum(),
        "n": (pl.col("denominator") != 0).sum(),
        "is_mature": _is_mature(question, pl.col("cohort_day")),
    }
    if question.row_cuts:
        whole = rows.group_by(_cut_by(question.row_cuts)).agg(**sums)
        joined = parts.join(whole, on=question.row_cuts, how="left", nulls_equal=True)
    else:
        joined = parts.join(rows.select(**sums), how="cross")
    return _finished(joined.with_columns(currencies=pl.lit(0)), question.metric)


def _sorted(frame: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    durations = _OF_DURATIONS if question.metric.shape in _TIMED else ()
    if "month" in question.by:
        frame = frame.with_columns(pl.col("month").dt.strftime("%Y-%m"))
    chosen = frame.select(*question.by, *_NUMBERS, *durations, "currencies")
    return chosen.sort(*question.by, nulls_last=True) if question.by else chosen


def plain(value: Any) -> Any:  # noqa: ANN401 - of any column type
    """Write a cut's value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value
