"""Accuracy: how well demand was told, by parts, beside repeating last year; where that was better, and why."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import accuracy_reads, buying_reads, display, filters
from dashboard.accuracy_changes import show_changes
from dashboard.accuracy_runs import show_runs
from dashboard.accuracy_tables import ROW_HEIGHT, headings, scores_of, show_series
from dashboard.buying_words import class_name
from dashboard.exporting import Listing, offer_export
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.translation import _
from oms_core.access.permissions import Permission

HINT = _(
    "What would have been told in the past, from nothing later; weeks in which an empty shelf hid demand are not"
    " scored."
)
CUTS = {"series_class": _("Kind of demand"), "class": _("Class"), "supplier": _("Supplier"), "ahead": _("Weeks ahead")}
OF_TERMS = {"class", "supplier"}


def show_tiles(whole: dict[str, Any]) -> None:
    tiles = st.grid(4, min_column_width=150)
    tiles.metric(
        _("Error (WAPE)"), display.percent(whole["wape"]), border=True, delta_color="off", delta_arrow="off",
        delta=_("last year: {share}").format(share=display.percent(whole["naive_wape"])),
        help=_("Sum of absolute errors ÷ demand."),
    )  # fmt: skip
    tiles.metric(_("Bias"), display.percent(whole["bias"]), border=True, help=_("Above 0: more was told than came."))
    tiles.metric(
        _("Within the band"), display.percent(whole["coverage_80"]), border=True,
        help=_("How often demand fell between the 10 and 90 % quantiles; 80 % is meant, zeros make it more."),
    )  # fmt: skip
    tiles.metric(
        _("Pinball loss"), display.number(whole["scaled_pinball_loss"], 3), border=True, delta_color="off",
        delta=_("last year: {loss}").format(loss=display.number(whole["naive_scaled_pinball_loss"], 3)),
        delta_arrow="off", help=_("How far all quantiles were off, by the swings of the series; less is better."),
    )  # fmt: skip


def show_parts(version: str) -> None:
    cuts = {cut: name for cut, name in CUTS.items() if cut not in OF_TERMS or may(Permission.PURCHASE_VIEW)}
    with section(_("By part"), hint=_("A row opens its products."), key="parts"):
        cut = st.segmented_control(
            _("Cut"), list(cuts), format_func=cuts.__getitem__, required=True, label_visibility="collapsed",
            **filters.in_address("cut", list(cuts), "series_class"),
        )  # fmt: skip
        scores = accuracy_reads.parts(version, cut)
        rows = [_part_row(row, cut) for row in scores.iter_rows(named=True)]
        offer_export(_listing(rows, cuts[cut]))
        state: Any = st.dataframe(
            rows, key=f"parts_{cut}", hide_index=True, row_height=ROW_HEIGHT, column_config=headings(part=cuts[cut]),
            placeholder=display.NOTHING, alt=_("Scores by part"), on_select="rerun", selection_mode="single-row",
        )  # fmt: skip
        if state.selection.rows and state.selection.rows[0] < scores.height:
            part = scores[cut][state.selection.rows[0]]
            st.markdown(f"**{display.plain(cuts[cut])}: {display.plain(_said(part, cut))}**")
            show_series(accuracy_reads.series_of(version, cut, part), key="of_part")


def show_lost(version: str) -> None:
    hint = _("By the pinball loss; the reason is the likeliest of a few, not a proof.")
    with section(_("Where repeating last year was no worse"), hint=hint, key="lost"):
        rows = accuracy_reads.lost(version)
        of_all = accuracy_reads.scored(version).height
        told = _("{count} of {all} series").format(count=display.number(rows.height), all=display.number(of_all))
        st.caption(told)
        if rows.height:
            show_series(rows, key="lost_rows")


def _part_row(row: dict[str, Any], cut: str) -> dict[str, Any]:
    return {"part": _said(row[cut], cut), "series": row["series"], **scores_of(row), "lost": row["is_lost"]}


def _said(part: str, cut: str) -> str:
    return class_name(part) if cut == "series_class" else part


def _listing(rows: list[dict[str, Any]], part: str) -> Listing:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    words = {column: str(told["label"]) for column, told in headings(part=part).items() if column in frame.columns}
    return Listing("accuracy", _("Accuracy"), words, lambda _ask: (frame, True), [(_("Cut"), part)])


page_header(_("Accuracy"), hint=HINT)
if not buying_reads.has_forecast() or not accuracy_reads.is_tried():
    empty_state("trending_up", _("No forecast yet"), _("It appears after `oms forecast run`; `make demo` does that."))
    st.stop()
seen = buying_reads.forecast_version()
show_tiles(accuracy_reads.parts(seen, "whole").row(0, named=True))
show_parts(seen)
show_runs()
if may(Permission.PURCHASE_VIEW):
    show_changes()
show_lost(seen)
