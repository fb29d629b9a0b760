"""The cancel rate over time, twice: of the orders placed in each period, marked where not final, and of the flow."""

import polars as pl
import streamlit as st

from dashboard import charts, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _

COHORT, FLOW = "cancel_rate", "cancel_rate_flow"


def show_course(scope: Scope) -> None:
    """Show both rates side by side by week or month; a point opens its orders."""
    grain = "week" if scope.grain == "day" else scope.grain
    left, right = st.columns(2)
    told = _("Of the orders placed in each period, the share cancelled by now. Click a point to open its orders.")
    with left, section(_("Cancel rate by day placed"), hint=told, key="course-cohort"):
        rows = insight.course(scope, COHORT, grain)
        picked = _draw(rows[grain], _by_ripeness(rows), key="course_cohort")
        _open(scope, "cohort", grain, rows[grain], picked)
    told = _("Cancelled in each period, whenever placed, against the orders received in it. A past period stays as is.")
    with right, section(_("Cancel rate by day cancelled"), hint=told, key="course-flow"):
        rows = insight.course(scope, FLOW, grain, lens="flow")
        picked = _draw(rows[grain], {_("Cancel rate"): _percents(rows["value"])}, key="course_flow")
        _open(scope, "flow", grain, rows[grain], picked)


def _by_ripeness(rows: pl.DataFrame) -> dict[str, list[float | None]]:
    """The final part and the part that still ripens, which begins where the final one ends."""
    final = rows["is_mature"]
    last = int(final.arg_true().max() or 0) if final.any() else -1  # type: ignore[arg-type]
    shares = _percents(rows["value"])
    return {
        _("Final"): [share if place <= last else None for place, share in enumerate(shares)],
        _("Not final yet"): [share if place >= last else None for place, share in enumerate(shares)],
    }


def _draw(periods: pl.Series, series: dict[str, list[float | None]], *, key: str) -> int | None:
    figure = charts.lines(periods.to_list(), dict(series))
    figure.update_traces(mode="lines+markers")
    if len(figure.data) > 1:
        figure.data[1].update(line_dash="dot", marker_symbol="circle-open")
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return charts.show_to_pick(figure, key=key, alt=_("Cancel rate by period"))


def _open(scope: Scope, lens: str, grain: str, periods: pl.Series, picked: int | None) -> None:
    if picked is not None and picked < len(periods):
        code = COHORT if lens == "cohort" else FLOW
        metric_tiles.open_rows(scope, code, lens=lens, filters_={grain: periods[picked]})


def _percents(values: pl.Series) -> list[float | None]:
    return [None if value is None else value * 100 for value in values]
