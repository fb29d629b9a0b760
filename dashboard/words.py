"""Words that stand in the database or in the journal as codes: how they are said, and marked for the catalogues."""

from collections.abc import Mapping
from typing import Any

from dashboard.translation import _, language, n_

VIEWS = {
    "to_confirm": n_("To confirm"),
    "to_pick": n_("To pick"),
    "to_ship": n_("To ship"),
    "in_delivery": n_("In delivery"),
    "backordered": n_("Backordered"),
    "late": n_("Late"),
    "at_risk": n_("At risk"),
    "mine": n_("Mine"),
    "all": n_("All"),
}
# What the seed names in English; a shop that renames them says its own words.
SEEDED = (
    n_("Pre-order"), n_("New"), n_("Confirmed"), n_("Waiting for supply"), n_("Picking"), n_("Packed"),
    n_("In delivery"), n_("Done"), n_("Cancelled"),
    n_("Place order"), n_("Confirm"), n_("Start picking"), n_("Wait for supply"), n_("Back to confirmed"),
    n_("Mark packed"), n_("Ship"), n_("Back to picking"), n_("Mark delivered"),
    n_("Customer changed their mind"), n_("Found cheaper elsewhere"), n_("Duplicate order"),
    n_("Customer could not be reached"), n_("Not collected"), n_("Out of stock"), n_("Delivery takes too long"),
    n_("Our mistake (price, product, address)"), n_("Supplier did not deliver"), n_("Carrier lost or damaged it"),
    n_("Payment never came"), n_("Suspected fraud"), n_("Reason unknown"),
    n_("Order desk"), n_("Main warehouse"),
)  # fmt: skip
SEEDED_TYPES = (n_("Sale"), n_("Wholesale"), n_("Replacement"))
SEEDED_PEOPLE = (n_("Administrator"), n_("System"))
DEMO = (n_("Demo shop (simulated)"),)
# The demo shop's categories by the words of their codes (`home/candles`): marts know nothing else of them.
CATEGORIES = {
    "kitchen": n_("Kitchen"), "kettles_and_coffee": n_("Kettles and coffee"), "cookware": n_("Cookware"),
    "knives": n_("Knives"), "tableware": n_("Tableware"),
    "home": n_("Home goods"), "lighting": n_("Lighting"), "textiles": n_("Textiles"), "storage": n_("Storage"),
    "candles": n_("Candles"),
    "garden": n_("Garden"), "garden_tools": n_("Garden tools"), "irrigation": n_("Irrigation"),
    "grills": n_("Grills"), "planters": n_("Planters"),
    "office": n_("Office"), "paper": n_("Paper"), "writing": n_("Writing"), "filing": n_("Filing"),
    "desk": n_("Desk supplies"),
    "workshop": n_("Workshop"), "hand_tools": n_("Hand tools"), "power_tools": n_("Power tools"),
    "fasteners": n_("Fasteners"), "safety": n_("Safety"),
    "toys_and_leisure": n_("Toys and leisure"), "games": n_("Games"), "building_sets": n_("Building sets"),
    "outdoor_play": n_("Outdoor play"),
}  # fmt: skip
INVARIANTS = (
    n_("Done moves in − out are what lies at each stock or transit location"),
    n_("Held and committed reservations are what is reserved, and no line has more than it has open"),
    n_("Lines ship, cancel and return no more than they may, and shipments and returns are what lines say"),
    n_("Status intervals are one chain from placement to close, and an order has one manager at a time"),
    n_("Each change of a status has its event, and an order's events are numbered without a gap"),
    n_("An order is cancelled exactly when cancellations with a reason cover all that was open"),
    n_("An order's total is the sum of its rounded lines and the shipping charge"),
    n_("Invoices are numbered without gaps and are the sum of their lines"),
    n_("Of every line at most what was shipped is billed, and at most what was billed is credited"),
    n_("Allocations stay within their payment, refunds within what was paid, and orders know both"),
    n_("No reservation is held more than one sweep past its time"),
    n_("What was received of a purchase is the sum of its receipts"),
    n_("No order on hold is being picked or waits for the carrier"),
    n_("Of a transfer no more arrives than was sent"),
    n_("A settled day of every mart equals its raw rows"),
    n_("Forecast quantiles do not cross"),
)
GROUPS = {
    "preorder": n_("Pre-order"), "new": n_("New"), "confirm": n_("Confirmed"), "supply": n_("Waiting for supply"),
    "pick": n_("Picking"), "ship": n_("Packed"), "deliver": n_("In delivery"), "done": n_("Done"),
    "cancelled": n_("Cancelled"),
}  # fmt: skip
PAID = {
    "unpaid": n_("Unpaid"), "partly_paid": n_("Partly paid"), "paid": n_("Paid"), "overpaid": n_("Overpaid"),
    "refunded": n_("Refunded"),
}  # fmt: skip
METHODS = {
    "transfer": n_("Bank transfer"), "card": n_("Card"), "cash": n_("Cash"), "on_delivery": n_("Cash on delivery"),
}  # fmt: skip
SEEN_METHODS = METHODS | {"cash_on_delivery": METHODS["on_delivery"], "terms": n_("On terms")}
"""How money came in, those methods too that the desk does not offer: the simulated shop has them."""
_EVENTS = {
    "order.placed": ("add_shopping_cart", n_("Order placed")),
    "order.imported": ("download", n_("Imported")),
    "order.reserved": ("inventory_2", n_("Stock reserved")),
    "order.status_changed": ("arrow_forward", n_("Status changed")),
    "order.assigned": ("person", n_("Given to {who}")),
    "order.shipped": ("local_shipping", n_("Handed over to the carrier")),
    "order.delivered": ("where_to_vote", n_("Delivered")),
    "order.cancelled": ("cancel", n_("Order cancelled")),
    "line.cancelled": ("remove_shopping_cart", n_("Lines cancelled")),
    "payment.received": ("payments", n_("Payment received")),
    "payment.refunded": ("undo", n_("Money refunded")),
    "invoice.issued": ("receipt", n_("Invoice issued")),
    "hold.opened": ("pause_circle", n_("Put on hold")),
    "hold.closed": ("play_circle", n_("Hold lifted")),
    "return.received": ("assignment_return", n_("Goods came back")),
    "return.requested": ("assignment_return", n_("Return asked for")),
    "order.customer_changed": ("merge", n_("Two customers merged, or parted")),
    "order.commented": ("chat", n_("Comment")),
    "order.promised": ("event", n_("Promised anew")),
    "reservation.expired": ("timer_off", n_("The reservation ran out")),
    "order.tagged": ("sell", n_("Tag added")),
    "order.untagged": ("sell", n_("Tag removed")),
    "order.prioritised": ("flag", n_("Priority changed")),
    "order.changed": ("edit", n_("Order changed")),
    "delivery.chosen": ("local_shipping", n_("Delivery method chosen")),
    "quotation.ordered": ("request_quote", n_("Made from a quotation")),
    "recall.asked": ("front_hand", n_("Goods called back")),
    "task.added": ("add_task", n_("Task added")),
    "task.finished": ("task_alt", n_("Task done")),
    "task.closed": ("task_alt", n_("Task ended with its status")),
    "task.reopened": ("add_task", n_("Task opened again")),
    "task.handed": ("person", n_("Task handed over")),
    "task.snoozed": ("snooze", n_("Task put off")),
    "contact.attempted": ("call", n_("Contact attempted")),
    "message.drafted": ("drafts", n_("Message drafted")),
    "message.discarded": ("delete", n_("Draft discarded")),
    "message.queued": ("outgoing_mail", n_("Message on its way")),
    "message.sent": ("mark_email_read", n_("Message sent")),
    "message.failed": ("unsubscribe", n_("Message could not be sent")),
    "status.overdue": ("alarm", n_("Longer in its status than allowed")),
    "order.silent": ("bedtime", n_("Nothing happened for days")),
    "promise.near": ("event_upcoming", n_("Promised date within a day")),
    "rule.warned": ("warning", n_("A rule warned")),
    "approval.asked": ("approval", n_("Approval asked for")),
    "approval.passed_on": ("approval", n_("Approved, the next level is asked")),
    "approval.approved": ("approval", n_("Approved")),
    "approval.refused": ("approval", n_("Not approved")),
    "approval.withdrawn": ("approval", n_("Approval no longer needed")),
    "approval.escalated": ("alarm", n_("Nobody answered in time, the next level is asked")),
}


def said(name: str, translations: Mapping[str, Any] | None = None, field: str = "name") -> str:
    """Say what the shop named: in its own translation, else in ours where the seed named it, else as it is."""
    own = (translations or {}).get(language(), {}).get(field)
    return own or _(name)


def group_name(group: str) -> str:
    """Say a status group."""
    return _(GROUPS.get(group, group))


def person_name(name: str) -> str:
    """Say a person's name; that of a seeded account is a word."""
    return _(name) if name in SEEDED_PEOPLE else name


def category_name(code: str) -> str:
    """Say a category by its code, the whole path of it."""
    parts = code.split("/")
    return " / ".join(_(CATEGORIES[part]) if part in CATEGORIES else part.replace("_", " ") for part in parts)


def event_icon(kind: str) -> str:
    """Material icon of a kind of event."""
    return f":material/{_EVENTS.get(kind, ('circle', ''))[0]}:"


def event_words(kind: str) -> str:
    """Say a kind of event; ``{who}`` stands in those that name a person."""
    return _(_EVENTS.get(kind, ("", kind))[1])
