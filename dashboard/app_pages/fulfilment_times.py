"""Fulfilment times: how long orders take, where the time goes, and whether promises are kept."""

from functools import partial

import streamlit as st

from dashboard import charts, insight, metric_tiles
from dashboard.export_menu import offer_figures
from dashboard.fulfilment_difference import show_difference
from dashboard.fulfilment_heat import show_heat
from dashboard.fulfilment_lives import show_lives
from dashboard.fulfilment_promises import show_promises
from dashboard.fulfilment_stages import choose_lens, show_funnel, show_stages
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.slowdowns import show_slowdowns
from dashboard.translation import _

TILES = (
    "cycle_time", "cycle_time_km", "time_to_ship", "reentry_rate", "on_time_rate", "on_time_rate_current",
    "promise_inflation", "open_age",
)  # fmt: skip


def show_course(scope: Scope) -> None:
    hint = _("By the period in which the order was placed. Click a point to open its orders.")
    with section(_("Days from order to delivery"), hint=hint):
        grain = "week" if scope.grain == "day" else scope.grain
        rows = insight.course(scope, "cycle_time", grain).drop_nulls("value")
        periods = rows[grain].to_list()
        median, p90 = (rows[name] / 24 for name in ("value", "p90"))
        figure = charts.lines(periods, {_("Median"): median.to_list(), _("90th percentile"): p90.to_list()})
        figure.update_traces(mode="lines+markers", marker={"size": 9})
        figure.update_yaxes(rangemode="tozero")
        told = _("Median and 90th percentile of days to delivery")
        picked = charts.show_to_pick(charts.dress(figure, legend=True), key="course", alt=told)
        st.caption(_("The newest periods are immature: their slow orders are still on the way."))
        if picked is not None and picked < len(periods):
            metric_tiles.open_rows(scope, "cycle_time", lens="cohort", filters_={grain: periods[picked]})


chosen_scope = insight.open_page(
    _("Fulfilment times"), hint=_("Medians and percentiles, wall and working time; every number opens to its rows."),
    beside=partial(offer_figures, name=_("Fulfilment times"), codes=TILES), looks_back=True,
)  # fmt: skip
metric_tiles.show_tiles(chosen_scope, TILES)
show_slowdowns(chosen_scope)
show_heat(chosen_scope)
chosen_lens = choose_lens()
show_funnel(chosen_scope, chosen_lens)
show_stages(chosen_scope, chosen_lens)
left, right = st.columns(2)
with left:
    show_course(chosen_scope)
with right:
    show_promises(chosen_scope)
show_lives(chosen_scope)
show_difference(chosen_scope)
