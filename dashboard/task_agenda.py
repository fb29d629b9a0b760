"""The agenda on an order's card: its tasks, what came of reaching the customer, and messages to them."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import task_actions, task_form, task_reads
from dashboard.customer_words import CONTACT_KINDS, OUTCOMES
from dashboard.identity import may
from dashboard.layout import section
from dashboard.task_messages import ask_message, show_messages
from dashboard.task_rows import show_task
from dashboard.task_words import MORNING
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.tasks.contact import ContactKind, ContactOutcome, Direction
from oms_core.tasks.worklist import TaskView

_ICONS = {
    ContactOutcome.REACHED: "check_circle", ContactOutcome.NO_ANSWER: "phone_missed",
    ContactOutcome.CALL_BACK: "phone_callback", ContactOutcome.WRONG_NUMBER: "phone_disabled",
    ContactOutcome.REFUSED: "do_not_disturb_on",
}  # fmt: skip


def show_agenda(card: OrderCard) -> None:
    """Show what is to be done about the order and what was drafted to its customer; contact in two taps."""
    if not may(Permission.TASK_WORK):
        return
    tasks, zone = task_reads.of_order(card.number), task_reads.zone()
    writes = may(Permission.PERSONAL_DATA_VIEW)
    with section(_("Tasks and contact"), key="order-tasks"):
        for task in tasks:
            show_task(task, zone, is_at_home=True)
        if not tasks:
            st.caption(_("Nothing is to be done."))
        row = st.container(horizontal=True, gap="small", key="order-agenda-actions")
        if row.button(_("New task"), key="new_task", icon=":material/add_task:"):
            task_form.open_new(card.number)
        with row.popover(_("Contact"), icon=":material/call:"):
            _ask_contact(card.number, tasks)
        if writes:
            with row.popover(_("Write"), icon=":material/mail:"):
                ask_message(card.number)
    show_messages(task_reads.unsent(card.number), may_write=writes)


def _ask_contact(number: str, tasks: list[TaskView]) -> None:
    keys = {part: f"contact_{part}_{number}" for part in ("kind", "note", "day", "clock")}
    kinds = {kind.value: _(CONTACT_KINDS[kind]) for kind in ContactKind}
    st.segmented_control(_("By"), list(kinds), default=ContactKind.PHONE.value, required=True, key=keys["kind"],
                         format_func=kinds.__getitem__)  # fmt: skip
    st.text_input(_("Note"), key=keys["note"], max_chars=500, autocomplete="off")
    call = next((task for task in tasks if task.kind == "call" and task.may_handle), None)
    for outcome in (ContactOutcome.REACHED, ContactOutcome.NO_ANSWER, ContactOutcome.WRONG_NUMBER,
                    ContactOutcome.REFUSED):  # fmt: skip
        does = call.id if call is not None and outcome is ContactOutcome.REACHED else None
        _offer(number, outcome, keys, task_id=does)
    st.button(
        _("They got in touch"), key=f"contact_in_{number}", icon=":material/phone_in_talk:", width="stretch",
        on_click=task_actions.contact,
        args=(number, ContactOutcome.REACHED.value, keys, call.id if call else None, Direction.IN.value),
    )  # fmt: skip
    today = datetime.now(UTC).astimezone(task_reads.zone()).date()
    left, right = st.columns(2)
    left.date_input(_("Call back on"), value=None, min_value=today, key=keys["day"])
    right.time_input(_("at"), value=MORNING, key=keys["clock"], step=900)
    _offer(number, ContactOutcome.CALL_BACK, keys, task_id=call.id if call else None)


def _offer(number: str, outcome: ContactOutcome, keys: dict[str, str], *, task_id: int | None) -> None:
    st.button(
        _(OUTCOMES[outcome]), key=f"contact_{outcome.value}_{number}", icon=f":material/{_ICONS[outcome]}:",
        width="stretch", on_click=task_actions.contact,
        args=(number, outcome.value, keys, task_id, Direction.OUT.value),
    )  # fmt: skip
