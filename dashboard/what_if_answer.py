"""The answer of a what-if: figures before and after, stages beside each other, limits, the orders most affected."""

from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from dashboard import charts, display
from dashboard.layout import section
from dashboard.navigation import go as go_to
from dashboard.translation import _
from dashboard.what_if_words import REPLAYED, change_words, figure_words, limit_words, stage_words, value_words
from pipelines.replay import Outcome
from pipelines.replay.changes import WORKED
from pipelines.replay.figures import WHOLE

SHOWN = 50
_HEADLINES = ("median", "p90", "on_time", "split")


def show_headlines(outcome: Outcome) -> None:
    """Show what comes of the whole order."""
    whole = {row["figure"]: row for row in outcome.figures.filter(pl.col("stage") == WHOLE).iter_rows(named=True)}
    grid = st.grid(4, min_column_width=170)
    for figure in _HEADLINES:
        if (row := whole.get(figure)) is not None:
            change = row["after"] - row["before"]
            grid.metric(
                figure_words(WHOLE, figure), value_words(figure, row["after"]),
                change_words(figure, change).replace("−", "-") if change else None, border=True,
                delta_color="normal" if figure == "on_time" else "inverse",
                delta_description=_("was {before}").format(before=value_words(figure, row["before"])),
            )  # fmt: skip


def show_figures(outcome: Outcome) -> None:
    """Show every figure before and after, and how sure its change is."""
    hint = _("The interval holds the change in nine of ten draws of the period's days.")
    with section(_("Before and after"), hint=hint):
        rows = [
            {"figure": figure_words(row["stage"], row["figure"]),
             "change": change_words(row["figure"], row["after"] - row["before"]),
             "before": value_words(row["figure"], row["before"]), "after": value_words(row["figure"], row["after"]),
             "interval": _interval(row["figure"], row["low"], row["high"]), "n": row["n"]}
            for row in outcome.figures.iter_rows(named=True)
        ]  # fmt: skip
        st.dataframe(
            rows, key="what_if_figures", hide_index=True, row_height=34, height="content",
            alt=_("Figures before and after"),
            column_config={
                "figure": st.column_config.TextColumn(_("Figure"), pinned=True),
                "n": st.column_config.NumberColumn(_("Rows"), format="localized"), "before": _("Before"),
                "after": _("After"), "change": _("Change"), "interval": _("90 % interval"),
            },
        )  # fmt: skip


def show_stages(outcome: Outcome) -> None:
    """Draw the stages before beside after."""
    with section(_("Slow orders by stage"), hint=_("90th percentile of the hours that stays last.")):
        slow = outcome.figures.filter(pl.col("figure") == "p90")
        names = [stage_words(stage) for stage in slow["stage"]]
        figure = go.Figure()
        for when, name, color in (("before", _("Before"), charts.MUTED), ("after", _("After"), charts.ACCENT)):
            figure.add_bar(y=names, x=slow[when].round(1).to_list(), name=name, orientation="h", marker_color=color)
        figure.update_layout(barmode="group")
        figure.update_yaxes(autorange="reversed", ticksuffix=" ")
        told = _("90th percentile by stage, before and after")
        charts.show(charts.dress(figure, height=max(200, 80 + 44 * len(names)), legend=True), key="stages", alt=told)


def show_limits(outcome: Outcome) -> None:
    """Show whom the limits would have touched."""
    if outcome.limits.is_empty():
        return
    with section(_("Touched by a limit"), hint=_("What these customers would have done is on nobody's record.")):
        number = st.column_config.NumberColumn
        st.dataframe(
            [{**row, "limit": limit_words(row["limit"])} for row in outcome.limits.iter_rows(named=True)],
            key="what_if_limits", hide_index=True, row_height=34, alt=_("Orders touched by each limit"),
            column_config={
                "limit": st.column_config.TextColumn(_("Limit"), pinned=True), "hours": number(_("Hours")),
                "touched": number(_("Touched"), format="localized"),
                "delivered": number(_("Not cancelled in fact"), format="localized"),
                "cancelled": number(_("Cancelled anyway"), format="localized"),
                "freed_days": number(_("Days of keeping freed"), format="%.0f"),
            },
        )  # fmt: skip


def show_orders(outcome: Outcome) -> None:
    """List the orders that change most; one that is selected is opened."""
    with section(_("Orders most affected"), hint=_("Those that arrive soonest or latest now. Select one to open it.")):
        rows = affected(outcome)
        if rows.is_empty():
            st.caption(_("No order is affected."))
            return
        state: Any = st.dataframe(
            [_order_row(row) for row in rows.head(SHOWN).iter_rows(named=True)],
            key="what_if_orders", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            alt=_("Orders by how much sooner or later they would have arrived"),
            column_config={
                "number": st.column_config.TextColumn(_("Order"), pinned=True), "change": _("Arrives"),
                "before": _("Arrived"), "after": _("Would have arrived"), "promise": _("First promise"),
                "warehouse": _("Warehouse"), "limit": _("Limit"),
            },
        )  # fmt: skip
        st.caption(_("{count} affected").format(count=display.orders(rows.height)))
        place = charts.newly("what_if_orders", state.selection.rows[0] if state.selection.rows else None)
        if place is not None and place < min(SHOWN, rows.height):
            go_to("app_pages/order.py", number=rows["number"][place])


def affected(outcome: Outcome) -> pl.DataFrame:
    """Orders for which anything differs, those that arrive soonest or latest first."""
    differs = (pl.col("hours_change").fill_null(0) != 0) | pl.col("is_moved") | pl.col("limit").is_not_null()
    differs |= pl.col("is_due") & (pl.col("kept_before") != pl.col("kept_after"))
    return outcome.orders.filter(differs).sort(
        pl.col("hours_change").abs().fill_null(0), "order_id", descending=[True, False]
    )  # fmt: skip


def show_terms(outcome: Outcome) -> None:
    """Say what is replayed and what is taken for granted, and which stages are queues."""
    with st.expander(_("What is replayed, and what is taken for granted"), icon=":material/info:"):
        st.markdown("\n".join(f"- {_(words)}" for words in REPLAYED))
        for stage in WORKED:
            if stage in outcome.explained:
                told = (
                    _("{stage}: queues explain {share} of how stays differ.")
                    if stage in outcome.queues
                    else _("{stage}: waits do not follow the load; other hands cannot be replayed.")
                )
                share = display.percent(outcome.explained[stage], 0)
                st.caption(told.format(stage=stage_words(stage), share=share))
        if left := int(outcome.orders["is_unserved"].sum()):
            st.caption(
                _("Left where they were, as no shelf had the goods: {count}.").format(count=display.orders(left))
            )


def _interval(figure: str, low: float | None, high: float | None) -> str:
    if low is None:
        return _("Too few to tell") if figure not in {"load", "queue"} else display.NOTHING
    return f"{change_words(figure, low)} … {change_words(figure, high)}"


def _order_row(row: dict[str, Any]) -> dict[str, Any]:
    kept = {True: _("kept"), False: _("broken")}
    promise = display.day(row["first_promised_day"])
    if row["is_due"]:
        promise += ": " + " → ".join(dict.fromkeys(kept[row[f"kept_{when}"]] for when in ("before", "after")))
    moved = f"{row['warehouse']} → {row['warehouse_after']}" if row["is_moved"] else row["warehouse"]
    return {
        "number": row["number"], "change": change_words("", row["hours_change"]),
        "before": display.moment(row["delivered_at"]), "after": display.moment(row["delivered_after"]),
        "promise": promise, "warehouse": moved, "limit": limit_words(row["limit"]),
    }  # fmt: skip
