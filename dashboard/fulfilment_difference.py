"""Before and after a chosen day: each difference with its interval, or that none can be told."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, fulfilment_reads, metric_tiles
from dashboard.fulfilment_lives import STAGES, stage_label
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.slowdowns import slowdowns
from dashboard.translation import _
from pipelines.cohorts import Difference
from pipelines.metrics import METRICS

_HOUR = 3600
_KEPT = ("on_time_rate", "on_time_rate_current")


def show_difference(scope: Scope) -> None:
    """Ask for a day and show what is different since; a cell opens its orders."""
    hint = _(
        "Medians of what began before the day and from it on, open ones counted as far as they have come; shares of "
        "the promises due. Intervals of 95 % (Brookmeyer and Crowley, Newcombe): of twenty rows about one differs by "
        "chance alone."
    )
    with section(_("Before and after"), hint=hint, key="before-after"):
        if scope.days < 2:
            st.caption(_("One day has no before and after."))
            return
        first, last = scope.date_from + timedelta(days=1), scope.date_to - timedelta(days=1)
        usual = next((one.since for one in slowdowns(scope) if first <= one.since <= last), None)
        middle = scope.date_from + timedelta(days=scope.days // 2)
        day: Any = st.date_input(
            _("Day of the change"), usual or middle, min_value=first, max_value=last, width=190,
            key=f"change_day_{scope.channel}_{first}_{last}",
        )  # fmt: skip
        _show_table(scope, day)


def _show_table(scope: Scope, day: date) -> None:
    found = {stage: fulfilment_reads.length_difference(scope, stage, day) for stage in STAGES}
    kept = {code: fulfilment_reads.kept_difference(scope, code, day) for code in _KEPT}
    lengths = [stage for stage in STAGES if found[stage] is not None or not stage]
    rows = [_row(stage_label(stage), found[stage], is_share=False) for stage in lengths]
    rows += [_row(_(METRICS[code].label), kept[code], is_share=True) for code in _KEPT]
    state: Any = st.dataframe(
        rows, key="differences", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-cell",
        height="content", alt=_("Before and after"),
        column_config={
            "figure": st.column_config.TextColumn(_("Figure"), pinned=True), "verdict": _("Difference"),
            "before": _("Before"), "after": _("After"), "interval": _("95 % confidence"),
        },
    )  # fmt: skip
    cell = charts.newly("differences", next(iter(state.selection.cells), None))
    if cell is not None and cell[0] < len(rows):
        _open_cell(scope, day, [*lengths, *_KEPT][cell[0]], is_before=cell[1] == "before")


def _row(name: str, found: Difference | None, *, is_share: bool) -> dict[str, str]:
    if found is None:
        unknown = _("Too few to tell")
        return {"figure": name, "verdict": unknown, "before": display.NOTHING, "after": display.NOTHING, "interval": ""}
    say = display.percent if is_share else _length
    return {
        "figure": name, "verdict": _verdict(found, is_share=is_share), "before": say(found.before),
        "after": say(found.after),
        "interval": f"{_signed(found.low, is_share=is_share)} … {_signed(found.high, is_share=is_share)}",
    }  # fmt: skip


def _verdict(found: Difference, *, is_share: bool) -> str:
    if not found.is_told:
        return _("No difference can be told")
    change = _said(abs(found.value), is_share=is_share)
    if is_share:
        return (_("▲ Better by {change}") if found.value > 0 else _("▼ Worse by {change}")).format(change=change)
    return (_("▲ Longer by {change}") if found.value > 0 else _("▼ Shorter by {change}")).format(change=change)


def _signed(value: float, *, is_share: bool) -> str:
    mark = "+" if value > 0 else "−" if value < 0 else ""
    return mark + _said(abs(value), is_share=is_share)


def _said(value: float, *, is_share: bool) -> str:
    return _("{points} pp").format(points=display.number(value * 100, 1)) if is_share else _length(value)


def _length(hours: float) -> str:
    return display.duration(hours * _HOUR)


def _open_cell(scope: Scope, day: date, chosen: str, *, is_before: bool) -> None:
    if chosen in _KEPT:
        side = replace(scope, date_to=day) if is_before else replace(scope, date_from=day)
        metric_tiles.open_rows(side, chosen, lens="cohort")
        return
    is_of_side = pl.col("began_day") < day if is_before else pl.col("began_day") >= day
    rows = fulfilment_reads.lives(scope, chosen).filter(is_of_side)
    told = _("Began before {day}") if is_before else _("Began on {day} or later")
    metric_tiles.open_listed(stage_label(chosen), rows, words=told.format(day=display.day(day)))
