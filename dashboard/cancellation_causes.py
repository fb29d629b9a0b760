"""Derived causes on the page: the costliest that can be avoided, stated against derived, and who states otherwise."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, insight, metric_tiles
from dashboard.cancellation_words import cause_name
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.reads import cancel_reasons
from dashboard.translation import _
from dashboard.words import said
from pipelines.marts.causes import PREVENTABLE

LENSES = ("cohort", "flow")


def choose_lens() -> str:
    """Ask by which day cancellations count: the cohort of a period still ripens, the flow of a past one does not."""
    names = {"cohort": _("Placed in the period"), "flow": _("Cancelled in the period")}
    chosen = st.segmented_control(
        _("Which cancellations"), LENSES, required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("lens", LENSES, "cohort"),
    )  # fmt: skip
    if chosen != "flow":
        st.caption(_("Orders of the last 30 days may still be cancelled: their share is not final."))
    return chosen or "cohort"


def show_costliest(scope: Scope, lens: str) -> None:
    """Rank the causes that can be avoided by what they cost, beside the period before; a row opens its orders."""
    hint = _(
        "Causes the shop can avoid, the costliest first, beside the period before it. Select one to open its rows."
    )
    with section(_("What to fix first"), hint=hint):
        code, rows = _costliest(scope, lens)
        if rows.is_empty():
            st.caption(_("Nothing was cancelled for a cause that could have been avoided."))
            return
        state: Any = st.dataframe(
            [
                {"cause": cause_name(row["derived_cause"]), "lost": display.compact_money(row["value"], scope.currency),
                 "count": row["n"], "before": display.compact_money(row["before"], scope.currency),
                 "count_before": row["n_before"]}
                for row in rows.iter_rows(named=True)
            ],
            key="costliest", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            column_config={
                "cause": st.column_config.TextColumn(_("Cause"), pinned=True),
                "lost": _("Margin lost") if code == "avoidable_margin" else _("Value lost"),
                "count": st.column_config.NumberColumn(_("Cancellations"), format="localized"),
                "before": _("Period before"),
                "count_before": st.column_config.NumberColumn(_("Cancellations before"), format="localized"),
            },
            alt=_("Avoidable causes of cancellations by what they cost"),
        )  # fmt: skip
        place = charts.newly("costliest", next(iter(state.selection.rows), None))
        if place is not None and place < rows.height:
            chosen = rows["derived_cause"][place]
            metric_tiles.open_rows(scope, code, lens=lens, filters_={"derived_cause": chosen})


def _costliest(scope: Scope, lens: str) -> tuple[str, pl.DataFrame]:
    """By the margin where it may be seen and is known of anything, else by the value."""
    for code in insight.visible(["avoidable_margin"]):
        rows = _costs(scope, code, lens)
        if not rows.is_empty():
            return code, rows
    return "cancelled_value", _costs(scope, "cancelled_value", lens)


def _costs(scope: Scope, code: str, lens: str) -> pl.DataFrame:
    now = insight.measure(scope, code, "derived_cause", lens=lens).select("derived_cause", "value", "n")
    before = insight.measure(insight.scope_before(scope), code, "derived_cause", lens=lens)
    before = before.select("derived_cause", before="value", n_before="n")
    rows = now.filter(pl.col("derived_cause").is_in([cause.value for cause in PREVENTABLE])).join(
        before, on="derived_cause", how="left"
    )
    return rows.with_columns(pl.col("before", "n_before").fill_null(0)).sort("value", descending=True)


def show_matrix(scope: Scope, lens: str) -> None:
    """Show stated reasons against derived causes; every cell opens its rows."""
    hint = _(
        "How often people gave a reason (columns) where the record tells a cause (rows). Select a cell to open it."
    )
    with section(_("Stated against found"), hint=hint):
        rows = insight.measure(scope, "cancelled_value", "derived_cause", "reason", lens=lens)
        if rows.is_empty():
            st.caption(_("Nothing was cancelled."))
            return
        counts = rows.pivot("reason", index="derived_cause", values="n", sort_columns=True).fill_null(0)
        reasons = [name for name in counts.columns if name != "derived_cause"]
        counts = counts.sort(pl.sum_horizontal(reasons), descending=True)
        labels = {reason.code: said(reason.label, reason.translations, "label") for reason in cancel_reasons()}
        shown = counts.with_columns(pl.Series("derived_cause", [cause_name(one) for one in counts["derived_cause"]]))
        columns: dict[str, Any] = {
            reason: st.column_config.NumberColumn(labels.get(reason, reason), format="localized") for reason in reasons
        }
        state: Any = st.dataframe(
            shown, key="matrix", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-cell",
            height="content", alt=_("Cancellations by cause found and reason stated"),
            column_config=columns | {"derived_cause": st.column_config.TextColumn(_("Cause"), pinned=True)},
        )  # fmt: skip
        cell = charts.newly("matrix", next(iter(state.selection.cells), None))
        if cell is not None and cell[0] < counts.height:
            place, column = cell
            wanted = {"derived_cause": counts["derived_cause"][place]}
            metric_tiles.open_rows(
                scope, "cancelled_value", lens=lens,
                filters_=wanted | ({"reason": column} if column in reasons else {}),
            )  # fmt: skip


def show_by_whom(scope: Scope, lens: str) -> None:
    """Show who states something else than the record tells, the most often first; a row opens the cancellations."""
    with section(_("Stated otherwise, by whom"), hint=_("The share of each person's reasons that the record denies.")):
        rows = insight.measure(scope, "misstated_share", "cancelled_by", lens=lens).sort("numerator", descending=True)
        if rows.is_empty():
            st.caption(_("Nothing was cancelled."))
            return
        people = insight.people_names()
        state: Any = st.dataframe(
            [
                {"who": people.get(row["cancelled_by"], row["cancelled_by"]), "wrong": int(row["numerator"]),
                 "count": row["n"], "share": row["value"]}
                for row in rows.iter_rows(named=True)
            ],
            key="by_whom", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            column_config={
                "who": st.column_config.TextColumn(_("Cancelled by"), pinned=True),
                "wrong": st.column_config.NumberColumn(_("Stated otherwise"), format="localized"),
                "count": st.column_config.NumberColumn(_("Cancellations"), format="localized"),
                "share": st.column_config.NumberColumn(_("Share"), format="percent"),
            },
            alt=_("How often each person states another reason than the record tells"),
        )  # fmt: skip
        place = charts.newly("by_whom", next(iter(state.selection.rows), None))
        if place is not None and place < rows.height:
            chosen = rows["cancelled_by"][place]
            metric_tiles.open_rows(scope, "misstated_share", lens=lens, filters_={"cancelled_by": chosen})
