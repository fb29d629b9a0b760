"""How the queue speaks: marks of an order in words, what a search met, the sorts there are."""

from dashboard import display
from dashboard.display import Color
from dashboard.hold_words import kind_name
from dashboard.risk_words import raised_words
from dashboard.translation import _, n_
from oms_core.orders.views import Due, Found, OrderRow

SORTS = {
    "match": n_("Best match"),
    "newest": n_("Newest first"),
    "oldest": n_("Oldest first"),
    "promised": n_("Promised soonest"),
    "value": n_("Largest sum"),
    "waiting": n_("Longest in its status"),
    "risk": n_("Riskiest first"),
}
FOUND = {
    Found.EXACT_NUMBER: n_("number"),
    Found.NUMBER: n_("number"),
    Found.REFERENCE: n_("reference"),
    Found.TRACKING: n_("tracking number"),
    Found.CONTACT: n_("phone or e-mail"),
    Found.NAME: n_("customer's name"),
    Found.PRODUCT: n_("product"),
    Found.COMMENT: n_("comment"),
}
KEYS = (
    ("J / K", n_("Next and previous order")),
    ("Enter", n_("Open the order")),
    ("Q", n_("Quick look")),
    ("/", n_("Search")),
    ("Ctrl K", n_("Go anywhere")),
    ("N", n_("New order")),
    ("R", n_("Refresh the list")),
)


def attention(row: OrderRow) -> list[tuple[str, Color]]:
    """What about an order calls for somebody, in words with their colours."""
    marks: tuple[tuple[bool, str, Color], ...] = (
        (row.due is Due.LATE, _("Late by {age}").format(age=late_words(row.late_seconds)), "red"),
        (row.due is Due.TODAY, _("Due today"), "yellow"),
        (row.is_at_risk, risk_words(row), "orange"),
        (row.is_on_hold, hold_words(row), "violet"),
        (row.is_backordered, _("Backordered"), "orange"),
        (row.is_owner_away, _("Owner away"), "gray"),
    )
    return [(word, color) for holds, word, color in marks if holds]


def promise_words(row: OrderRow) -> str:
    """How the order stands to its promise, in a word and the day."""
    if row.promised_at is None:
        return display.NOTHING
    day = display.day(row.promised_at)
    return _("{day} · in time").format(day=day) if row.due is Due.IN_TIME else day


def hold_words(row: OrderRow) -> str:
    """That the order waits, and for what where that is one thing."""
    named = [kind_name(kind) for kind in row.holds if kind != "manual"]
    return _("On hold: {kind}").format(kind=named[0]) if len(named) == 1 else _("On hold")


def risk_words(row: OrderRow) -> str:
    """How likely the order is to miss its first promise, and for what."""
    share = f"{row.risk or 0:.0%}"
    if row.risk_cause is None:
        return _("At risk: {share}").format(share=share)
    return _("At risk: {share}, {cause}").format(share=share, cause=raised_words(row.risk_cause))


def late_words(seconds: int) -> str:
    """By how much, in one unit."""
    unit = 86_400 if seconds >= 2 * 86_400 else 3_600 if seconds >= 3_600 else 60
    return display.duration(max(60, seconds - seconds % unit))


def found_words(row: OrderRow) -> str:
    """What of the order was searched for."""
    return "" if row.found is None else _(FOUND[row.found])
