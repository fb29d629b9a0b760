"""What the plan is asked for: service by class and the budget, with what other levels would cost and save."""

from decimal import Decimal

import plotly.graph_objects as go
import streamlit as st

from dashboard import buying_actions, buying_reads, charts, display
from dashboard.identity import may
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.shop import open_shop
from dashboard.translation import _, n_
from oms_core.access.permissions import Permission
from oms_core.purchasing.plan_models import ServiceMeasure
from oms_core.purchasing.plan_settings import ABC, XYZ, PlanSettings, Target

_MEASURES = {
    ServiceMeasure.CYCLE: n_("No stockout per cycle (cycle service level)"),
    ServiceMeasure.FILL: n_("Demand served from stock (fill rate)"),
    ServiceMeasure.RATIO: n_("Costs in balance (critical ratio)"),
}


def ask_settings() -> None:
    """Open the form of what the plan is asked for."""
    st.dialog(_("What the plan is asked for"), width="large")(_show_form)()


def show_curve() -> None:
    """Show stock value against the margin expected to be lost, for other levels of service."""
    curve = buying_reads.service_curve()
    if curve is None or curve.is_empty():
        return
    currency = open_shop().settings.currency
    stock, lost = curve["stock_value"].to_list(), curve["lost_margin"].to_list()
    levels = [display.percent(level) for level in curve["level"]]
    with section(_("What if the service were another"), hint=_("The same cycle service level for all products.")):
        figure = go.Figure(
            go.Scatter(
                x=stock, y=lost, mode="lines+markers+text", text=levels, textposition="top right",
                marker_color=charts.ACCENT, line_color=charts.ACCENT, cliponaxis=False,
            )
        )  # fmt: skip
        figure.update_xaxes(title=_("Stock value after ordering, {currency}").format(currency=currency))
        figure.update_yaxes(title=_("Margin expected to be lost, {currency}").format(currency=currency))
        said = [
            f"{level}: {display.money(one, currency)} → {display.money(other, currency)}"
            for level, one, other in zip(levels, stock, lost, strict=True)
        ]
        charts.show(charts.dress(figure, height=320), key="plan_curve", alt="; ".join(said))


def _show_form() -> None:
    present = buying_reads.plan_settings()
    measures = list(_MEASURES)
    known = next((target.measure for target in present.targets.values()), ServiceMeasure.CYCLE)
    measure = st.radio(
        _("Service is"), measures, index=measures.index(known), format_func=lambda one: _(_MEASURES[one]), key="measure"
    )
    st.caption(_("Per cent by class: A earns most, X is asked for most steadily. Empty: the warehouse's own level."))
    levels = _ask_levels(present)
    budget = st.number_input(
        _("Budget of a plan"), min_value=0.0, step=100.0, key="plan_budget", placeholder=_("No limit"),
        value=None if present.budget is None else float(present.budget),
    )  # fmt: skip
    if st.button(_("Set and plan anew"), key="plan_set", type="primary", disabled=not may(Permission.PURCHASE_ORDER)):
        targets = {classes: Target(measure or known, level) for classes, level in levels.items()}
        if buying_actions.ask_of_the_plan(targets, None if budget is None else Decimal(str(budget))):
            st.rerun()
        show_notices()


def _ask_levels(present: PlanSettings) -> dict[tuple[str, str], Decimal]:
    asked: dict[tuple[str, str], Decimal] = {}
    for abc in ABC:
        for xyz, place in zip(XYZ, st.columns(len(XYZ)), strict=True):
            target = present.targets.get((abc, xyz))
            level = place.number_input(
                abc + xyz, min_value=1.0, max_value=99.9, step=0.5, key=f"level_{abc}{xyz}", placeholder="—",
                value=None if target is None else float(target.level * 100),
            )  # fmt: skip
            if level is not None:
                asked[abc, xyz] = Decimal(str(level)) / 100
    return asked
