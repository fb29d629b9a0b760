"""What people got done, on the page: per shift hour, by the weight of the work, how evenly, and what came back."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _
from dashboard.workload_reads import people_done, work_done
from pipelines.metrics import METRICS
from pipelines.workload.credit import fairness


def show_work_done(scope: Scope) -> None:
    """Show everybody's finished work per shift hour with its case mix and quality; a person opens their stages."""
    hint = _(
        "Of all channels, credited to whoever held the order when the stage ended, whoever holds it now. Work is what "
        "such stages usually take, so hard cases count for more. Shift hours are working hours less absences, by share."
    )
    with section(_("Work done per shift hour"), hint=hint):
        figures = people_done(scope)
        if figures.is_empty():
            st.caption(_("Nobody finished a stage in this period."))
            return
        names, on_time = insight.people_names(), _on_time(scope)
        state: Any = st.dataframe(
            [_row(row, names, on_time) for row in figures.iter_rows(named=True)],
            key="done_people", hide_index=True, row_height=34, height="content", on_select="rerun",
            selection_mode="single-row", column_config=_headings(), alt=_("Work done per shift hour by person"),
        )  # fmt: skip
        _tell_fairness(figures)
        place = charts.newly("done_people", next(iter(state.selection.rows), None))
        if place is not None and place < figures.height:
            _open_stages(scope, figures["manager"][place], names)


def _on_time(scope: Scope) -> dict[str, float]:
    rows = insight.measure(replace(scope, channel=""), "on_time_rate", "manager").drop_nulls("value")
    return {login: float(share) for login, share in rows.select("manager", "value").iter_rows()}


def _row(row: dict[str, Any], names: dict[str, str], on_time: dict[str, float]) -> dict[str, Any]:
    work = row["minutes_per_hour"]
    return {
        "who": names.get(row["manager"], row["manager"]), "stages": row["stages"],
        "hours": display.NOTHING if not row["hours"] else display.number(row["hours"], 0),
        "rate": row["stages_per_hour"], "work": display.NOTHING if work is None else _minutes(work),
        "mix": display.NOTHING if row["mix"] is None else f"×{display.number(row['mix'], 2)}",
        "back": display.percent(row["came_back"]), "on_time": display.percent(on_time.get(row["manager"])),
        "touches": row["touches_per_order"],
    }  # fmt: skip


def _minutes(minutes: float) -> str:
    return _("{count} min").format(count=display.number(minutes, 1))


def _headings() -> dict[str, Any]:
    number, on_time = st.column_config.NumberColumn, METRICS["on_time_rate"]
    return {
        "who": st.column_config.TextColumn(_("Owner"), pinned=True),
        "stages": number(_("Stages finished"), format="localized"),
        "hours": _("Shift hours"),
        "rate": number(_("Stages an hour"), format="%.2f"),
        "work": st.column_config.TextColumn(
            _("Work an hour"), help=_("Usual minutes of the stages finished, by shift hour.")
        ),
        "mix": st.column_config.TextColumn(
            _("Case mix"), help=_("Usual minutes of a stage of theirs by those of everybody's: above 1 is harder work.")
        ),
        "back": st.column_config.TextColumn(
            _("Came back"), help=_("Stages finished to which the order had to come back later.")
        ),
        "on_time": st.column_config.TextColumn(_(on_time.label), help=_(on_time.definition)),
        "touches": number(
            _("Touches an order"), format="%.1f",
            help=_("Entries of this person in journals, by the orders they finished a stage of."),
        ),
    }  # fmt: skip


def _tell_fairness(figures: pl.DataFrame) -> None:
    found = fairness(figures["minutes_per_hour"].drop_nulls().to_list())
    if found is not None:
        told = _(
            "How evenly work per shift hour is spread: Gini {gini} (0 is evenly, towards 1 one does it all), the "
            "highest is {highest} times the mean."
        )
        st.caption(told.format(gini=display.number(found.gini, 2), highest=display.number(found.highest, 1)))


def _open_stages(scope: Scope, login: str, names: dict[str, str]) -> None:
    done = work_done(scope).filter(pl.col("manager") == login).sort("minutes", descending=True)
    rows = done.with_columns(hours=pl.col("minutes") / 60, manager=pl.lit(names.get(login, login)))
    words = _("Stages finished, those of the most work first; the hours are what such stages usually take.")
    metric_tiles.open_listed(names.get(login, login), rows, words=words)
