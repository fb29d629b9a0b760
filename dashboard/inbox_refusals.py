"""How refusals over what comes in are said."""

from dashboard.translation import n_

SENTENCES = {
    "letter": n_("A letter, to be read by a person."),
    "unreadable": n_("It was tried several times and could not be read."),
    "status_not_taken": n_("The channel says “{told}” of this order; that is not taken in by itself."),
    "inbound_currency": n_("The order is in {theirs}, the channel sells in {ours}."),
    "unknown_message": n_("There is no such message."),
    "message_decided": n_("This message is an order already: {number}."),
    "not_an_order": n_("A letter is no order by itself: open it and fill in what is wanted."),
    "reason_needed": n_("A rejection says why."),
    "too_many_messages": n_("At most {most} messages are rejected at once."),
    "invalid_feed": n_("The feed cannot be kept so."),
    "feed_taken": n_("There is a feed of this name already."),
    "unknown_feed": n_("There is no such feed."),
    "feed_away": n_("The feed cannot be asked."),
    "walk_overtaken": n_("The feed is being looked at by another just now."),
}
FIELDS = {
    "address": n_("Address"), "secret": n_("Where the secret lies"), "every_minutes": n_("Every … minutes"),
    "overlap_minutes": n_("Minutes looked at twice"), "kind": n_("Kind"), "code": n_("Code"),
    "settings": n_("Settings"),
}  # fmt: skip
FAULTS = (
    n_("must be 1 to 40 small letters, digits, hyphens, underscores"), n_("must be one of {choices}"),
    n_("must name where it lies: env:OMS_FEED_NAME or file:NAME"), n_("must be from {least} to {most}"),
    n_("must be an address of at most {most} characters"), n_("must begin with {schemes}"),
    n_("must not hold the password: name where it lies as the secret"), n_("must be file:///folder"),
    n_("must name a host"), n_("must be encrypted where a secret is sent"), n_("is no part of a feed"),
    n_("may hold only {blanks}"), n_("must list words"), n_("must name paths"), n_("is no column of ours"),
    n_("is not JSON"),
)  # fmt: skip
