"""Cancellations: how many, why, at which stage, and what they cost."""

from functools import partial

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles
from dashboard.cancellation_causes import choose_lens, show_by_whom, show_costliest, show_matrix
from dashboard.cancellation_course import show_course
from dashboard.cancellation_losses import LOST, PARTIAL, show_lost_customers, show_partial
from dashboard.cancellation_measure import show_measure
from dashboard.export_menu import offer_figures
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.reads import cancel_reasons
from dashboard.translation import _
from dashboard.words import GROUPS, group_name, said

TILES = (
    "cancel_rate", "cancel_rate_flow", "cancelled_value", "cancelled_margin", "avoidable_share", "avoidable_margin",
    "misstated_share", "time_to_cancel",
)  # fmt: skip


def show_reasons(scope: Scope) -> None:
    with section(_("By stated reason"), hint=_("Net value cancelled; single lines count too. Click to open.")):
        rows = insight.measure(scope, "cancelled_value", "reason").sort("value", descending=True)
        if rows.is_empty():
            st.caption(_("Nothing was cancelled."))
            return
        labels = {reason.code: said(reason.label, reason.translations, "label") for reason in cancel_reasons()}
        names = [labels.get(code, code) for code in rows["reason"]]
        figure = charts.bars(names, rows["value"].cast(float).to_list(), color=charts.BAD)
        picked = charts.show_to_pick(figure, key="reasons", alt=_("Cancelled value by reason, the largest first"))
        if picked is not None:
            chosen = rows["reason"][picked]
            metric_tiles.open_rows(scope, "cancelled_value", lens="cohort", filters_={"reason": chosen})


def show_stages(scope: Scope) -> None:
    with section(_("By stage"), hint=_("Where the order stood when it was cancelled. Click to open.")):
        rows = insight.measure(scope, "cancelled_value", "status_group")
        found = dict(rows.select("status_group", "value").iter_rows())
        stages = [group for group in GROUPS if found.get(group)]
        if not stages:
            st.caption(_("Nothing was cancelled."))
            return
        figure = charts.bars([group_name(group) for group in stages], [float(found[group]) for group in stages])
        picked = charts.show_to_pick(figure, key="stages", alt=_("Cancelled value by stage"))
        if picked is not None:
            chosen = stages[picked]
            metric_tiles.open_rows(scope, "cancelled_value", lens="cohort", filters_={"status_group": chosen})


def show_reason_table(scope: Scope) -> None:
    with section(_("Reasons in figures")):
        rate = insight.measure(scope, "cancel_rate", "reason").select("reason", orders="numerator", share="value")
        value = insight.measure(scope, "cancelled_value", "reason").select("reason", value="value")
        if sees_margin := bool(insight.visible(["cancelled_margin"])):
            margin = insight.measure(scope, "cancelled_margin", "reason").select("reason", margin="value")
            value = value.join(margin, on="reason", how="left")
        labels = {reason.code: said(reason.label, reason.translations, "label") for reason in cancel_reasons()}
        rows = value.join(rate, on="reason", how="left").sort(pl.col("value"), descending=True)
        st.dataframe(
            [
                {"reason": labels.get(row["reason"], row["reason"]),
                 "orders": int(row["orders"] or 0), "share": row["share"],
                 "value": display.compact_money(row["value"], scope.currency)}
                | ({"margin": display.compact_money(row["margin"], scope.currency)} if sees_margin else {})
                for row in rows.iter_rows(named=True)
            ],
            hide_index=True, row_height=34,
            column_config={
                "reason": st.column_config.TextColumn(_("Reason"), pinned=True),
                "orders": st.column_config.NumberColumn(_("Whole orders"), format="localized"),
                "share": st.column_config.NumberColumn(_("Share of orders placed"), format="percent"),
                "value": _("Value lost"), "margin": _("Margin lost"),
            },
            alt=_("Cancelled orders, value and margin by reason"),
        )  # fmt: skip


chosen_scope = insight.open_page(
    _("Cancellations"), hint=_("No order is cancelled without a reason."),
    beside=partial(offer_figures, name=_("Cancellations"), codes=(*TILES, *PARTIAL, *LOST)), looks_back=True,
)  # fmt: skip
metric_tiles.show_tiles(chosen_scope, TILES)
chosen_lens = choose_lens()
show_costliest(chosen_scope, chosen_lens)
show_matrix(chosen_scope, chosen_lens)
show_by_whom(chosen_scope, chosen_lens)
left, right = st.columns(2)
with left:
    show_reasons(chosen_scope)
with right:
    show_stages(chosen_scope)
show_course(chosen_scope)
show_measure(chosen_scope)
show_partial(chosen_scope, chosen_lens)
show_lost_customers(chosen_scope)
show_reason_table(chosen_scope)
