"""Promises kept: on time against the first promise and the last, and how much re-promising hides."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _

_CODES = ("on_time_rate", "on_time_rate_current", "promise_inflation")


def show_promises(scope: Scope) -> None:
    """Show the shares over time; a point opens the promises that fell due then, the missed ones first."""
    hint = _("By the period in which the promise fell due. The gap is re-promising. Click a point to open its orders.")
    with section(_("Promises kept"), hint=hint, key="kept"):
        grain = "week" if scope.grain == "day" else scope.grain
        frames = [insight.course(scope, code, grain).select(grain, pl.col("value").alias(code)) for code in _CODES]
        joined = frames[0]
        for frame in frames[1:]:
            joined = joined.join(frame, on=grain, how="full", coalesce=True)
        joined = joined.sort(grain)
        if joined.is_empty():
            st.caption(_("No promise fell due in this period."))
            return
        names = dict(zip(_CODES, (_("First promise"), _("Last promise"), _("Hidden by re-promising")), strict=True))
        kept: dict[str, Sequence[Any]] = {name: (joined[code] * 100).to_list() for code, name in names.items()}
        periods = joined[grain].to_list()
        figure = charts.lines(periods, kept)
        figure.update_traces(mode="lines+markers", marker={"size": 9})
        figure.data[-1].line.dash = "dot"
        figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
        picked = charts.show_to_pick(figure, key="promises", alt=_alt(joined, names))
        if picked is not None and picked < len(periods):
            metric_tiles.open_rows(scope, "on_time_rate", lens="cohort", filters_={grain: periods[picked]})


def _alt(joined: pl.DataFrame, names: dict[str, str]) -> str:
    last = joined.row(-1, named=True)
    return ", ".join(f"{name} {display.percent(last[code])}" for code, name in names.items())
