"""Charts: one quiet look for all of them; colours come from the theme, so light and dark both hold."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from dashboard.translation import language

T = TypeVar("T")
HEIGHT = 260
_OPTIONS = {"displayModeBar": False, "responsive": True}
ACCENT = "#2563eb"
MUTED = "#94a3b8"
GOOD = "#0d9488"
BAD = "#e11d48"
NOTE = "#d97706"
# By status group, quiet to loud along the way; red is kept for what went wrong.
GROUP_COLORS = {
    "preorder": "#94a3b8", "new": "#2563eb", "confirm": "#7c3aed", "supply": "#d97706", "pick": "#ca8a04",
    "ship": "#0891b2", "deliver": "#0d9488", "done": "#64748b", "cancelled": "#e11d48",
}  # fmt: skip
BAND = "rgba(37, 99, 235, 0.16)"
SEQUENCE = [[0.0, "rgba(37, 99, 235, 0.06)"], [1.0, "rgba(37, 99, 235, 0.95)"]]  # shows the page through: both themes
_DOWNWARDS = {"autorange": "reversed", "ticksuffix": " "}
_AXIS = {"automargin": True, "fixedrange": True, "title": None}
_LOOK = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
    "bargap": 0.28, "dragmode": False, "hovermode": "closest",
}  # fmt: skip
# Plotly knows English months only; elsewhere dates are figures: a day, the same with its year, a month.
_DOTTED = ("%d.%m", "%d.%m.%Y", "%m.%Y")
DATES = {"ru": _DOTTED, "pl": _DOTTED, "zh": ("%m-%d", "%Y-%m-%d", "%Y-%m")}
_MONTH = re.compile(r"\d{4}-\d{2}")


def columns(x: Sequence[Any], y: Sequence[Any], *, name: str = "", color: str = ACCENT, hover: str = "") -> go.Figure:
    """Upright bars over an ordered axis, mostly time."""
    figure = go.Figure(go.Bar(x=x, y=y, name=name, marker_color=color, hovertemplate=_hover(hover, "%{x}", "%{y}")))
    return dress(figure)


def bars(labels: Sequence[str], values: Sequence[Any], *, color: str = ACCENT, hover: str = "") -> go.Figure:
    """Lying bars, the first label on top: sort them by what matters before."""
    figure = go.Figure(
        go.Bar(x=values, y=labels, orientation="h", marker_color=color, hovertemplate=_hover(hover, "%{y}", "%{x}")),
        layout={"yaxis": _DOWNWARDS},
    )
    return dress(figure, height=max(120, 40 + 30 * len(labels)))


def stacked_bars(labels: Sequence[str], series: dict[str, Sequence[Any]], *, colors: dict[str, str]) -> go.Figure:
    """Lying bars of parts, one colour and legend entry per part."""
    figure = go.Figure(
        [go.Bar(x=values, y=labels, name=name, orientation="h", marker_color=colors.get(name))
         for name, values in series.items()],
        layout={"barmode": "stack", "yaxis": _DOWNWARDS},
    )  # fmt: skip
    return dress(figure, height=max(140, 70 + 30 * len(labels)), legend=len(series) > 1)


def lines(x: Sequence[Any], series: dict[str, Sequence[Any]], *, hover: str = "") -> go.Figure:
    """One line per series over a shared axis; the first is the accent."""
    figure = go.Figure(
        [go.Scatter(x=x, y=values, name=name, mode="lines", line={"width": 2},
                    hovertemplate=_hover(hover, "%{x}", "%{y}")) for name, values in series.items()]
    )  # fmt: skip
    return dress(figure, legend=len(series) > 1)


def add_band(figure: go.Figure, x: Sequence[Any], low: Sequence[Any], high: Sequence[Any], *, name: str) -> go.Figure:
    """Add a shaded band between two quantiles."""
    hidden = {"width": 0}
    figure.add_scatter(x=x, y=high, mode="lines", line=hidden, showlegend=False, hoverinfo="skip")
    figure.add_scatter(x=x, y=low, mode="lines", line=hidden, fill="tonexty", fillcolor=BAND, name=name)
    return figure


def heatmap(x: Sequence[Any], y: Sequence[Any], values: Sequence[Sequence[Any]], *, hover: str = "") -> go.Figure:
    """A grid of shades, the first row on top."""
    figure = go.Figure(
        go.Heatmap(x=x, y=y, z=values, colorscale=SEQUENCE, showscale=False, xgap=2, ygap=2,
                   hovertemplate=hover or "%{y}, %{x}: %{z}<extra></extra>"),
        layout={"yaxis": {"autorange": "reversed"}},
    )  # fmt: skip
    return dress(figure)


def dress(figure: go.Figure, *, height: int = HEIGHT, legend: bool = False) -> go.Figure:
    """Return a figure in the house look: no title, thin margins, no zooming by accident.

    The layout is written as a whole: asking Plotly for one property after another takes five times as long.
    """
    layout = {name: value for name, value in figure.layout.to_plotly_json().items() if name != "template"}
    for axis in {"xaxis", "yaxis", *(name for name in layout if name[1:].startswith("axis"))}:
        layout[axis] = {**layout.get(axis, {}), **_AXIS, **(_dates(figure) if axis[0] == "x" else {})}
    return go.Figure(figure.data, {**layout, **_LOOK, "height": height, "showlegend": legend})


def show(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure; ``alt`` says in words what it shows."""
    st.plotly_chart(figure, key=key, config=_OPTIONS, alt=alt)


def show_to_pick(figure: go.Figure, *, key: str, alt: str) -> int | None:
    """Show a figure whose marks can be clicked; returns the place of the one clicked, once."""
    state: Any = st.plotly_chart(figure, key=key, config=_OPTIONS, alt=alt, on_select="rerun", selection_mode="points")
    points = state.selection.points
    return newly(key, int(points[0]["point_index"]) if points else None)


def newly(key: str, picked: T | None) -> T | None:
    """Return what is picked in a chart or table only when it was not at the run before.

    What is picked stays so; without this what it opens would open again with whatever is picked elsewhere.
    """
    before, now = st.session_state.get(f"_picked_{key}"), picked
    st.session_state[f"_picked_{key}"] = now
    return now if now != before else None


def _dates(figure: go.Figure) -> dict[str, Any]:
    """How an axis of days, weeks or months writes its dates in the session's language."""
    first = next((trace.x[0] for trace in figure.data if trace.x is not None and len(trace.x)), None)
    is_month = isinstance(first, str) and _MONTH.fullmatch(first) is not None
    if language() not in DATES or not (is_month or isinstance(first, date)):
        return {}
    day, whole_day, month = DATES[language()]
    stops = [
        {"dtickrange": [None, "M1"], "value": f"{day}\n%Y"},
        {"dtickrange": ["M1", "M12"], "value": month},
        {"dtickrange": ["M12", None], "value": "%Y"},
    ]
    return {"tickformatstops": stops, "hoverformat": month if is_month else whole_day}


def _hover(template: str, axis: str, value: str) -> str:
    return f"{axis}<br><b>{template or value}</b><extra></extra>"
