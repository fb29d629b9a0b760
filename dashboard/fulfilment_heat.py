"""Stage by week against the stages' own history: where the time went, and which stage slowed since when."""

from math import log2
from typing import Any

import pandas as pd
import polars as pl
import streamlit as st

from dashboard import charts, display, fulfilment_reads, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.slowdowns import slowdowns
from dashboard.translation import _
from dashboard.words import GROUPS, group_name

_HOUR, _ENOUGH = 3600, 30
_SLOWER, _QUICKER = "225, 29, 72", "13, 148, 136"
_TOLD = 1.25  # times the usual, from which on an arrow tells it


def show_heat(scope: Scope) -> None:
    """Show the median of every stage in every week beside what it usually is; a cell opens its visits."""
    grain = "week" if scope.days <= 190 else "month"
    hint = _(
        "Median length of the visits that ended, against the same stage in the ninety days before the period: ▲ is "
        "slower by a quarter or more, ▼ quicker; beside a stage, since when it has been slower. Select a cell to open "
        "its visits."
    )
    with section(_("Where the time went"), hint=hint, key="heat"):
        rows = insight.whole_periods(_medians(scope, "status_group", grain), scope, grain)
        if rows.is_empty():
            st.caption(_("No stage was finished in this period."))
            return
        usual = _usual(scope)
        periods = rows[grain].unique().sort(descending=display.on_phone()).to_list()
        stages = [group for group in GROUPS if group in set(rows["status_group"])]
        hours = {(row["status_group"], row[grain]): row["value"] for row in rows.iter_rows(named=True)}
        told = dict(zip(stages, _names(scope, stages), strict=True))
        cell = _show_table(told, periods, hours, usual)
        if cell is not None:
            stage, period = cell
            chosen = {"status_group": stage} | ({grain: period} if period is not None else {})
            metric_tiles.open_rows(scope, "stage_time", lens="flow", filters_=chosen)


def _medians(scope: Scope, *by: str) -> pl.DataFrame:
    return insight.measure(scope, "stage_time", *by, lens="flow")


def _usual(scope: Scope) -> dict[str, float]:
    """The median of each stage before the period; where little is known of that, in the period itself."""
    found: dict[str, float] = {}
    for rows in (_medians(scope, "status_group"), _medians(fulfilment_reads.history_of(scope), "status_group")):
        enough = rows.filter(pl.col("n") >= _ENOUGH) if found else rows
        found |= dict(enough.select("status_group", "value").iter_rows())
    return found


def _names(scope: Scope, stages: list[str]) -> list[str]:
    """Say the stages, and since when those have been slower that have."""
    since = {one.stage: display.day(one.since) for one in slowdowns(scope)}
    return [f"{group_name(stage)} ▲ {since[stage]}" if stage in since else group_name(stage) for stage in stages]


def _show_table(
    named: dict[str, str], periods: list[Any], hours: dict[tuple[str, Any], float], usual: dict[str, float]
) -> tuple[str, Any] | None:
    """Show the grid; returns the stage and period picked, None of a period for all of it."""
    stages = list(named)
    columns = [period if isinstance(period, str) else display.day(period) for period in periods]
    lengths = [[hours.get((stage, period)) for period in periods] for stage in stages]
    factors = [
        [one / usual[stage] if one and usual.get(stage) else None for one in row]
        for stage, row in zip(stages, lengths, strict=True)
    ]
    told = [[_cell(*both) for both in zip(*rows, strict=True)] for rows in zip(lengths, factors, strict=True)]
    frame = pd.DataFrame(told, columns=columns)
    frame.insert(0, "usual", [_length(usual.get(stage)) for stage in stages])
    frame.insert(0, "stage", list(named.values()))
    shades = [["", "", *(_shade(factor) for factor in row)] for row in factors]
    styled = frame.style.apply(lambda _all: pd.DataFrame(shades, columns=frame.columns), axis=None)
    state: Any = st.dataframe(
        styled, key="heat_cells", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-cell",
        height="content", alt=_("Median hours by stage and period"),
        column_config={
            "stage": st.column_config.TextColumn(_("Stage"), pinned=True), "usual": _("Usual"),
        },
    )  # fmt: skip
    picked = charts.newly("heat_cells", next(iter(state.selection.cells), None))
    if picked is None or picked[0] >= len(stages):
        return None
    return stages[picked[0]], periods[columns.index(picked[1])] if picked[1] in columns else None


def _cell(length: float | None, factor: float | None) -> str:
    arrow = "" if factor is None or 1 / _TOLD < factor < _TOLD else " ▲" if factor > 1 else " ▼"
    return _length(length) + arrow


def _length(hours: float | None) -> str:
    return display.duration(None if hours is None else hours * _HOUR)


def _shade(factor: float | None) -> str:
    """Red for slower and green for quicker, full at twice and half the usual."""
    if not factor:
        return ""
    strength = max(-1.0, min(1.0, log2(factor)))
    return f"background-color: rgba({_SLOWER if strength > 0 else _QUICKER}, {abs(strength) * 0.55:.2f})"
