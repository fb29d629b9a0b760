"""How dangers are said: their names, what each means, and the one act that cures it."""

from dashboard import display
from dashboard.translation import _, n_
from dashboard.words import group_name, person_name
from oms_core.orders.lost import Danger, LostRow

DANGERS = {
    Danger.SILENT: n_("Silent"),
    Danger.UNRESERVED: n_("Paid, not reserved"),
    Danger.UNPAID: n_("Reserved, not paid"),
    Danger.TASK: n_("Overdue tasks"),
    Danger.OWNER: n_("Owner away"),
    Danger.PROMISE: n_("Promise passed"),
    Danger.INBOUND: n_("Not taken in"),
    Danger.FEED: n_("Feeds with gaps"),
}
MEANINGS = {
    Danger.SILENT: n_("Nothing was done or said for longer than in 95 of 100 stays in that status, in working hours."),
    Danger.UNRESERVED: n_("The money is here, the goods are free in stock, and nobody has reserved them."),
    Danger.UNPAID: n_("Goods are reserved, the money is not here, and the time limit of the status is over."),
    Danger.TASK: n_("Their time has come and they are not done."),
    Danger.OWNER: n_("Whoever answers for them is away today or has left."),
    Danger.PROMISE: n_("Open orders after the moment they were promised for."),
    Danger.INBOUND: n_("Messages that came in more than 15 minutes ago and are neither an order nor a task yet."),
    Danger.FEED: n_("Feeds that cannot be asked, and days of which the channel has orders that are not here."),
}
CURES = {
    Danger.SILENT: n_("Remind the owner"),
    Danger.UNRESERVED: n_("Reserve"),
    Danger.UNPAID: n_("Remind of the payment"),
    Danger.TASK: n_("Mark done"),
    Danger.OWNER: n_("Release"),
    Danger.PROMISE: n_("Remind to call"),
    Danger.INBOUND: n_("Open the inbox"),
    Danger.FEED: n_("Open the inbox"),
}
TAKE_IT = n_("Take it")  # what nobody answers for is not cured by reminding nobody
# What a reminder asks for; the title is kept as it is read now, by whoever reminds.
REMINDERS = {
    Danger.SILENT: ("check", n_("Look after this order: nothing happens")),
    Danger.UNPAID: ("call", n_("Ask for the payment")),
    Danger.PROMISE: ("call", n_("Tell the customer about the delay")),
}
ICONS = {
    Danger.SILENT: "bedtime", Danger.UNRESERVED: "inventory_2", Danger.UNPAID: "payments", Danger.TASK: "task_alt",
    Danger.OWNER: "person_off", Danger.PROMISE: "event_busy", Danger.INBOUND: "move_to_inbox", Danger.FEED: "cloud_off",
}  # fmt: skip


def cure_words(row: LostRow) -> str:
    """The one act that cures it."""
    return _(TAKE_IT) if is_for_taking(row) else _(CURES[row.kind])


def is_for_taking(row: LostRow) -> bool:
    """Tell whether somebody must first answer for it: there is nobody whom a reminder would reach."""
    return row.owner is None and row.kind in REMINDERS


def since_words(row: LostRow) -> str:
    """For how long it is so."""
    return display.age(row.since)


def owner_words(row: LostRow) -> str:
    """Who answers for it."""
    return person_name(row.owner_name) if row.owner_name else _("nobody")


def stage_words(stage: str | None) -> str:
    """The stage, or that there is none: a task of no order."""
    return group_name(stage) if stage else _("No order")
