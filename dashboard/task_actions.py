"""What is done to tasks, contact and messages: callbacks of buttons, each told once."""

from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.actions import attempt
from dashboard.translation import _
from oms_core.tasks.agenda import add_task
from oms_core.tasks.contact import ContactOutcome, record_contact
from oms_core.tasks.messages import discard_message, draft_message, edit_message, write_message
from oms_core.tasks.progress import finish_task, hand_task, reopen_task, snooze_task
from oms_core.tasks.sending import send_message


def add(**facts: Any) -> bool:  # noqa: ANN401 - as add_task takes
    """Add a task; False when refused."""
    return attempt(add_task, _("Task added"), **facts) is not None


def finish(task_id: int) -> None:
    """Say that a task is done."""
    attempt(finish_task, _("Task done"), task_id=task_id)


def reopen(task_id: int) -> None:
    """Open a task again."""
    attempt(reopen_task, _("Task opened again"), task_id=task_id)


def hand(task_id: int, to: str | None) -> None:
    """Give a task to somebody, or to nobody."""
    attempt(hand_task, _("Task handed over"), task_id=task_id, to=to)


def put_off(task_id: int, until: datetime) -> bool:
    """Put a task off; False when refused."""
    return attempt(snooze_task, _("Task put off"), task_id=task_id, until=until) is not None


def contact(number: str, outcome: str, keys: dict[str, str], task_id: int | None, direction: str) -> None:
    """Keep an attempt to reach the customer of an order with what its form holds; that empties the form."""
    state = st.session_state
    day, clock = state.get(keys["day"]), state.get(keys["clock"])
    facts: dict[str, Any] = {}
    if outcome == ContactOutcome.CALL_BACK and day and clock:
        facts["call_back_at"] = datetime.combine(day, clock)
    kept = attempt(
        record_contact, _("Contact noted"), number=number, kind=state.get(keys["kind"]) or "phone", outcome=outcome,
        note=state.get(keys["note"]) or "", task_id=task_id, direction=direction, **facts,
    )  # fmt: skip
    if kept is not None:
        state[keys["note"]] = ""


def draft(number: str, template_key: str, language_key: str) -> None:
    """Draft a message by the template and in the language chosen."""
    chosen = {"template": st.session_state[template_key], "language": st.session_state[language_key]}
    attempt(draft_message, _("Message drafted"), number=number, **chosen)


def write(number: str, subject: str, body: str) -> bool:
    """Draft a message in one's own words; False when refused."""
    return attempt(write_message, _("Message drafted"), number=number, subject=subject, body=body) is not None


def send(message_id: int, kept: tuple[str, str], keys: tuple[str, str]) -> None:
    """Send a message as it stands in its form."""
    if _keep(message_id, kept, keys):
        told = lambda recipient: _("On its way to {recipient}").format(recipient=recipient)  # noqa: E731
        attempt(send_message, told, message_id=message_id)


def save(message_id: int, kept: tuple[str, str], keys: tuple[str, str]) -> None:
    """Keep what a message says now."""
    _keep(message_id, kept, keys)


def _keep(message_id: int, kept: tuple[str, str], keys: tuple[str, str]) -> bool:
    """Keep what a message says now, where that was changed; False when refused."""
    subject, body = (st.session_state.get(key, before) for key, before in zip(keys, kept, strict=True))
    if (subject, body) == kept:
        return True
    outcomes: list[bool] = []

    def told(_outcome: object) -> str:
        outcomes.append(True)
        return _("Message saved")

    attempt(edit_message, told, message_id=message_id, subject=subject, body=body)
    return bool(outcomes)


def discard(message_id: int) -> None:
    """Discard a message that was not sent."""
    attempt(discard_message, _("Message discarded"), message_id=message_id)
