"""Holds in the session's language: why an order waits, and what resolves it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from dashboard import display
from dashboard.retelling import pattern_of, retold
from dashboard.risk_words import raised_words
from dashboard.translation import _, n_, ngettext
from oms_core.orders.card_views import HoldView
from oms_core.orders.hold_rules import Remedy

KINDS = {
    "stock": n_("Missing goods"),
    "delay": n_("Delay"),
    "prepayment": n_("Prepayment"),
    "validation": n_("Validation"),
    "approval": n_("Approval"),
    "manual": n_("By hand"),
}
REMEDIES: Mapping[Remedy, str] = {
    Remedy.GOODS: n_("It ends when the goods are reserved."),
    Remedy.PROMISE: n_("It ends when a later day is agreed with the customer, or the goods come sooner."),
    Remedy.PAYMENT: n_("It ends when the payment is registered."),
    Remedy.CORRECTION: n_("It ends when the order is corrected, or when somebody who looked closes it."),
    Remedy.APPROVAL: n_("It ends when the request is approved."),
    Remedy.CHANGE: n_("Change the order to within the limit, or ask again and say why."),
    Remedy.LIFT: n_("It ends when somebody lifts it."),
}
# What the simulated shop waits for.
SIMULATED = {
    "payment": n_("Payment"), "fraud": n_("Doubtful payment"), "credit": n_("Credit"), "address": n_("Address"),
}  # fmt: skip
SIMULATED_CAUSES = (
    n_("Waiting for the bank transfer"), n_("Card payment looks unusual"), n_("Credit limit to be checked"),
    n_("Address cannot be found"),
)  # fmt: skip
# What the seed names in English; a shop that renames them says its own words.
SEEDED_POLICIES = (
    n_("Discount above the limit"), n_("Margin below the limit"), n_("Order value above the limit"),
    n_("Refund above the limit"),
)  # fmt: skip
_SHOWN_SKUS = 5
# The journal keeps causes as they were said to programs, without the figures behind them.
_RECORDED = tuple(
    (pattern_of(words), words)
    for words in (
        n_("Missing: {goods}"), n_("Waits for approval: {policy}"), n_("Not approved: {policy}"),
        n_("Ready by {expected_on} at the earliest, promised by {promised_on}"),
        n_("Likely, at {risk_percent} % or more, to miss {promised_on}"),
        n_("{sum} of the prepayment is missing"), n_("Cancellation requested: {words}"), n_("Cancellation requested"),
    )
)  # fmt: skip


def kind_name(kind: str) -> str:
    """Say a kind of hold; one that a rule or another system named is said as it is."""
    known = KINDS | SIMULATED
    return _(known[kind]) if kind in known else display.plain(kind)


def cause_words(hold: HoldView) -> str:
    """Say why the order waits, from the figures where the hold opened by itself; safe to show as Markdown."""
    return figures_words(hold.details or {}) or recorded_cause(hold.cause)


def figures_words(details: Mapping[str, Any]) -> str:
    """Say why an order waits from the figures alone, safe to show as Markdown; empty where there are none."""
    if "missing" in details:
        return _missing(details["missing"])
    if "risk_percent" in details:
        promised = display.day(date.fromisoformat(details["promised_on"]))
        words = _("Likely, at {risk_percent} % or more, to miss {promised_on}")
        said = words.format(risk_percent=details["risk_percent"], promised_on=promised)
        return f"{said} ({raised_words(details['raised_by'])})" if details["raised_by"] else said
    if "promised_on" in details:
        days = {name: display.day(date.fromisoformat(details[name])) for name in ("expected_on", "promised_on")}
        return _("Ready by {expected_on} at the earliest, promised by {promised_on}").format(**days)
    if "lacking" in details:
        lacking = display.money(Decimal(details["lacking"]), details["currency"])
        return _("{sum} of the prepayment is missing").format(sum=lacking)
    if "policy" in details:
        words = _("Not approved: {policy}") if details["refused"] else _("Waits for approval: {policy}")
        name = details["name"]
        said = words.format(policy=display.plain(_(name)))
        return f"{said} — {display.plain(details['note'])}" if details["note"] else said
    return ""


def recorded_cause(cause: str) -> str:
    """Say a cause as the journal keeps it; safe to show as Markdown. What a person wrote is said as it is."""
    return retold(cause, _RECORDED, lambda part: display.plain(_(part))) or display.plain(_(cause))


def _missing(goods: list[Mapping[str, Any]]) -> str:
    told = []
    for one in goods[:_SHOWN_SKUS]:
        words = f"{display.quantity(Decimal(one['quantity']))} × {display.plain(one['sku'])}"
        if one["expected_on"]:
            expected = display.day(date.fromisoformat(one["expected_on"]))
            words += " " + _("(expected {day})").format(day=expected)
        told.append(words)
    more = len(goods) - _SHOWN_SKUS
    if more > 0:
        told.append(ngettext("{count} more product", "{count} more products", more).format(count=more))
    return _("Missing: {goods}").format(goods=", ".join(told))
