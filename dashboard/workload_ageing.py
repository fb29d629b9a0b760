"""Ageing of the queue on the page: open orders by stage and by how long they have been in it."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, metric_tiles, reads
from dashboard.layout import section
from dashboard.translation import _, n_
from dashboard.words import GROUPS, group_name
from oms_core.orders.workforce import list_open_work
from pipelines.workload.ageing import AGES, queue_ages

_AGES = {
    "hours_4": n_("under 4 h"), "day": n_("4–24 h"), "days_2": n_("1–2 days"), "week": n_("2–7 days"),
    "older": n_("over a week"),
}  # fmt: skip


def show_ageing() -> None:
    """Show how many open orders are how old in their status; a stage opens its orders, the oldest first."""
    now = datetime.now(UTC)
    ages = queue_ages(reads.ask(list_open_work), now=now)
    hint = _("Time since orders came into the status they are in, in all channels. Select a stage to open its orders.")
    with section(_("Age of the queue"), hint=hint):
        groups = [group for group in GROUPS if group in set(ages["status_group"])]
        if not groups:
            st.caption(_("No order is open."))
            return
        counts = {(group, age): count for group, age, count in ages.group_by("status_group", "age").len().iter_rows()}
        state: Any = st.dataframe(
            [_row(ages.filter(pl.col("status_group") == group), group, counts) for group in groups],
            key="ageing", hide_index=True, row_height=34, height="content", on_select="rerun",
            selection_mode="single-row",
            column_config={
                "stage": st.column_config.TextColumn(_("Stage"), pinned=True),
                **{age: st.column_config.NumberColumn(_(name), format="localized") for age, name in _AGES.items()},
                "oldest": _("Oldest"), "late": st.column_config.NumberColumn(_("Promise passed"), format="localized"),
            },
            alt=_("Open orders by stage and age"),
        )  # fmt: skip
        place = charts.newly("ageing", next(iter(state.selection.rows), None))
        if place is not None and place < len(groups):
            rows = ages.filter(pl.col("status_group") == groups[place])
            metric_tiles.open_listed(group_name(groups[place]), rows, words=_("The oldest first."))


def _row(ages: pl.DataFrame, group: str, counts: dict[tuple[str, str], int]) -> dict[str, Any]:
    oldest: Any = ages["hours"].max()
    return {
        "stage": group_name(group), **{age: counts.get((group, age), 0) for age in AGES},
        "oldest": display.duration(oldest * 3600), "late": int(ages["is_late"].sum()),
    }  # fmt: skip
