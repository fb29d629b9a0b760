"""What came of levelling, on the page: what was foreseen beside what happened until the hours counted were over."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import charts, display, insight, reads
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.orders.levelling_results import LevellingResult, MoveResult, list_levellings


def show_results() -> None:
    """Show the last levellings with what was foreseen and what came; a row opens its orders."""
    found = reads.ask(list_levellings)
    if not found:
        return
    hint = _(
        "Counted until the hours of the proposal were over, and fixed from then on. Done in time: the stage the order "
        "was in ended before that and before its promise. Stayed: the same of the orders the givers kept."
    )
    with section(_("What levelling brought"), hint=hint):
        state: Any = st.dataframe(
            [_row(one) for one in found],
            key="levellings", hide_index=True, row_height=34, height="content", on_select="rerun",
            selection_mode="single-row",
            column_config={
                "decided": st.column_config.TextColumn(_("Given"), pinned=True), "by": _("By"),
                "orders": st.column_config.NumberColumn(_("Orders"), format="localized"),
                "foreseen": _("Highest load foreseen"), "touched": _("Touched"), "in_time": _("Done in time"),
                "kept": _("Stayed, done in time"), "work": _("Work done"), "back": _("Moved back"),
                "state": _("Counted"),
            },
            alt=_("Levellings with what was foreseen and what came of them"),
        )  # fmt: skip
        place = charts.newly("levellings", next(iter(state.selection.rows), None))
        if place is not None and place < len(found):
            st.dialog(_("Orders given to others"), width="large", position="right")(_show_moves)(found[place].moves)


def _row(one: LevellingResult) -> dict[str, Any]:
    count = len(one.moves)
    is_final = one.is_final(datetime.now(UTC))
    return {
        "decided": display.moment(one.decided_at), "by": person_name(one.by), "orders": count,
        "foreseen": f"{load_words(one.highest_before)} → {load_words(one.highest_after)}",
        "touched": _of(sum(move.touched for move in one.moves), count),
        "in_time": _of(sum(move.in_time for move in one.moves), count),
        "kept": _of(one.kept_in_time, one.kept),
        "work": f"{display.duration(one.finished_minutes * 60)} / {display.duration(one.minutes * 60)}",
        "back": display.number(sum(move.moved_back for move in one.moves)),
        "state": _("final") if is_final else _("until {moment}").format(moment=display.moment(one.until)),
    }  # fmt: skip


def load_words(load: float) -> str:
    """Say a load; one without any hours against it is work of somebody who is away."""
    return display.percent(load) if load != float("inf") else _("work of who is away")


def _of(count: int, whole: int) -> str:
    if not whole:
        return display.NOTHING
    return f"{display.number(count)} / {display.number(whole)} · {display.percent(count / whole, 0)}"


def _show_moves(moves: Sequence[MoveResult]) -> None:
    names = insight.people_names()
    st.dataframe(
        [
            {"number": move.number, "giver": names.get(move.giver, move.giver),
             "taker": names.get(move.taker, move.taker), "work": display.duration(move.minutes * 60),
             "touched": move.touched, "finished": move.finished, "in_time": move.in_time, "back": move.moved_back}
            for move in moves
        ],
        key="levelled", hide_index=True, row_height=34,
        column_config={
            "number": st.column_config.TextColumn(_("Order"), pinned=True), "giver": _("From"), "taker": _("To"),
            "work": _("Work"), "touched": _("Touched"), "finished": _("Stage finished"),
            "in_time": _("Done in time"), "back": _("Moved back"),
        },
        alt=_("What became of each order"),
    )  # fmt: skip
