"""The picture of a forecast: what was asked for, with promotions and empty shelves, and a fan of what may be."""

import plotly.graph_objects as go
import polars as pl

from dashboard import charts, display
from dashboard.translation import _
from pipelines.known_ahead import PRICE_CUT

_WEEKS, _HEIGHT = 78, 340
_WEEKS_ON_PHONE, _HEIGHT_ON_PHONE = 45, 430
_SHADES = {  # from one edge to the next, the likely dark and the rare light
    ("q0.1", "q0.8"): ("10–80 %", 0.32), ("q0.8", "q0.9"): ("80–90 %", 0.23), ("q0.9", "q0.95"): ("90–95 %", 0.16),
    ("q0.95", "q0.975"): ("95–97.5 %", 0.11),
}  # fmt: skip


def fan(history: pl.DataFrame, ahead: pl.DataFrame, before: pl.DataFrame, promotions: pl.DataFrame) -> go.Figure:
    """Draw one series by week; ``before``: cutoff, ds, mean; ``promotions``: ds, cut, of weeks that were."""
    on_phone = display.on_phone()
    past = history.tail(_WEEKS_ON_PHONE if on_phone else _WEEKS)
    figure = charts.lines(past["ds"].to_list(), {_("Asked for"): past["demand"].to_list()})
    _add_told_before(figure, before.filter(pl.col("ds") >= past["ds"][0]))
    _add_ahead(figure, ahead, on_phone=on_phone)
    _add_marks(figure, past, promotions)
    _add_planned(figure, ahead)
    return charts.dress(figure, height=_HEIGHT_ON_PHONE if on_phone else _HEIGHT, legend=True)


def _add_ahead(figure: go.Figure, ahead: pl.DataFrame, *, on_phone: bool) -> None:
    """Add the fan; on a phone one shade stands for all in the legend, which would leave no room for the picture."""
    weeks, hidden = ahead["ds"].to_list(), {"width": 0}
    for (low, high), (name, depth) in _SHADES.items():
        figure.add_scatter(x=weeks, y=ahead[low].to_list(), mode="lines", line=hidden, showlegend=False,
                           hoverinfo="skip")  # fmt: skip
        figure.add_scatter(
            x=weeks, y=ahead[high].to_list(), mode="lines", line=hidden, fill="tonexty",
            name="10–97.5 %" if on_phone else name, showlegend=not on_phone or low == "q0.1",
            fillcolor=f"rgba(37, 99, 235, {depth})",
            hovertemplate=f"%{{x}}<br>{name}: ≤ <b>%{{y:.1f}}</b><extra></extra>",
        )  # fmt: skip
    for column, name, dash in (("q0.5", _("Middle (50 %)"), "solid"), ("mean", _("Forecast"), "dot")):
        figure.add_scatter(
            x=weeks, y=ahead[column].to_list(), mode="lines", name=name, line={"color": charts.ACCENT, "dash": dash,
            "width": 2}, hovertemplate=f"%{{x}}<br>{name}: <b>%{{y:.1f}}</b><extra></extra>",
        )  # fmt: skip


def _add_told_before(figure: go.Figure, before: pl.DataFrame) -> None:
    for number, (cutoff, told) in enumerate(before.group_by("cutoff", maintain_order=True)):
        figure.add_scatter(
            x=told["ds"].to_list(), y=told["mean"].to_list(), mode="lines", name=_("Told before"),
            line={"color": charts.MUTED, "width": 1.5}, legendgroup="before", showlegend=number == 0,
            hovertemplate=f"{display.day(cutoff[0])}: <b>%{{y:.1f}}</b><extra></extra>",
        )  # fmt: skip


def _add_planned(figure: go.Figure, ahead: pl.DataFrame) -> None:
    """Mark weeks for which the price list has a price below the usual one."""
    cheap = ahead.filter(pl.col(PRICE_CUT) > 0) if PRICE_CUT in ahead.columns else ahead.clear()
    if cheap.height:
        figure.add_scatter(
            x=cheap["ds"].to_list(), y=cheap["q0.5"].to_list(), mode="markers", name=_("Promotion planned"),
            customdata=[display.percent(-cut, 0) for cut in cheap[PRICE_CUT]],
            hovertemplate=f"%{{x}}<br>{_('Promotion planned')}: %{{customdata}}<extra></extra>",
            marker={"color": charts.NOTE, "symbol": "diamond", "size": 10},
        )  # fmt: skip


def _add_marks(figure: go.Figure, past: pl.DataFrame, promotions: pl.DataFrame) -> None:
    cheap, empty = past.join(promotions, on="ds"), past.filter(pl.col("censored_share") > 0)
    if cheap.height:
        figure.add_scatter(
            x=cheap["ds"].to_list(), y=cheap["demand"].to_list(), mode="markers", name=_("Promotion"),
            customdata=[display.percent(-cut, 0) for cut in cheap["cut"]],
            hovertemplate="%{x}<br>%{customdata}<br><b>%{y:.0f}</b><extra></extra>",
            marker={"color": charts.NOTE, "symbol": "diamond-open", "size": 11, "line": {"width": 2}},
        )  # fmt: skip
    if empty.height:
        figure.add_scatter(
            x=empty["ds"].to_list(), y=empty["demand"].to_list(), mode="markers", name=_("Shelf was empty"),
            marker={"color": charts.BAD, "symbol": "x", "size": 7},
        )  # fmt: skip
