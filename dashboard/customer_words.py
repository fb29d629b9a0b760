"""How what customers are and do is said: codes of the core with their words and signs."""

from collections.abc import Mapping

from dashboard import display
from dashboard.display import Color
from dashboard.translation import _, n_
from dashboard.words import SEEN_METHODS, event_icon, event_words
from dashboard.workflow_words import reason_label, return_reason, status_names
from oms_core.customers.rfm import NEVER, Rfm
from oms_core.customers.views import HistoryEntry

KINDS = {"b2c": n_("Person"), "b2b": n_("Company")}
RFM = {
    "champion": n_("Champion"), "loyal": n_("Loyal"), "new": n_("Newcomer"), "promising": n_("Promising"),
    "at_risk": n_("At risk"), "asleep": n_("Asleep"), "lost": n_("Lost"), "never": n_("Never ordered"),
}  # fmt: skip
RFM_MEANINGS = {
    "champion": n_("Last order within 90 days, 6 orders or more in a year."),
    "loyal": n_("Last order within 180 days, 3 orders or more in a year, and no champion."),
    "new": n_("Last order within 90 days, the only one in a year."),
    "promising": n_("Last order within 180 days, 1 or 2 orders in a year, and no newcomer."),
    "at_risk": n_("Last order more than 180 and up to 365 days ago, 3 orders or more in a year."),
    "asleep": n_("Last order more than 180 and up to 365 days ago, 1 or 2 orders in a year."),
    "lost": n_("No order for 365 days."), "never": n_("Never ordered"),
}  # fmt: skip
RFM_COLORS: Mapping[str, Color] = {
    "champion": "green", "loyal": "green", "new": "blue", "promising": "blue", "at_risk": "orange", "asleep": "gray",
    "lost": "gray", "never": "gray",
}  # fmt: skip
FIELDS = {
    "orders": n_("Number of orders"), "value": n_("Value of orders"), "last_order": n_("Last order"),
    "rfm": n_("Buying habit"), "category": n_("Category"), "tag": n_("Tag"), "kind": n_("Kind"),
    "region": n_("Region"),
}  # fmt: skip
OPERATIONS = {
    "at_least": n_("at least"), "at_most": n_("at most"), "within": n_("within the last … days"),
    "before": n_("more than … days ago"), "is": n_("is"), "is_not": n_("is not"), "bought": n_("was bought"),
    "not_bought": n_("was never bought"),
}  # fmt: skip
CONTACT_KINDS = {
    "phone": n_("Phone call"), "call": n_("Phone call"), "email": n_("E-mail"), "messenger": n_("Messenger"),
    "visit": n_("Visit"),
}  # fmt: skip
OUTCOMES = {
    "reached": n_("reached"), "no_answer": n_("no answer"), "wrong_number": n_("wrong number"),
    "call_back": n_("asked to call back"), "refused": n_("did not want to talk"),
}  # fmt: skip
_HISTORY = {
    "message": ("mail", n_("Message")), "task": ("task_alt", n_("Task")), "contact": ("call", n_("Contact")),
    "quotation": ("request_quote", n_("Quotation")), "return.requested": ("assignment_return", n_("Return asked for")),
}  # fmt: skip
_STATES = {
    "draft": n_("draft"), "queued": n_("waits to be sent"), "sending": n_("is being sent"), "sent": n_("sent"),
    "failed": n_("could not be sent"), "discarded": n_("discarded"), "open": n_("open"), "done": n_("done"),
    "ordered": n_("became an order"), "declined": n_("declined"), "delivered": n_("delivered"),
    "pending": n_("not received yet"),
}  # fmt: skip


def rfm_words(rfm: Rfm | None) -> str:
    """The buying habit in a word."""
    name = NEVER if rfm is None else rfm.name
    return _(RFM[name])


def rfm_hint(rfm: Rfm | None) -> str:
    """What the three digits say."""
    if rfm is None:
        return _("Nothing was ordered yet.")
    told = _("Recency {recency}, frequency {frequency}, money {money}, each from 1 to 5 (the best), over a year.")
    return told.format(recency=rfm.recency, frequency=rfm.frequency, money=rfm.money)


def entry_words(entry: HistoryEntry) -> tuple[str, str]:
    """What happened, with its sign, and what there is to add; both safe to show as Markdown."""
    if entry.kind in _HISTORY:
        icon, words = _HISTORY[entry.kind]
        head = f":material/{icon}: **{_(words)}**"
    else:
        head = f"{event_icon(entry.kind)} **{event_words(entry.kind)}**"
    if entry.kind == "contact":
        said = [_(CONTACT_KINDS.get(entry.reference or "", entry.reference or "")),
                _(OUTCOMES.get(entry.state or "", entry.state or "")), entry.text]  # fmt: skip
    elif entry.kind == "order.cancelled":
        said = [reason_label(entry.state or "", entry.state or ""), entry.text]
    elif entry.kind == "order.placed":
        said = [status_names().get(entry.state or "", entry.state or "")]
    elif entry.kind == "payment.received":
        said = [_(SEEN_METHODS.get(entry.text, entry.text)), _(_STATES[entry.state]) if entry.state in _STATES else ""]
    elif entry.kind == "quotation":
        said = [entry.reference or "", _(_STATES[entry.state]) if entry.state in _STATES else ""]
    elif entry.kind.startswith("return."):
        said = [entry.reference or "", return_reason(entry.text)]
    else:
        said = [entry.text, _(_STATES[entry.state]) if entry.state in _STATES else ""]
    if entry.gross is not None and entry.currency:
        said = [display.money(entry.gross, entry.currency), *said]
    return head, " · ".join(display.plain(one) for one in said if one)
