"""Why a quantity is suggested: its terms as a picture that adds up, and in sentences."""

from itertools import accumulate

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, display
from dashboard.buying_words import shown_terms, why
from dashboard.layout import section
from dashboard.translation import _
from oms_core.purchasing.ordering import Override
from oms_core.purchasing.proposals import Proposal


def show_why(row: Proposal, own: Override | None) -> None:
    """Explain one suggestion; ``own`` is what the buyer has put in its place."""
    terms = shown_terms(row.explanation["terms"])
    with section(_("Why {quantity} of {sku}").format(quantity=display.quantity(row.quantity), sku=row.sku)):
        st.caption(f"{row.product} · {row.warehouse} · {row.supplier_name}")
        if own is not None:
            told = _("You order {own} instead: {why}")
            st.markdown(told.format(own=display.quantity(own.quantity), why=display.plain(own.why)))
        names = [*(name for name, _value in terms), _("To order")]
        values = [*(float(value) for _name, value in terms), 0.0]
        said = [*(display.quantity(value) for _name, value in terms), display.quantity(row.quantity)]
        told = ", ".join(f"{name} {value}" for name, value in zip(names, said, strict=True))
        charts.show(_waterfall(names, values, said), key="explanation", alt=told)
        st.caption(why(row.explanation))
        st.page_link(
            "app_pages/demand_forecast.py", label=_("See its forecast"), icon=":material/trending_up:",
            query_params={"series": f"{row.sku}@{row.warehouse}"},
        )  # fmt: skip


def _waterfall(names: list[str], values: list[float], said: list[str]) -> go.Figure:
    """Upright, and lying on a phone, where names need the width."""
    lies = display.on_phone()
    places = {"y": names, "x": values, "orientation": "h"} if lies else {"x": names, "y": values}
    figure = go.Figure(
        go.Waterfall(
            **places, measure=["relative"] * (len(names) - 1) + ["total"], text=said,
            textposition="outside", cliponaxis=False, connector_line_color=charts.MUTED,
            increasing_marker_color=charts.ACCENT, decreasing_marker_color=charts.GOOD,
            totals_marker_color=charts.MUTED,
        ),
        layout={"yaxis": {"autorange": "reversed"}, "xaxis": {"range": _room(values)}} if lies else {},
    )  # fmt: skip
    return charts.dress(figure, height=60 + 34 * len(names) if lies else 300)


def _room(values: list[float]) -> tuple[float, float]:
    """From where to where the bars reach, with room for the figures beside them."""
    reached = [0.0, *accumulate(values[:-1])]
    room = 0.2 * (max(reached) - min(reached)) or 1.0
    return min(reached) - (room if min(reached) < 0 else 0), max(reached) + room
