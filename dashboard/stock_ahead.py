"""The stock of one product ahead: with what is on the way and without, and when it runs out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from dashboard import charts, display
from dashboard.layout import section
from dashboard.stock_health_reads import projection
from dashboard.translation import _


def show_stock_ahead(version: str, unique_id: str) -> None:
    """Show the expected stock day by day; nothing where the product cannot be bought."""
    rows = projection(version, unique_id)
    if rows.is_empty():
        return
    hint = _("Free stock less the demand that is expected; what is on the way comes on its day.")
    with section(_("Stock ahead"), hint=hint):
        charts.show(figure_of(rows), key="stock_ahead", alt=_("Expected stock day by day"))
        st.markdown(told(rows))


def figure_of(rows: pl.DataFrame) -> go.Figure:
    """Both courses over the days, and the line below which something is missing."""
    days = rows["day"].to_list()
    courses: dict[str, Sequence[Any]] = {_("With what is on the way"): rows["left"].to_list()}
    if rows["came"].sum():
        courses[_("Without it")] = rows["left_without"].to_list()
    figure = charts.lines(days, courses)
    figure.add_scatter(x=[days[0], days[-1]], y=[0, 0], mode="lines", line={"color": charts.BAD, "dash": "dot"},
                       showlegend=False, hoverinfo="skip")  # fmt: skip
    return figure


def told(rows: pl.DataFrame) -> str:
    """Say when it runs out."""
    with_it, without = (_runs_out(rows, column) for column in ("left", "left_without"))
    if with_it == rows["day"][0] and rows["left_without"][0] + rows["demand"][0] <= 0:
        return _("Nothing is free today.")
    if with_it is None and without is None:
        return _("It lasts beyond {day}.").format(day=display.day(rows["day"][-1]))
    if with_it is None:
        return _("What is on the way carries it beyond {day}; without it runs out on {without}.").format(
            day=display.day(rows["day"][-1]), without=display.day(without)
        )
    if with_it == without:
        return _("It runs out on {day}.").format(day=display.day(with_it))
    return _("It runs out on {day}, without what is on the way on {without}.").format(
        day=display.day(with_it), without=display.day(without)
    )


def _runs_out(rows: pl.DataFrame, column: str) -> date | None:
    days: list[date] = rows.filter(pl.col(column) < 0)["day"].to_list()
    return days[0] if days else None
