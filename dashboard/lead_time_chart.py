"""How long a product's supplier takes: the chance of each day, the stated days, and what is known it from."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, display
from dashboard.forecast_reads import lead_time
from dashboard.layout import section
from dashboard.translation import _, n_, ngettext
from forecasting.lead_times import chance_by_day

_SOURCES = {
    "product": n_("Learnt from {own} of this product, and {orders} of the supplier."),
    "supplier": n_("Learnt from {orders} of the supplier; this product came in {own}."),
    "stated": n_("As the supplier states: too few of its orders came to learn from ({orders})."),
}


def show_lead_time(sku: str) -> None:
    """Show the lead time of a product; nothing where nobody supplies it."""
    known = lead_time(sku)
    if known is None:
        return
    hint = _("Open days from order to receipt; the supplier's closed days come on top.")
    with section(_("Delivery time of {supplier}").format(supplier=display.plain(known["supplier"])), hint=hint):
        if known["source"] != "stated":
            charts.show(figure_of(known), key="lead_time", alt=_("Chance of delivery by day"))
        st.markdown(told(known))


def figure_of(known: dict[str, Any]) -> go.Figure:
    """The chance of each day as a bar, a line where the supplier's word stands."""
    days = chance_by_day(known["mean_days"], known["sd_days"])
    figure = charts.columns(days["day"].to_list(), days["chance"].to_list(), name=_("Chance of delivery"),
                            color=charts.MUTED)  # fmt: skip
    top, stated = days["chance"].max(), known["stated_days"]
    figure.add_scatter(x=[stated, stated], y=[0, top], mode="lines", name=_("Stated"),
                       line={"color": charts.BAD, "dash": "dash", "width": 2}, hoverinfo="skip")  # fmt: skip
    figure.update_layout(yaxis={"tickformat": ".0%", "rangemode": "tozero"}, xaxis={"rangemode": "tozero"})
    return charts.dress(figure, height=220, legend=True)


def told(known: dict[str, Any]) -> str:
    """Say how long it takes and what that rests on."""
    facts = {name: display.number(known[name], 1) for name in ("stated_days", "q0.1", "q0.5", "q0.9")}
    orders, own = (_orders(known[name]) for name in ("orders", "own_orders"))
    learnt_from = known["source"]
    source = _(_SOURCES[learnt_from]).format(orders=orders, own=own)
    days = _(
        "Half of the orders are here after **{middle}** days, eight in ten after {low} to {high}; {stated} are stated."
    )
    if learnt_from == "stated":
        days = _("**{stated}** days.")
    told_days = days.format(
        middle=facts["q0.5"], low=facts["q0.1"], high=facts["q0.9"], stated=facts["stated_days"]
    )  # fmt: skip
    return f"{told_days} {source}"


def _orders(count: int) -> str:
    return ngettext("{count} order received", "{count} orders received", count).format(count=display.number(count))
