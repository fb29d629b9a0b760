"""From rows to numbers: sums, ratios of sums, medians; and back to the rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Unpack

import polars as pl

from oms_core.errors import Invalid
from pipelines.kpi.question import CUTS, Asked, Question, rows_behind
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
    frame = answer(store, question).collect()
    require_one_currency(question, frame)
    cuts = list(question.by)
    numbers = [name for name in (*_NUMBERS, *_OF_DURATIONS) if name in frame.columns]
    return [
        {"code": code, "by": {cut: plain(row[cut]) for cut in cuts}, **{name: row[name] for name in numbers}}
        for row in frame.to_dicts()
    ]


def measure(store: Store, code: str, **asked: Unpack[Asked]) -> pl.DataFrame:
    """Compute a metric as a frame for charts: a column per cut, then value, numerator, denominator, n …."""
    question = Question.asked(code, **asked)
    frame = answer(store, question).collect()
    require_one_currency(question, frame)
    return frame.drop("currencies")


def measure_all(store: Store, codes: Sequence[str], **asked: Unpack[Asked]) -> dict[str, pl.DataFrame]:
    """Compute several metrics as ``measure`` does, each through its home lens, in one go."""
    questions = [replace(Question.asked(code, **asked), lens=METRICS[code].home) for code in codes]
    frames = pl.collect_all([answer(store, question) for question in questions])
    for question, frame in zip(questions, frames, strict=True):
        require_one_currency(question, frame)
    return {code: frame.drop("currencies") for code, frame in zip(codes, frames, strict=True)}


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


def answer(store: Store, question: Question) -> pl.LazyFrame:
    """Aggregate the rows of a question; ``currencies`` counts those that were added up."""
    rows, metric = rows_behind(store, question), question.metric
    has_currency = metric.unit is Unit.MONEY and "currency" in rows.collect_schema().names()
    currencies = pl.col("currency").n_unique() if has_currency else pl.lit(0)
    if question.outcome_cuts:
        return _sorted(_by_outcome(rows, question), question)
    sums = _aggregates(metric) | {"currencies": currencies, "is_mature": _is_mature(question)}
    grouped = rows.group_by(_cut_by(question.by)).agg(**sums) if question.by else rows.select(**sums)
    return _sorted(_finished(grouped, metric), question)


def require_one_currency(question: Question, frame: pl.DataFrame) -> None:
    """Refuse a sum of money over several currencies: no rate makes it a number one could act on."""
    if frame.height and frame["currencies"].max() not in (None, 0, 1):
        raise Invalid(
            f"'{question.code}' would add up several currencies; choose a channel, or cut by channel.",
            code="mixed_currencies",
        )


def _cut_by(cuts: Sequence[str]) -> list[pl.Expr]:
    """What the rows are grouped by; a month by its first day, which is written out of each group, not of each row."""
    month = pl.col("cohort_day").dt.truncate("1mo").alias("month")
    return [month if cut == "month" else pl.col(CUTS[cut]).alias(cut) for cut in cuts]


def _aggregates(metric: Metric) -> dict[str, pl.Expr]:
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    if metric.shape is Shape.SUM:
        return {"numerator": numerator.sum(), "denominator": pl.lit(None), "n": pl.len()}
    if metric.shape is Shape.RATIO:
        return {"numerator": numerator.sum(), "denominator": denominator.sum(), "n": (denominator != 0).sum()}
    if metric.shape is Shape.LEAST:
        return {"numerator": numerator.min(), "denominator": pl.lit(None), "n": pl.len()}
    if metric.shape is Shape.SURVIVAL:
        return _survival(numerator, denominator)
    nearest_rank = (9 * pl.len() + 9) // 10 - 1
    return {
        "numerator": numerator.sum(),
        "denominator": pl.lit(None),
        "n": pl.len(),
        "median": numerator.median(),
        "p90": numerator.sort().get(nearest_rank, null_on_oob=True),
        "mean": numerator.mean(),
        "business_value": denominator.median(),
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
    }


def _is_mature(question: Question) -> pl.Expr:
    """Whether even the newest row of a cohort is old enough for its number to be final."""
    days = question.metric.matures_days
    if question.lens is not Lens.COHORT or not days:
        return pl.lit(value=True)
    read = pl.col("as_of_at").first().dt.date()
    return (pl.col("cohort_day").max() <= read.dt.offset_by(f"-{days}d")).fill_null(value=True)


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
        "is_mature": _is_mature(question),
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
