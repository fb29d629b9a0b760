"""Refusals of holds, approvals and their policies, by their codes; put in with the others by ``refusals``."""

from dashboard.translation import n_

SENTENCES = {
    "hold_stands": n_("This hold ends by itself when its cause is gone: {cause}."),
    "approval_needed": n_("A refund beyond {limit} needs an approval first: {sum} would have gone back."),
    "approval_not_needed": n_("This refund needs no approval, or has it."),
    "approval_pending": n_("A refund of this order waits for approval already."),
    "own_request": n_("Nobody approves what they asked for themselves."),
    "not_your_approval": n_("Somebody else has to decide this."),
    "already_decided": n_("This request was decided before."),
    "not_refused": n_("Only what was refused can be asked for again."),
    "note_required": n_("Say why, in a few words."),
    "unknown_request": n_("There is no such request for approval."),
    "invalid_policy": n_("The policy cannot be saved so."),
    "nothing_free": n_("Nothing of what the order lacks is free."),
    "not_reserving": n_("The order reserves no goods any more: it is in “{status}”."),
    "invalid_promise": n_("A promise lies ahead."),
    "worker_running": n_("Another worker is running for this database."),
}
FIELDS = {
    "limit": n_("Limit"), "levels": n_("Who decides"), "time_limit_minutes": n_("Working hours to answer"),
    "subject": n_("What is measured"), "percent": n_("Percent to be paid before work begins"),
    "above": n_("For orders above"), "customer_kinds": n_("Customers"),
    "rules": n_("Rules whose warning holds the order"),
    "channels": n_("Channels"), "order_types": n_("Order types"), "code": n_("Code"), "promised_at": n_("Promised by"),
    "kind": n_("Kind"),
}  # fmt: skip
FAULTS = (
    n_("must be lower-case letters, digits and underscores"), n_("must be a number"), n_("is no role"),
    n_("must name at least one level"), n_("the last level decides without a limit"),
    n_("each level but the last needs a limit of its own"), n_("each level must decide on more than the one before"),
    n_("must be above 0 and at most 100"), n_("must name at least one, or be left out"), n_("must lie ahead"),
)  # fmt: skip
