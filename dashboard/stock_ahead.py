"""The stock of one product ahead: with what is on the way and without, and when it runs out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from dashboard import charts, display
from dashboard.buying_reads import proposals
from dashboard.layout import section
from dashboard.stock_health_reads import projection
from dashboard.translation import _
from oms_core.purchasing.proposals import Proposal


def show_stock_ahead(version: str, series: dict[str, Any]) -> None:
    """Show the expected stock day by day; nothing where the product cannot be bought."""
    rows = projection(version, series["unique_id"])
    if rows.is_empty():
        return
    order = next((one for one in proposals(warehouse=series["warehouse"]) if one.sku == series["sku"]), None)
    hint = _("Free stock less the demand that is expected; what is on the way comes on its day.")
    with section(_("Stock ahead"), hint=hint):
        charts.show(figure_of(rows, order), key="stock_ahead", alt=_("Expected stock day by day"))
        said = f"{told(rows)} {suggested(rows, order)}"
        st.markdown(said.replace("..", "."))  # some languages write a month with a full stop


def figure_of(rows: pl.DataFrame, order: Proposal | None) -> go.Figure:
    """The courses with the suggested order and without, and the line below which something is missing."""
    days = rows["day"].to_list()
    is_coming = bool(rows["came"].sum())
    usual = _("With what is on the way") if is_coming else _("Free stock")
    courses: dict[str, Sequence[Any]] = {usual: rows["left"].to_list()}
    if is_coming:
        courses[_("Without it")] = rows["left_without"].to_list()
    if order is not None:
        courses[_("With the suggested order")] = with_order(rows, order)["left"].to_list()
    figure = charts.lines(days, courses)
    figure.add_scatter(x=[days[0], days[-1]], y=[0, 0], mode="lines", line={"color": charts.BAD, "dash": "dot"},
                       showlegend=False, hoverinfo="skip")  # fmt: skip
    if order is not None:
        _add_order_days(figure, with_order(rows, order), order)
    return figure


def with_order(rows: pl.DataFrame, order: Proposal) -> pl.DataFrame:
    """The course if the order is placed: its units are there from the day they are expected, or the first shown."""
    is_there = pl.col("day") >= order.expected_on
    return rows.with_columns(left=pl.col("left") + pl.when(is_there).then(float(order.quantity)).otherwise(0.0))


def _add_order_days(figure: go.Figure, rows: pl.DataFrame, order: Proposal) -> None:
    """Mark on its course when to order and when that comes."""
    marks = {
        _("Order by"): (order.order_by, "triangle-down"),
        _("Arrives if ordered today"): (order.expected_on, "triangle-up"),
    }
    for name, (day, symbol) in marks.items():
        at = rows.filter(pl.col("day") >= day).head(1)
        figure.add_scatter(
            x=at["day"].to_list(), y=at["left"].to_list(), mode="markers", name=name,
            marker={"symbol": symbol, "size": 11, "color": charts.NOTE},
            hovertemplate=f"{name}: <b>{display.day(day)}</b><extra></extra>",
        )  # fmt: skip


def suggested(rows: pl.DataFrame, order: Proposal | None) -> str:
    """Say what is suggested to be bought and how long that lasts."""
    if order is None:
        return _("No order is suggested now.")
    ends = _runs_out(with_order(rows, order).filter(pl.col("day") >= order.expected_on), "left")
    lasts = _("With it, it lasts until {day}.") if ends else _("With it, it lasts beyond {day}.")
    told = _("Suggested: {quantity}, to be ordered by {order_by}; ordered today, here about {expected_on}.").format(
        quantity=display.number(order.quantity, 3), order_by=display.day(order.order_by),
        expected_on=display.day(order.expected_on),
    )  # fmt: skip
    return f"{told} {lasts.format(day=display.day(ends or rows['day'][-1]))}"


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
