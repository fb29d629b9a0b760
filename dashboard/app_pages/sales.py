"""Sales: every figure by every cut, what moved, how far orders come, and what returns."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, insight, metric_tiles
from dashboard.export_menu import offer_figures
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.sales_after import show_funnel, show_returns
from dashboard.sales_cuts import CUTS, FIGURES, by_cut, moved_words, say_part
from dashboard.sales_targets import show_targets
from dashboard.target_words import value_words
from dashboard.translation import _
from pipelines.metrics import METRICS, Shape

TILES = ("net_revenue", "ordered_value", "orders_received", "average_order_value", "units_shipped", "contribution",
         "gross_margin", "return_rate_shipped")  # fmt: skip
SHOWN, DRAWN, MOVERS = 200, 12, 3


def show_course(scope: Scope, code: str) -> None:
    metric = METRICS[code]
    with section(_(metric.label), hint=_("Click a bar to open its orders."), key="course-section"):
        rows = insight.course(scope, code, scope.grain, lens=metric.home.value)
        periods = rows[scope.grain].to_list()
        figure = charts.columns(periods, rows["value"].cast(float).to_list())
        picked = charts.show_to_pick(figure, key=f"course_{code}", alt=_(metric.label))
        if picked is not None:
            chosen = {scope.grain: periods[picked]}
            metric_tiles.open_rows(scope, code, lens=metric.home.value, filters_=chosen)


def show_cut(scope: Scope, code: str) -> None:
    cuts = {cut: _(name) for cut, name in CUTS.items()}
    with section(_("Where it comes from"), key="cut-section"):
        with st.container(horizontal=True, key="cut-choice"):
            cut = st.selectbox(
                _("Cut"), list(cuts), format_func=cuts.__getitem__, label_visibility="collapsed", width=190,
                **filters.in_address("cut", list(cuts), "category"),
            )  # fmt: skip
            views = {"table": _("Table"), "chart": _("Chart")}
            view = st.segmented_control(
                _("View"), list(views), format_func=views.__getitem__, required=True, label_visibility="collapsed",
                **filters.in_address("as", list(views), "table"),
            )  # fmt: skip
        rows = by_cut(scope, code, cut)
        if rows.is_empty():
            st.caption(_("This figure has no such cut, or nothing happened in the period."))
            return
        show_movers(scope, code, cut, rows)
        if METRICS[code].shape is Shape.SUM and rows["share"].null_count() == rows.height:
            st.caption(_("An order that is of several parts counts in each of them."))
        (show_table if view == "table" else show_chart)(scope, code, cut, rows)


def show_movers(scope: Scope, code: str, cut: str, rows: pl.DataFrame) -> None:
    moved = rows.filter(pl.col("contribution").abs() > 1e-9).sort("contribution", descending=True)
    up, down = moved.filter(pl.col("contribution") > 0), moved.filter(pl.col("contribution") < 0).reverse()
    for icon, some in (("trending_up", up), ("trending_down", down)):
        told = [
            display.plain(f"{say_part(cut, row['part'])} {moved_words(scope, code, row['contribution'])}")
            for row in some.head(MOVERS).iter_rows(named=True)
        ]
        if told:
            # A sign and its number stay on one line.
            st.markdown(f":material/{icon}: " + " · ".join(told).replace("−", "−\u2060"))


def show_table(scope: Scope, code: str, cut: str, rows: pl.DataFrame) -> None:
    def say(value: float | None) -> str:
        return value_words(METRICS[code], value, scope.currency)

    table = [
        {
            "part": say_part(cut, row["part"]), "now": say(row["now"]), "share": display.percent(row["share"]),
            "before": say(row["before"]), "moved": moved_words(scope, code, row["contribution"]),
        }
        for row in rows.head(SHOWN).iter_rows(named=True)
    ]  # fmt: skip
    headings = {"now": _("Now"), "share": _("Share"), "before": _("Before"), "moved": _("Added to the change")}
    column = st.column_config.TextColumn
    state: Any = st.dataframe(
        table, key=f"cut_{code}_{cut}", hide_index=True, row_height=34, on_select="rerun",
        selection_mode="single-row", alt=_("Where it comes from"),
        column_config={"part": column(_("Part"), pinned=True)}
        | {name: column(words, alignment="right") for name, words in headings.items()},
    )  # fmt: skip
    row = charts.newly(f"cut_{code}_{cut}", state.selection.rows[0] if state.selection.rows else None)
    if row is not None and row < rows.height:
        open_part(scope, code, cut, rows["part"][row])


def show_chart(scope: Scope, code: str, cut: str, rows: pl.DataFrame) -> None:
    drawn = rows.head(DRAWN)
    figure = charts.bars([say_part(cut, part) for part in drawn["part"]], drawn["now"].cast(float).to_list())
    picked = charts.show_to_pick(figure, key=f"bars_{code}_{cut}", alt=_("Where it comes from"))
    if picked is not None:
        open_part(scope, code, cut, drawn["part"][picked])


def open_part(scope: Scope, code: str, cut: str, part: str | None) -> None:
    metric_tiles.open_rows(scope, code, lens=METRICS[code].home.value, filters_={cut: part})


chosen_scope = insight.open_page(
    _("Sales"), hint=_("Every number opens to the rows behind it."),
    beside=partial(offer_figures, name=_("Sales"), codes=tuple(dict.fromkeys(TILES + FIGURES))), looks_back=True,
)  # fmt: skip
metric_tiles.show_tiles(chosen_scope, TILES)
show_targets(chosen_scope, FIGURES)
able = insight.visible(FIGURES)
labels = {code: _(METRICS[code].label) for code in able}
figure_code = st.selectbox(
    _("Figure"), able, format_func=labels.__getitem__, width=260, **filters.in_address("figure", able, able[0])
)
left, right = st.columns(2)
with left:
    show_course(chosen_scope, figure_code)
    show_returns(chosen_scope)
with right:
    show_cut(chosen_scope, figure_code)
show_funnel(chosen_scope)
