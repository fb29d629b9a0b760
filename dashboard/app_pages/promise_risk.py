"""Promise risk: which open orders will be late while that can still be helped, and how well such things are told."""

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from dashboard import charts, display, risk_reads
from dashboard.filters import in_address
from dashboard.layout import empty_state, page_header, section
from dashboard.navigation import go as go_to
from dashboard.risk_list import show_riskiest
from dashboard.risk_words import MILESTONES, MODEL, milestone_words, raised_words, way_words
from dashboard.translation import _
from forecasting.promise_risk_rules import SERVING_RULES
from oms_core.orders.views import AT_RISK


def show_causes(risky: pl.DataFrame) -> None:
    """Show what raises the risk of those that are marked."""
    with section(_("What raises it"), hint=_("Leading causes of the orders at risk.")):
        marked = risky.filter((pl.col("probability") >= float(AT_RISK)) & pl.col("cause").is_not_null())
        counts = marked.group_by("cause").len().sort("len", "cause", descending=[True, False])
        if counts.is_empty():
            st.caption(_("No order is at risk."))
            return
        figure = charts.bars([raised_words(cause) for cause in counts["cause"]], counts["len"].to_list())
        charts.show(figure, key="risk_causes", alt=_("Orders at risk by leading cause"))


def show_judgement(scores: pl.DataFrame, bins: pl.DataFrame) -> None:
    """Show how well risks of late were told, beside the simple rules, for one milestone."""
    hint = _("Learnt until five weeks ago, judged by the orders placed since, each as it stood at the milestone.")
    with section(_("How well it is told"), hint=hint):
        known = [name for name in MILESTONES if name in set(scores["milestone"])]
        if not known:
            st.caption(_("Too few promises have fallen due of late to judge."))
            return
        milestone: str = st.segmented_control(
            _("Milestone"), known, required=True, format_func=milestone_words,
            label_visibility="collapsed", **in_address("milestone", known, known[0]),
        ) or known[0]  # fmt: skip
        left, right = st.columns(2)
        with left:
            show_scores(scores.filter(pl.col("milestone") == milestone), risk_reads.serving().get(milestone, ""))
        with right:
            served = scores.filter("is_serving", milestone=milestone)["by"].first()
            figure = reliability_plot(bins.filter(pl.col("milestone") == milestone), way_words(str(served)))
            charts.show(figure, key="reliability", alt=_("Late in fact against what was told, in ten bins"))


def show_scores(scores: pl.DataFrame, serving: str) -> None:
    number = st.column_config.NumberColumn
    rows = scores.filter(pl.col("by") != "served")
    st.dataframe(
        [
            {"by": way_words(row["by"]), "serves": row["by"] == serving, "auc": row["auc_score"],
             "brier": row["brier_loss"], "calibration": row["calibration_error"], "lift": row["lift_score"]}
            for row in rows.iter_rows(named=True)
        ],
        key="risk_scores", hide_index=True, row_height=34, alt=_("Scores of the model and of simple rules"),
        column_config={
            "by": st.column_config.TextColumn(_("Told by"), pinned=True),
            "serves": st.column_config.CheckboxColumn(_("Serves")),
            "auc": number(_("AUC"), format="%.3f", help=_("How well it ranks: 0.5 is chance, 1 is perfect.")),
            "brier": number(_("Brier loss"), format="%.4f", help=_("Mean squared error of the probability.")),
            "calibration": number(_("Calibration error"), format="%.3f", help=_("Told against actual, ten bins.")),
            "lift": number(_("Lift at 10 %"), format="%.1f", help=_("Late among the riskiest tenth, against all.")),
        },
    )  # fmt: skip
    told = _("{count} orders, {share} of them late").format(
        count=display.number(rows["orders"][0]), share=display.percent(rows["share_late"][0])
    )
    st.caption(told)
    if serving:
        st.caption(_why_it_serves(serving, dict(rows.select("by", "brier_loss").iter_rows())))


def _why_it_serves(serving: str, losses: dict[str, float]) -> str:
    """Say why; a judgement younger than the last scoring may have found a rule that takes over at the next one."""
    if serving != MODEL:
        told = _("{rule} serves: the model told no better, in its trial or of the orders since.")
        return told.format(rule=way_words(serving))
    best = min((name for name in SERVING_RULES if name in losses), key=losses.__getitem__, default=MODEL)
    if best != MODEL and losses[best] <= losses.get(MODEL, 0.0):
        told = _("The model won its trial, but of later orders {rule} told no worse: it serves from the next run on.")
        return told.format(rule=way_words(best))
    return _("The model serves: it told better than every simple rule. Where it does not, a rule takes over.")


def reliability_plot(bins: pl.DataFrame, way: str) -> go.Figure:
    """Actual against told by what served when it was judged: on the dashed line every probability comes true."""
    most = max(0.05, *bins["predicted"], *bins["actual"])
    figure = go.Figure()
    figure.add_scatter(x=[0, most], y=[0, most], mode="lines", name=_("Perfect"), line_dash="dash",
                       line_color=charts.MUTED, hoverinfo="skip")  # fmt: skip
    figure.add_scatter(x=bins["predicted"].to_list(), y=bins["actual"].to_list(), mode="lines+markers",
                       name=way, line_color=charts.ACCENT)  # fmt: skip
    figure = charts.dress(figure, legend=True)
    figure.update_xaxes(tickformat=".0%", title=_("Told"))
    figure.update_yaxes(tickformat=".0%", title=_("Late in fact"))
    return figure


actions = page_header(_("Promise risk"), hint=_("Which open orders will miss their first promise, and why."))
if not risk_reads.is_published("promise_risk"):
    told = _("A hundred promises must have fallen due; then the worker scores open orders every hour.")
    empty_state("schedule", _("Nothing is scored yet"), told)
    st.stop()
with actions:
    if st.button(_("Open as a queue"), key="risk_queue", icon=":material/inbox:"):
        go_to("app_pages/orders.py", view="at_risk")
key = risk_reads.version()
risky_now = risk_reads.risky_orders(key)
show_riskiest(risky_now)
show_causes(risky_now)
if risk_reads.is_published("promise_risk_judged"):
    show_judgement(*risk_reads.judged(key))
