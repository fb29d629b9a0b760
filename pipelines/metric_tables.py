"""Tables of metrics to be handed over: figures and how they are defined, as of one publication of the marts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.exporting import Sheet
from pipelines.kpi.question import Question, rows_behind
from pipelines.metrics import METRICS, Lens
from pipelines.store import Store

Say = Callable[[str], str]
"""Says an English text in the language of whoever reads it."""
WORDS = {
    "figure": "Figure", "channel": "Channel", "lens": "Lens", "part": "Part", "value": "Value", "before": "Before",
    "change": "Change", "unit": "Unit", "numerator": "Numerator", "denominator": "Denominator", "n": "Rows",
    "p90": "90th percentile", "mean": "Mean", "business_value": "In working time", "is_mature": "Is final",
    "code": "Code", "definition": "Definition", "direction": "Good direction", "version": "Version",
    "report": "Report", "days": "Days", "cut": "Cut", "as_of": "As of", "fresh_to": "Fresh to", "zone": "Time zone",
    "uncut": "Without this cut", "definitions": "Definitions", "all": "All channels", "filter": "Filter",
}  # fmt: skip
"""What the columns and the facts of such a table are called."""
_TIMED = ("p90", "mean", "business_value")
_COLUMNS = (
    "code", "figure", "channel", "lens", "part", "value", "before", "change", "unit", "numerator", "denominator", "n",
    *_TIMED, "is_mature",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What is asked for: figures of a channel (none: all of them) over ``[date_from, date_to)``, by one cut or whole.

    ``lenses`` name those through which figures are looked at, the rest are through their own.
    """

    name: str
    codes: Sequence[str]
    date_from: date
    date_to: date
    channel: str | None = None
    cut: str = ""
    lenses: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Any] = field(default_factory=dict)

    def lens_of(self, code: str) -> str:
        """The lens through which a figure is looked at."""
        return self.lenses.get(code) or METRICS[code].home.value


def sheets_of(store: Store, report: Report, *, zone: str = "UTC", say: Say = str) -> tuple[Sheet, Sheet]:
    """Compute a report: its table and the definitions it goes by, both with what they were made with.

    Whole figures stand beside those of as many working days before, as on a page's tiles; figures that have no such
    cut are named among the facts. Raises as ``kpi.compute`` does.
    """
    cut = (report.cut,) if report.cut else ()
    able = [code for code in report.codes if _can(store, report, code, by=cut)]
    frame = _parts(store, report, able) if report.cut else _whole(store, report, able)
    names = {code: say(METRICS[code].label) for code in able}
    told = frame.with_columns(figure=pl.col("code").replace_strict(names, default="", return_dtype=pl.String))
    kept = [name for name in _COLUMNS if name in told.columns and not (name == "part" and not report.cut)]
    facts = [*_facts(store, report, zone, say), *_left_out(report, able, say)]
    defined = _definitions(report, able, say)
    lines = [(f"{names[code]} ({code})", words) for code, words in defined.select("code", "definition").iter_rows()]
    headings = {name: say(WORDS[name]) for name in kept}
    return (
        Sheet(report.name, told.select(kept), [*facts, *lines], headings, zone),
        Sheet(say(WORDS["definitions"]), defined, facts, {name: say(WORDS[name]) for name in defined.columns}, zone),
    )


def spans_channels(store: Store, code: str, lens: str) -> bool:
    """Tell whether a figure is of all channels together: goods in a warehouse are everybody's."""
    return not _is_answerable(store, Question(code, date.min, date.max, lens=Lens(lens), channel="-"))


def _can(store: Store, report: Report, code: str, *, by: Sequence[str]) -> bool:
    lens = Lens(report.lens_of(code))
    question = Question(code, report.date_from, report.date_to, by=by, lens=lens, filters=report.filters)
    return _is_answerable(store, question)


def _is_answerable(store: Store, question: Question) -> bool:
    """Tell whether the rows have the columns asked for, without reading them."""
    try:
        rows_behind(store, question)
    except Invalid as refusal:
        if refusal.code != "unknown_cut":
            raise
        return False
    return True


def _asked(store: Store, report: Report, code: str) -> dict[str, Any]:
    channel = None if spans_channels(store, code, report.lens_of(code)) else report.channel
    period = {"date_from": report.date_from, "date_to": report.date_to}
    return {**period, "channel": channel, "filters": dict(report.filters)}


def _whole(store: Store, report: Report, codes: Iterable[str]) -> pl.DataFrame:
    rows = []
    for code in codes:
        lens, asked = report.lens_of(code), _asked(store, report, code)
        tile = kpi.board(store, [code], lens=lens, **asked)[code]
        figures = {name: tile.current[name] for name in ("value", "numerator", "denominator", "n", "is_mature")}
        figures |= {name: tile.current.get(name) for name in _TIMED}
        rows.append({"code": code, "channel": asked["channel"] or "", "lens": lens, "unit": tile.metric.unit.value,
                     **figures, "before": tile.previous["value"], "change": tile.change})  # fmt: skip
    return _numbers(pl.DataFrame(rows, infer_schema_length=None, schema_overrides=_SCHEMA) if rows else _empty())


def _parts(store: Store, report: Report, codes: Iterable[str]) -> pl.DataFrame:
    frames = []
    for code in codes:
        lens, asked = report.lens_of(code), _asked(store, report, code)
        rows = kpi.measure(store, code, by=(report.cut,), lens=lens, **asked)
        frames.append(rows.rename({report.cut: "part"}).with_columns(
            pl.col("part").cast(pl.String), code=pl.lit(code), channel=pl.lit(asked["channel"] or ""),
            lens=pl.lit(lens), unit=pl.lit(METRICS[code].unit.value),
        ).pipe(_numbers))  # fmt: skip
    return pl.concat(frames, how="diagonal") if frames else _empty()


_FLOATS = ("value", "before", "change", "numerator", "denominator", *_TIMED)
_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("code", "channel", "lens", "part", "unit"), pl.String), **dict.fromkeys(_FLOATS, pl.Float64),
    "n": pl.Int64, "is_mature": pl.Boolean,
}  # fmt: skip


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema=_SCHEMA)


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the figures of all metrics one kind, so that they stand in one column."""
    return frame.with_columns(
        *(pl.col(name).cast(pl.Float64) for name in _FLOATS if name in frame.columns), pl.col("n").cast(pl.Int64)
    )


def _facts(store: Store, report: Report, zone: str, say: Say) -> list[tuple[str, str]]:
    manifest = store.manifest()
    fresh_to, seen_from = store.fresh_to(), manifest.seen_from
    return [
        (say(WORDS["report"]), report.name),
        (say(WORDS["channel"]), report.channel or say(WORDS["all"])),
        (say(WORDS["days"]), f"{report.date_from:%Y-%m-%d} ≤ … < {report.date_to:%Y-%m-%d}"),
        *([(say(WORDS["cut"]), report.cut)] if report.cut else []),
        *((f"{say(WORDS['filter'])}: {cut}", str(wanted)) for cut, wanted in report.filters.items()),
        (say(WORDS["as_of"]), _moment(seen_from, zone)),
        (say(WORDS["fresh_to"]), _moment(fresh_to, zone)),
        (say(WORDS["zone"]), zone),
    ]


def _left_out(report: Report, able: Sequence[str], say: Say) -> list[tuple[str, str]]:
    uncut = [say(METRICS[code].label) for code in report.codes if code not in able]
    return [(say(WORDS["uncut"]), ", ".join(uncut))] if uncut else []


def _definitions(report: Report, codes: Sequence[str], say: Say) -> pl.DataFrame:
    rows = [
        {"code": code, "figure": say(metric.label), "definition": say(metric.definition), "unit": metric.unit.value,
         "direction": metric.direction.value, "lens": report.lens_of(code), "version": metric.version}
        for code in codes for metric in [METRICS[code]]
    ]  # fmt: skip
    names = ("code", "figure", "definition", "unit", "direction", "lens")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String), "version": pl.Int64})


def _moment(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone) if zone != 'UTC' else UTC):%Y-%m-%d %H:%M:%S}" if moment else ""
