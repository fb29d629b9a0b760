"""Refusals of automation, tasks, drafts and labels, by their codes; put in with the others by ``refusals``."""

from dashboard.translation import n_

SENTENCES = {
    "unknown_priority": n_("There is no such priority."),
    "malformed_tag": n_("A tag is a short word."),
    "malformed_task": n_("The task cannot be added so."),
    "unknown_assignee": n_("This person is no active user."),
    "unknown_task": n_("There is no such task."),
    "task_done": n_("The task is done already."),
    "unknown_message": n_("There is no such message."),
    "no_draft": n_("The message is no draft any more."),
    "unknown_template": n_("There is no such template."),
    "nobody_there": n_("Everybody the order could go to is away."),
    "unknown_suggestion": n_("There is no such suggestion."),
    "suggestion_decided": n_("Somebody decided this suggestion already."),
    "unknown_alert": n_("This alert is closed already."),
    "broken": n_("It failed by a fault that is not the order's; the log tells it in full."),
    "no_past_of_time": n_("The clock tells this event, and only while a rule listens: there is no past to try it on."),
}
FIELDS = {
    "tag": n_("Tag"), "priority": n_("Priority"), "title": n_("What is to be done"), "assignee": n_("Person"),
    "due_minutes": n_("Due in working minutes"), "template": n_("Template"), "event": n_("When"),
    "mode": n_("Mode"), "actions": n_("What it does"), "condition": n_("On what condition"),
}  # fmt: skip
FAULTS = (
    n_("must be {least} to {most} actions"), n_("must be {least} to {most} small letters, digits or _, a letter first"),
    n_("is no parameter here"), n_("is needed"), n_("a role or a team is needed"),
    n_("must be a whole number from {least} to {most}"), n_("must be a whole number from {least}"),
    n_("must be a list of actions"), n_("cannot be tried on the past"), n_("is taken"),
)  # fmt: skip
