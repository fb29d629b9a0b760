"""The cures of the page of what may be lost: one click each, from where the order is listed."""

from collections.abc import Sequence

import streamlit as st

from dashboard import approval_actions, order_actions, task_actions
from dashboard.actions import attempt
from dashboard.identity import may, person
from dashboard.lost_words import REMINDERS, is_for_taking
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.lost import Danger, LostRow
from oms_core.tasks.agenda import add_task

CURE_KEY, INBOX_KEY = "lost_cure", "_lost_to_inbox"
_SOON_MINUTES = 60  # of working time
_NEEDED = {
    Danger.SILENT: Permission.TASK_WORK,
    Danger.UNRESERVED: Permission.ORDER_CHANGE,
    Danger.UNPAID: Permission.TASK_WORK,
    Danger.TASK: Permission.TASK_WORK,
    Danger.OWNER: Permission.ORDER_ASSIGN,
    Danger.PROMISE: Permission.TASK_WORK,
    Danger.INBOUND: Permission.INBOX_WORK,
    Danger.FEED: Permission.INBOX_WORK,
}


def may_cure(row: LostRow) -> bool:
    """Tell whether the person signed in may do what cures this row."""
    return may(Permission.ORDER_ASSIGN if is_for_taking(row) else _NEEDED[row.kind])


def cure(row: LostRow) -> None:
    """Do what cures the row."""
    if row.kind in {Danger.INBOUND, Danger.FEED}:
        st.session_state[INBOX_KEY] = True  # a click is answered before the pages are there to be opened
    elif row.kind is Danger.TASK and row.task_id is not None:
        task_actions.finish(row.task_id)
    elif row.number is None or row.version is None:
        return
    elif is_for_taking(row):
        order_actions.assign(row.number, person().login, row.version)
    elif row.kind is Danger.UNRESERVED:
        approval_actions.reserve(row.number, row.version)
    elif row.kind is Danger.OWNER:
        order_actions.assign(row.number, None, row.version)
    else:
        _remind(row.kind, row.number, row.owner)


def cure_clicked(rows: Sequence[LostRow]) -> None:
    """Cure the row whose button was clicked."""
    clicked = st.session_state.get(CURE_KEY)
    if clicked and clicked["row"] < len(rows):
        cure(rows[clicked["row"]])


def _remind(kind: Danger, number: str, owner: str | None) -> None:
    task_kind, title = REMINDERS[kind]
    attempt(
        add_task, _("Order {number}: reminder added").format(number=number), number=number, kind=task_kind,
        title=_(title), assignee=owner, due_minutes=_SOON_MINUTES, until_left=True,
    )  # fmt: skip
