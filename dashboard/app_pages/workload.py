"""Workload: who holds how much open work, what is late in whose hands, and what each got done."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles
from dashboard.export_menu import offer_figures
from dashboard.identity import may
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import GROUPS, group_name
from dashboard.workload_ageing import show_ageing
from dashboard.workload_costs import show_costs
from dashboard.workload_done import show_work_done
from dashboard.workload_peaks import show_peaks
from dashboard.workload_plan import show_plan
from dashboard.workload_reads import is_learnt
from dashboard.workload_results import show_results
from oms_core.access.permissions import Permission

TILES = ("open_orders", "open_late", "open_age", "throughput", "touches_per_order")


def name_of(login: str | None) -> str:
    return insight.people_names().get(login, login) if login else _("nobody")


def show_open(scope: Scope) -> None:
    with section(_("Open orders by owner"), hint=_("As they stand now, by stage.")):
        rows = insight.measure(scope, "open_orders", "manager", "status_group", lens="now")
        if rows.is_empty():
            st.caption(_("No order is open."))
            return
        owners = rows.group_by("manager").agg(pl.col("value").sum()).sort("value", descending=True)["manager"].to_list()
        found = {(row["manager"], row["status_group"]): float(row["value"]) for row in rows.iter_rows(named=True)}
        groups = [group for group in GROUPS if group in set(rows["status_group"])]
        series: dict[str, Sequence[Any]] = {
            group_name(group): [found.get((owner, group), 0.0) for owner in owners] for group in groups
        }
        figure = charts.stacked_bars(
            [name_of(owner) for owner in owners],
            series,
            colors={group_name(group): color for group, color in charts.GROUP_COLORS.items()},
        )
        charts.show(figure, key="open", alt=_("Open orders by owner and stage"))


def people(scope: Scope) -> pl.DataFrame:
    """One row per owner: open, late, finished stages in the period, median age of what is open."""
    late = insight.measure(scope, "open_late", "manager", lens="now").select("manager", late="value")
    age = insight.measure(scope, "open_age", "manager", lens="now").select("manager", age="value")
    done = insight.measure(scope, "throughput", "manager", lens="flow").select("manager", done="value")
    return (
        insight.measure(scope, "open_orders", "manager", lens="now")
        .select("manager", open="value")
        .join(done, on="manager", how="full", coalesce=True, nulls_equal=True)
        .join(late, on="manager", how="left", nulls_equal=True)
        .join(age, on="manager", how="left", nulls_equal=True)
        .with_columns(pl.col("open", "late", "done").fill_null(0).cast(pl.Int64))
        .sort("open", descending=True)
    )


def show_people(scope: Scope) -> None:
    hint = _(
        "Finished stages are credited to whoever held the order at that moment. Select a person to open the orders."
    )
    with section(_("People"), hint=hint):
        rows = people(scope)
        state: Any = st.dataframe(
            [
                {"who": name_of(row["manager"]), "open": row["open"], "late": row["late"], "done": row["done"],
                 "age": display.duration(None if row["age"] is None else row["age"] * 3600)}
                for row in rows.iter_rows(named=True)
            ],
            key="people", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            column_config={
                "who": st.column_config.TextColumn(_("Owner"), pinned=True),
                "open": st.column_config.ProgressColumn(
                    _("Open orders"), format="localized", max_value=max([1, *rows["open"]])
                ),
                "late": st.column_config.NumberColumn(_("Late orders"), format="localized"),
                "done": st.column_config.NumberColumn(_("Stages finished"), format="localized"),
                "age": _("Median age"),
            },
            alt=_("Open, late and finished work by owner"),
        )  # fmt: skip
        place = charts.newly("people", next(iter(state.selection.rows), None))
        if place is not None and place < rows.height:
            owner = rows["manager"][place]
            metric_tiles.open_rows(scope, "open_orders", lens="now", filters_={"manager": owner})


def show_done(scope: Scope) -> None:
    with section(_("Stages finished"), hint=_("By the person who held the order at that moment.")):
        grain = "day" if scope.days <= 31 else "week" if scope.days <= 190 else "month"
        rows = insight.course(scope, "throughput", grain, lens="flow")
        figure = charts.columns(rows[grain].to_list(), rows["value"].cast(float).to_list())
        charts.show(figure, key="done", alt=_("Stages finished over time"))


chosen_scope = insight.open_page(
    _("Workload"), hint=_("Who holds how much, and what each got done."), default_days=30,
    beside=partial(offer_figures, name=_("Workload"), codes=TILES),
)  # fmt: skip
metric_tiles.show_tiles(chosen_scope, TILES)
show_plan()
show_results()
show_ageing()
left, right = st.columns(2)
with left:
    show_open(chosen_scope)
with right:
    show_done(chosen_scope)
show_people(chosen_scope)
if is_learnt():
    show_work_done(chosen_scope)
    show_peaks(chosen_scope)
    if may(Permission.COST_VIEW):
        show_costs(chosen_scope)
