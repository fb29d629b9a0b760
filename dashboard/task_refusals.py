"""How refusals over tasks, contact and messages are said."""

from dashboard.translation import n_

SENTENCES = {
    "task_open": n_("The task is open already."),
    "not_your_task": n_("This task is somebody else's: who may give orders away handles it."),
    "not_later": n_("A task is put off to a time that lies ahead."),
    "unknown_choice": n_("This choice is none of those offered."),
    "malformed_contact": n_("The contact cannot be noted so."),
    "malformed_message": n_("The message cannot be kept so."),
    "no_email": n_("The customer has no e-mail address."),
    "bad_address": n_("The customer's e-mail address cannot be written to."),
}
FIELDS = {
    "due_at": n_("Due"), "until": n_("Put off"), "subject": n_("Subject"), "body": n_("Message"),
    "recipient": n_("E-mail"), "outcome": n_("Outcome"), "call_back_at": n_("Call back on"), "share": n_("Share"),
}  # fmt: skip
FAULTS = (
    n_("must be a time of this century, and the only one given"), n_("either it or an order must be named"),
    n_("is for those who asked to be called back"),
)  # fmt: skip
