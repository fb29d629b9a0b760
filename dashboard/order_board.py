"""The queue as a board: a column for each status, orders moved by drag, by a button or by the arrow keys."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import display, identity, order_actions, queue_reads, reads
from dashboard.layout import empty_state
from dashboard.navigation import go
from dashboard.queue_words import attention
from dashboard.reads import Question
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.orders.queries import COUNTED
from oms_core.orders.views import OPEN_GROUPS, VIEW_GROUPS, OrderRow, SavedView
from oms_core.workflow.definitions import NextStep, StatusView

_STATIC = Path(__file__).parent / "static"
CARDS = 20  # of a column; what is below is reached by the list
CARD_PAGE = "app_pages/order.py"
_KEY = "order_board"


def show_board(question: Question) -> None:
    """Show the open orders that the question is about by status; moving one is a move like any other."""
    groups = VIEW_GROUPS[SavedView(question.view)] or OPEN_GROUPS
    statuses = [
        status
        for status in reads.statuses()
        if status.group in groups
        and question.group in ("", status.group)
        and question.status in ("", status.code)
        and status.group in OPEN_GROUPS
    ]
    if not statuses:
        empty_state("view_kanban", _("Nothing on the board"), _("The board shows open orders: choose another stage."))
        return
    steps = reads.next_steps()
    component = st.components.v2.component(
        "order_board",
        html='<div class="board"></div>',
        css=(_STATIC / "order_board.css").read_text(),
        js=(_STATIC / "order_board.js").read_text(),
    )
    st.caption(_("Drag an order to its next status, or press its arrow. Enter opens it."))
    component(
        key=_KEY,
        data={
            "told": _("Orders by status"),
            "columns": [_column(question, status, steps) for status in statuses],
            "empty": _("Nothing here"),
        },
        on_moved_change=_move,
        on_opened_change=_nothing,
    )
    state: Any = st.session_state[_KEY]
    if state.opened:
        go(CARD_PAGE, number=state.opened)


def _move() -> None:
    """Move the order that was dropped; the version that was seen goes with it, so that nobody is overrun."""
    moved: Any = st.session_state[_KEY].moved
    if moved:
        order_actions.advance(moved["number"], moved["to"], int(moved["version"]), _status_name(moved["to"]))


def _nothing() -> None:
    """A component tells a value only where its change is listened to."""


def _column(question: Question, status: StatusView, steps: dict[tuple[str, str], NextStep]) -> dict[str, object]:
    asked = replace(question, group="", status=status.code)
    rows = reads.order_page(asked, None, manager=identity.person().login).rows[:CARDS]
    count = queue_reads.count_of(asked)
    return {
        "code": status.code,
        "name": said(status.name, status.translations),
        "color": display.GROUP_COLORS[status.group],
        "count": f"{display.number(COUNTED)}+" if count >= COUNTED else display.number(count),
        "more": _("{count} more in the list").format(count=display.number(count - len(rows)))
        if count > len(rows)
        else "",
        "cards": [_card(row, steps.get((row.status, row.type))) for row in rows],
    }


def _card(row: OrderRow, step: NextStep | None) -> dict[str, object]:
    label = "" if step is None else said(step.label, step.translations, "label")
    return {
        "number": row.number,
        "version": row.version,
        "customer": row.customer,
        "total": display.money(row.total, row.currency),
        "facts": " · ".join([display.age(row.placed_at), person_name(row.manager_name or "") or _("nobody")]),
        "marks": [{"word": word, "color": color} for word, color in attention(row)],
        "to": "" if step is None else step.to,
        "step": label,
        "told": _("Order {number}").format(number=row.number),
    }


def _status_name(code: str) -> str:
    found: Sequence[StatusView] = [status for status in reads.statuses() if status.code == code]
    return said(found[0].name, found[0].translations) if found else code
