"""A question: which metric, over which days, by which cuts, through which lens; and the rows that answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Required, Self, TypedDict, Unpack

import polars as pl

from oms_core.errors import Invalid, NotFound
from pipelines.kpi.periods import calendar_days
from pipelines.metrics import METRICS, Lens, Metric, Tables
from pipelines.store import Store

CUTS = {
    "day": "day", "week": "week", "month": "month", "channel": "channel", "manager": "manager",
    "warehouse": "warehouse", "reason": "reason", "fault": "fault", "status_group": "status_group",
    "category": "category", "region": "region", "product": "sku", "supplier": "supplier",
    "customer_kind": "customer_kind", "carrier": "carrier", "derived_cause": "derived_cause",
    "cancelled_by": "cancelled_by",
}  # fmt: skip
"""Cuts and the columns they go by; week is its Monday, month is ``YYYY-MM``."""
TIMES = ("day", "week", "month")
"""Cuts by time."""
_OF_LINES = ("category", "product", "supplier")


class Asked(TypedDict, total=False):
    """How a metric may be asked for."""

    date_from: Required[date]
    date_to: Required[date]
    by: Sequence[str]
    lens: str
    channel: str | None
    filters: Mapping[str, Any] | None


@dataclass(frozen=True)
class Question:
    """One question; days are half-open ``[date_from, date_to)`` in each channel's own zone.

    ``filters`` name cuts and the values wanted (one, several, or None for rows without a value).
    """

    code: str
    date_from: date
    date_to: date
    by: Sequence[str] = ()
    lens: Lens = Lens.COHORT
    channel: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def asked(cls, code: str, **asked: Unpack[Asked]) -> Self:
        """Make a question of plain words; raises ``Invalid`` for a lens that does not exist."""
        lens = asked.get("lens", Lens.COHORT)
        if lens not in set(Lens):
            raise Invalid(f"There is no lens '{lens}'; there are: {', '.join(Lens)}.", code="unknown_lens")
        period = {"date_from": asked["date_from"], "date_to": asked["date_to"]}
        by, filters = tuple(dict.fromkeys(asked.get("by", ()))), asked.get("filters") or {}  # a cut twice is one
        return cls(code, **period, by=by, lens=Lens(lens), channel=asked.get("channel"), filters=filters)

    @property
    def metric(self) -> Metric:
        """The metric asked for; raises ``NotFound`` for an unknown code."""
        if self.code not in METRICS:
            raise NotFound(f"There is no metric '{self.code}'; `oms metrics` lists them.", code="unknown_metric")
        return METRICS[self.code]

    @property
    def conditions(self) -> dict[str, Any]:
        """Filters with the channel among them."""
        return {**({"channel": self.channel} if self.channel else {}), **self.filters}

    @property
    def row_cuts(self) -> list[str]:
        """Cuts of numerator and denominator alike."""
        return [cut for cut in self.by if cut not in self.metric.outcome_cuts]

    @property
    def outcome_cuts(self) -> list[str]:
        """Cuts of the numerator alone."""
        return [cut for cut in self.by if cut in self.metric.outcome_cuts]

    def require_answerable(self) -> None:
        """Raise ``Invalid``, naming what can be asked, for an unknown lens, cut or period."""
        if self.lens not in self.metric.days:
            lenses = ", ".join(self.metric.days)
            raise Invalid(f"'{self.code}' has no lens '{self.lens}'; it has: {lenses}.", code="unknown_lens")
        if self.date_to <= self.date_from:
            raise Invalid("The period is empty: its end must be after its beginning.", code="empty_period")
        unknown = sorted({*self.by, *self.conditions} - set(CUTS))
        if unknown:
            raise Invalid(f"Unknown cut {', '.join(unknown)}; there are: {', '.join(CUTS)}.", code="unknown_cut")


def rows_behind(store: Store, question: Question) -> pl.LazyFrame:
    """Return the rows that make the number, with ``numerator`` and ``denominator`` and a column per cut.

    An order appears once per product, category or supplier where one of these cuts an order's metric. A filter by an
    outcome (cancel reason) takes the numerator away from other rows and leaves them in the denominator.
    """
    question.require_answerable()
    metric = question.metric

    def table(name: str) -> pl.LazyFrame:
        return store.lazy(name)

    rows = metric.prepare(table) if metric.prepare else table(metric.mart)
    rows = _credited(_as_of(rows, store).filter(metric.where), question)
    rows = _within_period(rows, question)
    by_lines = _answered_by_lines(rows, question)
    rows = _of_lines(rows, question, by_lines, table) if by_lines else rows
    _require_columns(rows, question, by_lines)
    of_rows = {cut: value for cut, value in question.conditions.items() if cut not in by_lines}
    rows = rows.filter(*[_holds(cut, value) for cut, value in of_rows.items() if cut not in metric.outcome_cuts])
    rows = rows.with_columns(
        numerator=metric.numerator,
        denominator=metric.denominator if metric.denominator is not None else pl.lit(None, dtype=pl.Int64),
    )
    outcome = [_holds(cut, value) for cut, value in question.conditions.items() if cut in metric.outcome_cuts]
    kept = pl.all_horizontal(outcome).fill_null(value=False) if outcome else pl.lit(value=True)
    return rows.with_columns(numerator=pl.when(kept).then("numerator").otherwise(0))


def cuts_of(store: Store, code: str) -> list[str]:
    """The cuts that a metric can be asked by, in the order they are listed; raises ``NotFound`` as ``rows_behind``."""
    metric = METRICS[code]
    question = Question(code, date.min, date.max, lens=metric.home)
    rows = rows_behind(store, question)
    present = set(rows.collect_schema().names())
    by_lines = _OF_LINES if "order_id" in present else ()
    return [cut for cut, column in CUTS.items() if column in present or cut in TIMES or cut in by_lines]


def _as_of(rows: pl.LazyFrame, store: Store) -> pl.LazyFrame:
    watermark = store.watermark()
    if watermark is None:
        raise NotFound("No marts are published yet; run `oms refresh`.", code="mart_missing")
    today = calendar_days(store, watermark.read_at)
    as_of_day = pl.lit(next(iter(today.values()), watermark.read_at.date()))
    if len({*today.values()}) > 1 and "channel" in rows.collect_schema():
        as_of_day = pl.col("channel").replace_strict(today, default=watermark.read_at.date(), return_dtype=pl.Date)
    return rows.with_columns(as_of_at=pl.lit(watermark.read_at), as_of_day=as_of_day)


def _credited(rows: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """Put into ``manager`` to whose credit a row is; what stands now is its present owner's."""
    credit = "owner" if question.lens is Lens.NOW else question.metric.credit
    return rows.with_columns(manager=credit) if credit in rows.collect_schema() else rows


def _within_period(rows: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """Keep the period by the lens's day; what stands now has none and is cut by the day it was placed."""
    day = question.metric.days[question.lens]
    if day is None:
        rows, day = rows.filter(question.metric.standing), question.metric.days[Lens.COHORT] or "placed_day"
    else:
        rows = rows.filter(pl.col(day) >= question.date_from, pl.col(day) < question.date_to)
    wanted = [cut for cut in TIMES if cut in question.by or cut in question.conditions]
    made = {
        "day": pl.col(day),
        "week": pl.col(day).dt.truncate("1w"),
        "month": pl.col(day).dt.strftime("%Y-%m"),
    }
    rows = rows.with_columns(**{cut: made[cut] for cut in wanted}, cohort_day=pl.col(day))
    if question.metric.is_level:
        newest, by = pl.col(day).max(), wanted if question.lens is not Lens.NOW else []
        rows = rows.filter(pl.col(day) == (newest.over(by) if by else newest))
    return rows


def _answered_by_lines(rows: pl.LazyFrame, question: Question) -> set[str]:
    """Cuts asked for that an order's rows do not have but its lines do."""
    present = rows.collect_schema().names()
    asked = {*question.by, *question.conditions}
    return {cut for cut in _OF_LINES if cut in asked and CUTS[cut] not in present} if "order_id" in present else set()


def _of_lines(rows: pl.LazyFrame, question: Question, by_lines: set[str], table: Tables) -> pl.LazyFrame:
    """Keep the orders that have a line as asked for; an order appears once per value it is cut by."""
    asked = [_holds(cut, value) for cut, value in question.conditions.items() if cut in by_lines]
    cuts = [CUTS[cut] for cut in question.by if cut in by_lines]
    lines = table("order_lines").filter(*asked).select("order_id", *cuts).unique()
    return rows.join(lines, on="order_id", how="inner")


def _require_columns(rows: pl.LazyFrame, question: Question, by_lines: set[str]) -> None:
    present = set(rows.collect_schema().names())
    asked = {*question.by, *question.conditions} - by_lines
    missing = sorted(cut for cut in asked if CUTS[cut] not in present)
    if missing:
        able = ", ".join(cut for cut, column in CUTS.items() if column in present or cut in TIMES)
        raise Invalid(
            f"'{question.code}' cannot be cut by {', '.join(missing)}; it can by: {able}.", code="unknown_cut"
        )


def _holds(cut: str, value: Any) -> pl.Expr:  # noqa: ANN401 - one value or several, of any column type
    column = pl.col(CUTS[cut])
    if value is None:
        return column.is_null()
    several = [value] if isinstance(value, str | date) else list(value)
    return column.is_in([one for one in several if one is not None]) | (
        column.is_null() if None in several else pl.lit(value=False)
    )
