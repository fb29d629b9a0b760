"""Composing a digest: the figures as a board's tiles say them, and the parts that explain what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import urlencode

import polars as pl

from pipelines import kpi
from pipelines.diagnosis import explain_by_cuts, is_comparable
from pipelines.exporting import Sheet
from pipelines.kpi.periods import Against, period_before, working_days
from pipelines.metric_tables import WORDS, Report, Say, sheets_of, spans_channels
from pipelines.metrics import METRICS, Lens
from pipelines.store import Store

DIGEST_WORDS = {
    "changes": "What changed", "added": "Added to the change", "open": "Open these figures",
    "page": "Page {page}", "nothing": "There is nothing to compare with.",
}  # fmt: skip
"""What a digest says besides the words of its table."""
_DAILY_UP_TO, _WEEKLY_UP_TO = 62, 190  # days, as the pages draw trends
_MOST_CHANGES = 6


@dataclass(frozen=True)
class DigestTerms:
    """What a digest is of and for whom: a report, its currency, and the language, zone and address of its reader."""

    report: Report
    currency: str
    locale: str = "en_GB"
    zone: str = "UTC"
    say: Say = str
    public_url: str = ""


@dataclass(frozen=True)
class Digest:
    """A digest as composed; ``trends`` are the courses of figures that have one, ``link`` opens them on the pages."""

    terms: DigestTerms
    table: Sheet
    definitions: Sheet
    changes: Sheet
    trends: Mapping[str, Sequence[float]]
    link: str


def compose(store: Store, terms: DigestTerms) -> Digest:
    """Compute a digest of what the store publishes; ``store.at(…)`` makes that of a past instant again."""
    table, definitions = sheets_of(store, terms.report, zone=terms.zone, say=terms.say)
    changes = _changes(store, terms)
    trends = {code: _course(store, terms.report, code) for code in table.frame["code"]}
    return Digest(terms, table, definitions, changes, trends, _link(terms))


def _changes(store: Store, terms: DigestTerms) -> Sheet:
    """The parts that explain the change of the first figure that is a sum or a ratio of its parts."""
    say, report = terms.say, terms.report
    headings = {name: say(words) for name, words in (
        ("figure", WORDS["figure"]), ("cut", WORDS["cut"]), ("part", WORDS["part"]), ("before", WORDS["before"]),
        ("now", WORDS["value"]), ("contribution", DIGEST_WORDS["added"]),
    )}  # fmt: skip
    name = say(DIGEST_WORDS["changes"])
    code = next((code for code in report.codes if is_comparable(METRICS[code])), None)
    found = pl.DataFrame() if code is None else _explained(store, report, code)
    if code is None or found.is_empty():
        return Sheet(name, pl.DataFrame(schema=dict.fromkeys(headings, pl.String)), (), headings)
    return Sheet(name, found.with_columns(figure=pl.lit(say(METRICS[code].label))).select(*headings), (), headings)


def _explained(store: Store, report: Report, code: str) -> pl.DataFrame:
    channel = None if spans_channels(store, code, report.lens_of(code)) else report.channel
    lens, period = METRICS[code].home.value, (report.date_from, report.date_to)
    begin, end = period_before(period, Against.PREVIOUS, working_days(store, report.channel))

    def measured(first: date, after: date, *by: str) -> pl.DataFrame:
        return kpi.measure(store, code, by=by, lens=lens, channel=channel, date_from=first, date_to=after)

    return explain_by_cuts(
        partial(measured, *period), partial(measured, begin, end), shape=METRICS[code].shape, most=_MOST_CHANGES
    )


def _course(store: Store, report: Report, code: str) -> list[float]:
    """The course over the period; what stands open now has none: by the day it was placed it would read as one."""
    lens = report.lens_of(code)
    if lens == Lens.NOW:
        return []
    days = (report.date_to - report.date_from).days
    grain = "day" if days <= _DAILY_UP_TO else "week" if days <= _WEEKLY_UP_TO else "month"
    channel = None if spans_channels(store, code, lens) else report.channel
    rows = kpi.measure(
        store, code, by=(grain,), lens=lens, channel=channel, date_from=report.date_from, date_to=report.date_to
    )
    return [float(value) for value in rows["value"].drop_nulls()]


def _link(terms: DigestTerms) -> str:
    report = terms.report
    if not terms.public_url:
        return ""
    last = report.date_to.fromordinal(report.date_to.toordinal() - 1)
    asked = {"channel": report.channel or "", "days": f"{report.date_from}..{last}"}
    return f"{terms.public_url.rstrip('/')}/overview?{urlencode(asked)}"
