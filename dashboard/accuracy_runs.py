"""How accuracy went from run to run, beside seasonal naive, and which methods served then."""

from collections.abc import Mapping, Sized
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import accuracy_reads, charts, display, filters
from dashboard.accuracy_tables import ROW_HEIGHT, headings, scores_of, table_height
from dashboard.buying_words import class_name, method_name
from dashboard.layout import section
from dashboard.translation import _, n_
from forecasting.backtest import NAIVE, SERVED
from pipelines.forecast_runs import WHOLE

MEASURES = {
    "wape": n_("Error (WAPE)"), "bias": n_("Bias"), "coverage_80": n_("Within the band"),
    "scaled_pinball_loss": n_("Pinball loss"),
}  # fmt: skip
_MEANT = 0.8  # to fall within the band


def show_runs() -> None:
    """Show the scores of every run that is remembered; one opens its kinds of demand."""
    hint = _("Each run is scored at its own past cutoffs. A row opens the kinds of demand of that run.")
    with section(_("From run to run"), hint=hint, key="runs"):
        runs = accuracy_reads.runs()
        if runs.is_empty():
            st.caption(_("Runs are remembered from the next forecast on."))
            return
        bar = st.container(horizontal=True, vertical_alignment="center")
        kind = _choose_kind(bar, runs["series_class"].unique().to_list())
        course = runs.filter(series_class=kind)
        if course.height > 1:
            _show_course(course, _choose_measure(bar))
        else:
            st.caption(_("One run so far; those to come are drawn beside it."))
        made_at = _pick_run(course.sort("made_at", descending=True), kind)
        if made_at is not None:
            st.markdown(f"**{display.plain(display.moment(made_at))}**")
            _show_kinds(runs.filter(pl.col("made_at") == made_at, pl.col("series_class") != WHOLE))


def _choose_kind(bar: DeltaGenerator, found: list[str]) -> str:
    kinds = [WHOLE, *sorted(set(found) - {WHOLE})]
    chosen: str = bar.selectbox(
        _("Kind of demand"), kinds, format_func=class_name, label_visibility="collapsed", width=220,
        **filters.in_address("kind", kinds, WHOLE),
    )  # fmt: skip
    return chosen


def _choose_measure(bar: DeltaGenerator) -> str:
    chosen: str = bar.segmented_control(
        _("Measure"), list(MEASURES), format_func=lambda code: _(MEASURES[code]), required=True,
        label_visibility="collapsed", **filters.in_address("measure", list(MEASURES), "wape"),
    )  # fmt: skip
    return chosen


def _show_course(course: pl.DataFrame, measure: str) -> None:
    zone = display.viewer_zone()
    days = [made_at.astimezone(zone).replace(tzinfo=None) for made_at in course["made_at"]]
    ours, naive = course[measure].to_list(), course[f"naive_{measure}"].to_list()
    figure = charts.lines(days, {method_name(SERVED): ours, method_name(NAIVE): naive})
    figure.update_traces(mode="lines+markers")
    figure.update_yaxes(tickformat=".3f" if measure == "scaled_pinball_loss" else ".0%")
    figure.data[1].line.color = charts.MUTED
    if measure == "coverage_80":
        figure.add_hline(y=_MEANT, line_dash="dot", line_color=charts.MUTED)
    told = _("{measure} from run to run, beside seasonal naive").format(measure=_(MEASURES[measure]))
    charts.show(figure, key="course", alt=told)


def _pick_run(course: pl.DataFrame, kind: str) -> datetime | None:
    told = [{"part": display.moment(row["made_at"]), **_row(row)} for row in course.iter_rows(named=True)]
    state: Any = st.dataframe(
        told, key=f"runs_{kind}", column_config=headings(part=_("Forecast run")), on_select="rerun",
        selection_mode="single-row", alt=_("Scores of runs, with methods"), **_look(told),
    )  # fmt: skip
    picked = next(iter(state.selection.rows), None)
    return course["made_at"][picked] if picked is not None and picked < course.height else None


def _show_kinds(rows: pl.DataFrame) -> None:
    told = [{"part": class_name(row["series_class"]), **_row(row)} for row in rows.iter_rows(named=True)]
    st.dataframe(
        told, key="run_kinds", column_config=headings(part=_("Kind of demand")), alt=_("Scores by part"),
        **_look(told),
    )  # fmt: skip


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "series": row["series"], **scores_of(row), "method": ", ".join(method_name(codes) for codes in row["methods"]),
    }  # fmt: skip


def _look(rows: Sized) -> dict[str, Any]:
    return {
        "hide_index": True, "row_height": ROW_HEIGHT, "height": table_height(len(rows)),
        "placeholder": display.NOTHING,
    }  # fmt: skip
