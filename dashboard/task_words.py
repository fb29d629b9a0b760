"""How tasks are said: kinds, whose, when they are due by the reader's own clock."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard import display
from dashboard.automation_words import choice_name, library_said
from dashboard.customer_words import CONTACT_KINDS, OUTCOMES
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.intake.inbound_deciding import LETTER_TITLE, ORDER_TITLE
from oms_core.tasks.asked_work import PICK_TITLE, RECALL_TITLE
from oms_core.tasks.contact import CALL_BACK, Direction
from oms_core.tasks.worklist import Due, TaskView, Whose

ICONS: Mapping[str, str] = {
    "call": "call", "message": "mail", "check": "fact_check", "pack": "package_2", "buy": "shopping_cart",
    "other": "task_alt",
}  # fmt: skip
WHOSE: Mapping[str, str] = {
    Whose.MINE: n_("Mine"), Whose.TEAM: n_("My team"), Whose.NOBODY: n_("Nobody's"), Whose.ALL: n_("Everybody's"),
}  # fmt: skip
DUE: Mapping[str, str] = {Due.OVERDUE: n_("Overdue"), Due.TODAY: n_("Today"), Due.LATER: n_("Later")}
LATER: Mapping[str, str] = {
    "hour": n_("In an hour"), "tomorrow": n_("Tomorrow morning"), "week": n_("In a week"), "when": n_("Another time…"),
}  # fmt: skip
BUCKETS: Mapping[str, str] = {
    "overdue": n_("Overdue"), "today": n_("Today"), "tomorrow": n_("Tomorrow"), "later": n_("Later"),
    "never": n_("Without a time"),
}  # fmt: skip
OURS = {
    CALL_BACK: n_("Call back"), PICK_TITLE: n_("Pick and pack"), RECALL_TITLE: n_("Recall the goods"),
    LETTER_TITLE: n_("Answer a letter"), ORDER_TITLE: n_("Take in an order that was refused"),
}  # fmt: skip
MORNING = time(9)


def title_of(task: TaskView) -> str:
    """What is to be done, in the reader's language where the title is one of ours."""
    return _(task.title) if task.title in OURS else library_said(task.title)


def kind_name(kind: str) -> str:
    """Say a kind of task."""
    return choice_name("task", kind)


def icon_of(task: TaskView) -> str:
    """Material icon of a task."""
    return f":material/{ICONS.get(task.kind, 'task_alt')}:"


def moment_words(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time by the reader's own clock: of today the hour alone."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if local.date() == today + timedelta(days=1):
        return _("tomorrow, {time}").format(time=clock)
    return f"{display.day(local.date())}, {clock}"


def facts_of(task: TaskView, zone: ZoneInfo, now: datetime, *, names_assignee: bool) -> list[str]:
    """When it is due, since when it was put off, who has it, when it ends by itself; Markdown."""
    told = []
    if task.done_at is not None:
        who = display.plain(task.done_by) if task.done_by else _("ended with its status")
        told.append(_("done {moment} · {who}").format(moment=moment_words(task.done_at, zone, now), who=who))
    elif task.due_at is not None:
        due = _("due {moment}").format(moment=moment_words(task.due_at, zone, now))
        told.append(f":red[:material/alarm: {due}]" if task.is_overdue(now) else due)
    if task.is_put_off and task.first_due_at is not None and task.done_at is None:
        told.append(_("first due {moment}").format(moment=moment_words(task.first_due_at, zone, now)))
    if names_assignee:
        name = person_name(task.assignee_name) if task.assignee_name else _("nobody's")
        told.append(f":material/person: {display.plain(name)}")
    if task.status is not None and task.done_at is None:
        told.append(_("ends with its status"))
    return told


def contact_words(payload: Mapping[str, Any]) -> str:
    """What came of an attempt to reach the customer, and how long an answer was waited for; Markdown."""
    if "outcome" not in payload or "way" not in payload:
        return ""
    told = [_(CONTACT_KINDS.get(payload["way"], payload["way"])), _(OUTCOMES.get(payload["outcome"], ""))]
    if payload.get("direction") == Direction.IN:
        told[1] = _("They got in touch")
    if payload.get("waited_seconds"):
        told.append(_("after {duration}").format(duration=display.duration(payload["waited_seconds"])))
    return display.plain(" · ".join([*told, *([payload["note"]] if payload.get("note") else [])]))


def bucket_of(task: TaskView, zone: ZoneInfo, now: datetime) -> str:
    """Under which heading a task is listed."""
    if task.due_at is None:
        return "never"
    if task.is_overdue(now):
        return "overdue"
    days = (task.due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, "later")


def put_off_to(code: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The time that is meant by a choice of ``LATER``: an instant, or without a zone a time of the reader's clock."""
    if code == "hour":
        return now + timedelta(hours=1)
    days = 7 if code == "week" else 1
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, MORNING)
