"""How orders go through the stages: how many reach each, and how long the visits last, through three lenses."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, fulfilment_reads, insight, metric_tiles
from dashboard.board_words import LENSES
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import GROUPS, group_name
from pipelines.cohorts import stage_figures
from pipelines.metrics import Lens

_HOUR, _ENDS = 3600, ("done", "cancelled")
_FIGURES = ("median", "p75", "p90", "mean")


def choose_lens() -> str:
    """Choose through which lens the stages are looked at; kept in the address."""
    chosen: str = st.segmented_control(
        _("Lens"), list(LENSES), required=True, format_func=lambda code: _(LENSES[code]),
        label_visibility="collapsed", **filters.in_address("lens", list(LENSES), Lens.COHORT.value),
    )  # fmt: skip
    return chosen or Lens.COHORT.value


def show_funnel(scope: Scope, lens: str) -> None:
    """Show how many orders came into each stage, or stand there now; a bar opens its orders."""
    code = "open_orders" if lens == Lens.NOW else "stage_reached"
    with section(_("How far orders come"), hint=_("Orders by stage, each counted once. Click a bar to open them.")):
        found = _counts(scope, code, lens)
        codes = dict.fromkeys(found, code)
        if lens == Lens.COHORT:  # how they ended, of those that have
            ends = _counts(scope, "orders_received", lens)
            codes |= {group: "orders_received" for group in _ENDS if ends.get(group)}
            found |= {group: ends[group] for group in _ENDS if ends.get(group)}
        stages = [group for group in GROUPS if found.get(group)]
        if not stages:
            st.caption(_("No order was in any stage."))
            return
        counts = [float(found[group]) for group in stages]
        names = [group_name(group) for group in stages]
        shares = [count / (sum(counts) if lens == Lens.NOW else max(counts)) for count in counts]
        told = [f"{display.number(count)} · {share:.0%}" for count, share in zip(counts, shares, strict=True)]
        figure = charts.bars(names, counts)
        figure.update_traces(
            text=told, textposition="auto", cliponaxis=False, marker_color=[charts.GROUP_COLORS[one] for one in stages]
        )
        figure.update_xaxes(showticklabels=False, range=[0, max(counts) * 1.25])
        alt = ", ".join(f"{name} {one}" for name, one in zip(names, told, strict=True))
        picked = charts.show_to_pick(figure, key=f"funnel_{lens}", alt=alt)
        if picked is not None and picked < len(stages):
            chosen = stages[picked]
            metric_tiles.open_rows(scope, codes[chosen], lens=lens, filters_={"status_group": chosen})


def _counts(scope: Scope, code: str, lens: str) -> dict[str, float]:
    rows = insight.measure(scope, code, "status_group", lens=lens)
    return dict(rows.select("status_group", "value").iter_rows())


def show_stages(scope: Scope, lens: str) -> None:
    """Show the figures of each stage's visits, by the clock or in working time; each cell opens its visits."""
    hint = _(
        "Finished visits; those that go on where orders stand now. Select a cell to open its visits: of a percentile, "
        "those that last as long or longer."
    )
    with section(_("Time in each stage"), hint=hint, key="stage-times"):
        lengths = {"wall": _("By the clock"), "business": _("Working time")}
        length = st.segmented_control(
            _("Hours"), list(lengths), default="wall", required=True, format_func=lengths.__getitem__,
            key="stage_length", label_visibility="collapsed",
        )  # fmt: skip
        visits = fulfilment_reads.visits(scope, lens)
        order = {group: place for place, group in enumerate(GROUPS)}
        rows = stage_figures(visits, length or "wall").sort(
            pl.col("status_group").replace_strict(order, return_dtype=pl.Int64, default=len(order))
        )
        if rows.is_empty():
            st.caption(_("No stage was finished in this period."))
            return
        if length == "business" and lens == Lens.NOW:
            st.caption(_("Working time is known once a visit has ended."))
        _show_table(visits, rows, length or "wall")


def _show_table(visits: pl.DataFrame, rows: pl.DataFrame, length: str) -> None:
    number = st.column_config.NumberColumn
    state: Any = st.dataframe(
        [
            {"stage": group_name(row["status_group"]), "n": row["n"],
             **{name: display.duration(None if row[name] is None else row[name] * _HOUR) for name in _FIGURES},
             "orders": row["orders"], "reentries": row["reentries"]}
            for row in rows.iter_rows(named=True)
        ],
        key="stages", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-cell",
        height="content", alt=_("Time in each stage"),
        column_config={
            "stage": st.column_config.TextColumn(_("Stage"), pinned=True),
            "n": number(_("Visits"), format="localized"),
            "median": _("Median"), "p75": _("75th percentile"), "p90": _("90th percentile"), "mean": _("Mean"),
            "orders": number(_("Orders"), format="localized"),
            "reentries": number(_("Re-entries"), format="localized"),
        },
    )  # fmt: skip
    cell = charts.newly("stages", next(iter(state.selection.cells), None))
    if cell is not None and cell[0] < rows.height:
        _open_cell(visits, rows.row(cell[0], named=True), cell[1], length)


def _open_cell(visits: pl.DataFrame, row: dict[str, Any], column: str, length: str) -> None:
    behind = visits.filter(pl.col("status_group") == row["status_group"])
    if column == "reentries":
        behind = behind.filter("is_reentry")
    elif column in _FIGURES and row[column] is not None:
        behind = behind.filter(pl.col(length) >= row[column])
    elif column == "orders":
        behind = behind.unique("order_id", keep="first", maintain_order=True)
    rows = behind.with_columns(hours=length).sort("hours", descending=True, nulls_last=True)
    metric_tiles.open_listed(group_name(row["status_group"]), rows, words=_("Visits, the longest first."))
