"""How automation is said: events, actions with their parameters, modes, what became of a run, alerts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from dashboard import display
from dashboard.condition_words import source
from dashboard.display import Color
from dashboard.hold_words import figures_words
from dashboard.refusals import say, say_rows
from dashboard.translation import _, n_, ngettext
from oms_core.automation.models import Mode, Outcome
from oms_core.automation.rule_library import library
from oms_core.errors import OmsError
from oms_core.workflow.alerts import AlertView

EVENTS: Mapping[str, str] = {
    "order.placed": n_("Order placed"), "order.status_changed": n_("Status changed"),
    "order.reserved": n_("Stock reserved"), "order.assigned": n_("Manager changed"),
    "order.commented": n_("Comment added"), "order.tagged": n_("Tag added"), "order.untagged": n_("Tag removed"),
    "order.changed": n_("Order changed"),
    "order.prioritised": n_("Priority changed"), "hold.opened": n_("Put on hold"), "hold.closed": n_("Hold lifted"),
    "payment.received": n_("Payment received"), "payment.refunded": n_("Money refunded"),
    "approval.asked": n_("Approval asked for"), "approval.approved": n_("Approved"),
    "approval.refused": n_("Not approved"), "reservation.expired": n_("The reservation ran out"),
    "rule.warned": n_("A rule warned"),
    "order.shipped": n_("Goods shipped"), "order.delivered": n_("Delivered"), "return.received": n_("Goods came back"),
    "line.cancelled": n_("Lines cancelled"), "order.cancelled": n_("Order cancelled"), "task.added": n_("Task added"),
    "task.finished": n_("Task done"), "task.closed": n_("Task ended with its status"),
    "message.drafted": n_("Message drafted"), "message.sent": n_("Message sent"),
    "message.failed": n_("Message could not be sent"), "contact.attempted": n_("Contact attempted"),
    "status.overdue": n_("Longer in its status than allowed"), "order.silent": n_("Nothing happened for days"),
    "promise.near": n_("Promised date within a day"),
}  # fmt: skip
MODES: Mapping[Mode, tuple[str, Color]] = {
    Mode.OFF: (n_("Off"), "gray"), Mode.SUGGEST: (n_("Suggests"), "blue"), Mode.AUTO: (n_("Acts"), "green"),
}  # fmt: skip
OUTCOMES: Mapping[Outcome, tuple[str, Color]] = {
    Outcome.APPLIED: (n_("Acted"), "green"), Outcome.SUGGESTED: (n_("Suggested"), "blue"),
    Outcome.ACCEPTED: (n_("Accepted"), "green"), Outcome.DISMISSED: (n_("Dismissed"), "gray"),
    Outcome.FAILED: (n_("Failed"), "red"), Outcome.STOPPED: (n_("Stopped"), "orange"),
}  # fmt: skip
ACTIONS: Mapping[str, str] = {
    "assign": n_("Give to"), "tag": n_("Add a tag"), "untag": n_("Remove a tag"), "priority": n_("Set the priority"),
    "hold": n_("Put on hold"), "release": n_("Lift a hold"), "task": n_("Add a task"), "status": n_("Move on"),
    "message": n_("Draft a message"),
}  # fmt: skip
PARAMETERS: Mapping[str, str] = {
    "to": n_("To whom"), "login": n_("Person"), "role": n_("Among the role"), "team": n_("Among the team"),
    "tag": n_("Tag"), "priority": n_("Priority"), "cause": n_("Cause"), "rule": n_("Hold of the rule"),
    "task": n_("Kind of task"), "title": n_("What is to be done"), "due_minutes": n_("Due in working minutes"),
    "template": n_("Template"), "language": n_("Language"), "ends": n_("Ends by itself"),
    "send": n_("Sent"),
}  # fmt: skip
CHOICES: Mapping[str, str] = {
    "round_robin": n_("in turn, by everybody's share"),
    "least_loaded": n_("whoever has the fewest open orders"), "customer_manager": n_("the customer's own manager"),
    "login": n_("one person"), "nobody": n_("nobody"), "manager": n_("the order's manager"),
    "call": n_("Call"), "message": n_("Message"), "check": n_("Check"), "pack": n_("Pack"), "buy": n_("Buy"),
    "other": n_("Other"),
    "order_received": n_("Order received"), "payment_reminder": n_("Payment reminder"),
    "payment_received": n_("Payment received"), "delayed": n_("Order delayed"),
    "waiting_for_goods": n_("Waiting for goods"), "shipped": n_("Order shipped"),
    "unreachable": n_("We could not reach you"), "cancelled": n_("Order cancelled"),
    "thanks": n_("Thanks after delivery"),
    "at_once": n_("at once, where the customer has an address"),
    "with_status": n_("when the order leaves the status"), "customer": n_("the customer's own"),
    "en": "English", "ru": "Русский", "pl": "Polski", "zh": "中文",
}  # fmt: skip
PRIORITIES: Mapping[int, tuple[str, Color]] = {
    -1: (n_("Low"), "gray"), 0: (n_("Normal"), "gray"), 1: (n_("High"), "orange"), 2: (n_("Urgent"), "red"),
}  # fmt: skip
ROLES: Mapping[str, str] = {
    "manager": n_("Managers"), "lead": n_("Leads"), "buyer": n_("Buyers"), "warehouse": n_("Warehouse"),
    "courier": n_("Couriers"),
}  # fmt: skip
_HELD = "order_held"
ALERTS: Mapping[str, str] = {
    "rule_loop": n_("A rule would have run in circles"), "action_failed": n_("A rule could not act"),
    "condition_failed": n_("A condition could not be judged"), "rule_failed": n_("A check could not be judged"),
    _HELD: n_("An order in work should be held"),
    "approval_overdue": n_("A request for approval was not answered in time"),
    "order_uncovered": n_("An order hangs on somebody who is away"),
}  # fmt: skip

ALERT_MEANS: Mapping[str, str] = {
    "rule_loop": n_("What it did would have made it run again, so it was stopped."),
    "condition_failed": n_("The rule does nothing until its condition is put right."),
}


def error_words(error: Mapping[str, Any]) -> str:
    """Say why an action was refused, as the same refusal is said to people."""
    refusal = OmsError(str(error.get("message", "")), code=str(error["code"]), rows=error.get("rows") or ())
    return " ".join([say(refusal), *say_rows(refusal)])


def alert_words(alert: AlertView) -> tuple[str, str]:
    """Say what is wrong, and what it means; safe to show as Markdown."""
    details = alert.details or {}
    title = _(ALERTS[alert.kind]) if alert.kind in ALERTS else display.plain(alert.kind)
    if alert.kind == _HELD:
        title = title if details.get("in_work") else _("An order is on hold")
        return title, figures_words(details) or display.plain(alert.message)
    if alert.kind in ALERT_MEANS:
        return title, _(ALERT_MEANS[alert.kind])
    return title, error_words(details) if "code" in details else display.plain(alert.message)


def choice_name(parameter: str, value: str | int) -> str:
    """Say one of the codes that a parameter may have."""
    if parameter == "priority":
        return _(PRIORITIES[int(value)][0])
    if parameter == "role":
        return _(ROLES.get(str(value), str(value)))
    return _(CHOICES.get(str(value), str(value)))


@cache
def library_texts() -> frozenset[str]:
    """What rules of the library write: titles of tasks and causes of holds."""
    actions = [action for rule in library().values() for action in rule.document["actions"]]
    return frozenset(action[part] for action in actions for part in ("title", "cause") if action.get(part))


def library_said(text: str) -> str:
    """Say what a rule wrote: a text of the library in the reader's language, another as it is."""
    return _(text) if text in library_texts() else text


def action_words(action: Mapping[str, Any]) -> str:
    """Say what an action does, in a few words."""
    return f"{_(ACTIONS.get(action['kind'], action['kind']))}: {_object(action)}"


def actions_words(actions: list[dict[str, Any]] | tuple[dict[str, Any], ...]) -> str:
    """Say what a rule does, action after action."""
    return " · ".join(action_words(action) for action in actions)


def _object(action: Mapping[str, Any]) -> str:
    kind = action["kind"]
    if kind == "assign":
        return _whom(action)
    if kind == "status":
        return str(source("statuses").get(action["to"], action["to"]))
    if kind == "priority":
        return choice_name("priority", action["priority"])
    if kind == "message":
        return choice_name("template", action["template"])
    if kind == "task":
        minutes = action.get("due_minutes")
        due = _(" (due in {time})").format(time=display.duration(minutes * 60)) if minutes else ""
        return f"{library_said(action['title'])}{due}"
    return str(action.get("tag") or library_said(action.get("cause") or "") or action.get("rule") or "")


def _whom(action: Mapping[str, Any]) -> str:
    if action["to"] == "login":
        return str(action.get("login", ""))
    among = [choice_name("role", action["role"])] if action.get("role") else []
    among += [str(action["team"])] if action.get("team") else []
    return " · ".join([choice_name("to", action["to"]), *among])


def runs_words(counts: Mapping[Outcome, int]) -> str:
    """Say how often a rule ran and what became of it; empty where it never did."""
    happened = {word: counts[outcome] for outcome, (word, _color) in OUTCOMES.items() if outcome in counts}
    return " · ".join(f"{_(word)} {display.number(count)}" for word, count in happened.items())


def suggestions_words(count: int) -> str:
    """Say how many suggestions wait."""
    return ngettext("{count} suggestion", "{count} suggestions", count).format(count=count)
