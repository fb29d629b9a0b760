"""Fulfilment times: how long orders take, where the time goes, and whether promises are kept."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.slowdowns import show_slowdowns
from dashboard.translation import _
from dashboard.words import GROUPS, group_name

TILES = ("cycle_time", "on_time_rate", "on_time_rate_current", "open_age")
HOUR = 3600


def show_course(scope: Scope) -> None:
    with section(_("Days from order to delivery"), hint=_("By the period in which the order was placed.")):
        grain = "week" if scope.grain == "day" else scope.grain
        rows = insight.course(scope, "cycle_time", grain).drop_nulls("value")
        median, p90 = (rows[name] / 24 for name in ("value", "p90"))
        figure = charts.lines(
            rows[grain].to_list(), {_("Median"): median.to_list(), _("90th percentile"): p90.to_list()}
        )
        charts.show(
            charts.dress(figure, legend=True), key="course", alt=_("Median and 90th percentile of days to delivery")
        )
        st.caption(_("The newest periods are immature: their slow orders are still on the way."))


def stages(scope: Scope) -> pl.DataFrame:
    rows = insight.measure(scope, "stage_time", "status_group")
    order = {group: place for place, group in enumerate(GROUPS)}
    return rows.sort(pl.col("status_group").replace_strict(order, return_dtype=pl.Int64))


def show_stages(scope: Scope) -> None:
    hint = _("Every finished visit; wall hours and working hours of the channel. Select a stage to open its visits.")
    with section(_("Time in each stage"), hint=hint):
        rows = stages(scope)
        if rows.is_empty():
            st.caption(_("No stage was finished in this period."))
            return
        table = [
            {
                "stage": group_name(row["status_group"]), "n": row["n"],
                **{name: display.duration(None if row[name] is None else row[name] * HOUR)
                   for name in ("value", "p90", "mean", "business_value")},
            }
            for row in rows.iter_rows(named=True)
        ]  # fmt: skip
        state: Any = st.dataframe(
            table, key="stages", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            column_config={
                "stage": st.column_config.TextColumn(_("Stage"), pinned=True),
                "n": st.column_config.NumberColumn(_("Visits"), format="localized"),
                "value": _("Median"), "p90": _("90th percentile"), "mean": _("Mean"),
                "business_value": _("Median, working time"),
            },
            alt=_("Time in each stage"),
        )  # fmt: skip
        if state.selection.rows:
            chosen = rows["status_group"][state.selection.rows[0]]
            metric_tiles.open_rows(scope, "stage_time", lens="cohort", filters_={"status_group": chosen})


def show_heat(scope: Scope) -> None:
    grain = "week" if scope.days <= 190 else "month"
    with section(_("Where the time went"), hint=_("Median hours per stage; darker is slower within its own stage.")):
        rows = insight.measure(scope, "stage_time", "status_group", grain)
        if rows.is_empty():
            st.caption(_("No stage was finished in this period."))
            return
        groups = [group for group in GROUPS if group in set(rows["status_group"])]
        periods = rows[grain].unique().sort().to_list()
        found = {(row["status_group"], row[grain]): row["value"] for row in rows.iter_rows(named=True)}
        hours = [[found.get((group, period)) for period in periods] for group in groups]
        shades = [
            [None if hour is None else hour / (max(filter(None, row), default=0) or 1) for hour in row] for row in hours
        ]
        figure = charts.heatmap(periods, [group_name(group) for group in groups], shades)
        told = _("{count} h").format(count="%{customdata:.1f}")
        figure.update_traces(customdata=hours, hovertemplate=f"%{{y}}, %{{x}}: {told}<extra></extra>")
        charts.show(figure, key="heat", alt=_("Median hours by stage and period"))


def show_promises(scope: Scope) -> None:
    with section(_("Promises kept"), hint=_("Against the first promise and the last: the gap is re-promising.")):
        grain = "week" if scope.grain == "day" else scope.grain
        first, last = (insight.course(scope, code, grain) for code in ("on_time_rate", "on_time_rate_current"))
        joined = first.join(last.select(grain, current="value"), on=grain, how="left")
        kept: dict[str, Sequence[Any]] = {
            _("First promise"): (joined["value"] * 100).to_list(),
            _("Last promise"): (joined["current"] * 100).to_list(),
        }
        figure = charts.dress(charts.lines(joined[grain].to_list(), kept), legend=True)
        figure.update_yaxes(ticksuffix=" %")
        charts.show(figure, key="promises", alt=_("Share delivered on time by first and last promise"))


chosen_scope = insight.open_page(
    _("Fulfilment times"), hint=_("Medians and percentiles, wall and working time; every number opens to its rows.")
)
metric_tiles.show_tiles(chosen_scope, TILES)
show_slowdowns(chosen_scope)
left, right = st.columns(2)
with left:
    show_course(chosen_scope)
with right:
    show_promises(chosen_scope)
show_stages(chosen_scope)
show_heat(chosen_scope)
