"""Refusals in the session's language: a sentence by the refusal's code, and the rows at fault one by one."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from dashboard import (
    automation_refusals,
    buying_refusals,
    change_refusals,
    customer_refusals,
    display,
    hold_refusals,
    inbox_refusals,
    intake_refusals,
    order_refusals,
    people_refusals,
    queue_refusals,
    quotation_words,
    reads,
    steering_refusals,
    task_refusals,
    what_if_refusals,
    workflow_refusals,
)
from dashboard.translation import _, n_, ngettext
from dashboard.words import said
from oms_core.errors import OmsError
from oms_core.workflow.rule_hits import REFUSED

SENTENCES = {
    "busy": n_("Others are working on the same rows. Nothing was changed: try again in a moment."),
    "database_away": n_("The database cannot be reached. Start it, then try again."),
    "not_migrated": n_("The database has to be set up first: run `oms init`."),
    "past_not_kept": n_("Nothing is kept from so early"),
    "mart_missing": n_("No figures are published yet: run `oms refresh`."),
    "number_too_large": n_("A number is too large."),
    "unknown_actor": n_("This person is no active user."),
    # Signing in.
    "not_allowed": n_("You may not do this: your role lacks the permission {value}."),
    "not_signed_in": n_("You are signed out."),
    "sign_in_failed": n_("The login or the password is not right."),
    "too_many_attempts": n_("Too many failed tries. Wait {retry_after} seconds, then try again."),
    "unknown_at_provider": n_("Nobody here belongs to this account. Ask an administrator to enter its e-mail address."),
    "weak_password": n_("This password cannot be used."),
    "wrong_password": n_("The present password is not right."),
    "password_changed": n_("The password was changed meanwhile. Sign in with the new one."),
    "unknown_session": n_("This session has ended already."),
    "unknown_language": n_("This is no language that we speak."),
    **buying_refusals.SENTENCES,
    **order_refusals.SENTENCES,
    **people_refusals.SENTENCES,
    **automation_refusals.SENTENCES,
    **workflow_refusals.SENTENCES,
    **hold_refusals.SENTENCES,
    **customer_refusals.SENTENCES,
    **quotation_words.SENTENCES,
    **task_refusals.SENTENCES,
    **queue_refusals.SENTENCES,
    **change_refusals.SENTENCES,
    **intake_refusals.SENTENCES,
    **inbox_refusals.SENTENCES,
    **steering_refusals.SENTENCES,
    **what_if_refusals.SENTENCES,
}
FIELDS = {
    "sku": n_("SKU"), "quantity": n_("Quantity"), "unit_price": n_("Price"), "discount": n_("Discount"),
    "position": n_("Row"), "lines": n_("Lines"), "name": n_("Name"), "phone": n_("Phone"), "email": n_("E-mail"),
    "ship_to": n_("Delivery address"), "region": n_("Region"), "channel": n_("Channel"),
    "warehouse": n_("Warehouse"), "manager": n_("Owner"), "shipping": n_("Shipping charge"),
    "comment": n_("Comment"), "text": n_("Comment"), "note": n_("Note"), "reason": n_("Reason"),
    "cause": n_("What is it waiting for?"), "carrier": n_("Carrier"), "tracking": n_("Tracking number"),
    "gross": n_("Sum"), "method": n_("Method"), "provider_ref": n_("Reference"), "unit_cost": n_("Unit cost"),
    "reference": n_("Reference"), "password": n_("Password"),
    **people_refusals.FIELDS,
    **automation_refusals.FIELDS,
    **workflow_refusals.FIELDS,
    **hold_refusals.FIELDS,
    **change_refusals.FIELDS,
    **customer_refusals.FIELDS,
    **quotation_words.FIELDS,
    **task_refusals.FIELDS,
    **steering_refusals.FIELDS,
    **buying_refusals.FIELDS,
    **what_if_refusals.FIELDS,
    **inbox_refusals.FIELDS,
}  # fmt: skip
# A stale version of which it is known who saved what since.
_SAVED_SINCE = n_(
    "{by} saved version {current} meanwhile ({at}); you saw version {given}. Look at what is there, then repeat."
)
# What is wrong with a field; their blanks hold what the core filled in.
FAULTS = (
    n_("is unknown"), n_("is no active user"), n_("is no longer sold"), n_("is no longer in use"),
    n_("is needed, the price list has none"), n_("is needed where no id is given"),
    n_("is needed: the order came from none of ours"), n_("is more than the line is worth"),
    n_("is no type of order in use"), n_("is not an e-mail address"), n_("is not a phone number"),
    n_("is no line of this order"), n_("is no return of this order"), n_("must be at least 0"), n_("must be above 0"),
    n_("must be above 0, with at most three decimals"), n_("must be above 0, with at most two decimals"),
    n_("must be above 0, at most three decimals"), n_("must be money of at least 0 with at most two decimals"),
    n_("must hold at least one line"), n_("must name at least one line"), n_("may hold at most {most} lines"),
    n_("has fewer than {least} characters"), n_("has more than {most} characters"), n_("is the login"),
    n_("is the present one"), n_("is among the first that anybody would try"), n_("is no language"),
    n_("must be text of {least} to {most} characters"), n_("must be text of at most {most} characters"),
    *buying_refusals.FAULTS,
    *people_refusals.FAULTS,
    *automation_refusals.FAULTS,
    *workflow_refusals.FAULTS,
    *hold_refusals.FAULTS,
    *customer_refusals.FAULTS,
    *quotation_words.FAULTS,
    *task_refusals.FAULTS,
    *change_refusals.FAULTS,
    *inbox_refusals.FAULTS,
    *steering_refusals.FAULTS,
)  # fmt: skip
NEEDS = {
    "something open to ship": n_("something open to ship"), "payment": n_("payment in full"),
    "address": n_("a delivery address"), "phone": n_("the customer's phone"), "manager": n_("an owner"),
    "tracking": n_("a tracking number"), "comment": n_("a comment"),
}  # fmt: skip
_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
_STOCK, _SHIPMENT = re.compile(r"stock for (\d+) lines?"), re.compile(r"shipment of (\d+) lines?")
_HOLD, _PREPAYMENT = "hold: ", "prepayment:"


def say(refusal: OmsError, translations: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Say why it was refused, safe to show as Markdown; an unknown code is told as the core worded it.

    ``translations`` are those of rules by their messages, as ``say_broken`` takes them.
    """
    if refusal.code == REFUSED:
        return say_broken(broken_messages(refusal), translations)
    sentence = _SAVED_SINCE if refusal.rows and "by" in refusal.rows[0] else SENTENCES.get(refusal.code)
    try:
        return _(sentence).format(**_blanks(refusal)) if sentence else display.plain(str(refusal))
    except KeyError:  # a guard of the database knows no rows to fill the blanks from
        return display.plain(str(refusal))


def broken_messages(refusal: OmsError) -> list[str]:
    """The messages of the rules that refused; none where something else did."""
    return [str(row["message"]) for row in refusal.rows] if refusal.code == REFUSED else []


def say_broken(messages: Sequence[str], translations: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Say in the words of rules what they do not let pass or warn of.

    A rule says it in its own translation (``translations`` by messages), one of the library in every language.
    """
    known = translations or {}
    return " ".join(display.plain(said(message, known.get(message), "message")) for message in messages)


def say_rows(refusal: OmsError) -> list[str]:
    """Say each row at fault that there is something to say about; rules have told theirs already."""
    if refusal.code == REFUSED:
        return []
    return [said for row in refusal.rows if (said := _row(row))]


def say_fault(message: str) -> str:
    """Say what is wrong with a field; what is not known stays as it is."""
    for template, pattern in _patterns().items():
        if found := pattern.fullmatch(message):
            return _(template).format(**found.groupdict())
    return display.plain(message)


def say_need(need: str) -> str:
    """Say one thing that an order lacks to go on."""
    if found := _STOCK.fullmatch(need):
        count = int(found[1])
        return ngettext("stock for {count} line", "stock for {count} lines", count).format(count=count)
    if found := _SHIPMENT.fullmatch(need):
        count = int(found[1])
        return ngettext("shipment of {count} line", "shipment of {count} lines", count).format(count=count)
    if need.startswith(_HOLD):
        return _("the end of a hold ({cause})").format(cause=display.plain(need.removeprefix(_HOLD)))
    if need.startswith(_PREPAYMENT):
        return _("prepayment of {percent} %").format(percent=display.plain(need.removeprefix(_PREPAYMENT)))
    return _(NEEDS[need]) if need in NEEDS else display.plain(need)


def _blanks(refusal: OmsError) -> dict[str, str]:
    row: Mapping[str, Any] = refusal.rows[0] if refusal.rows else {}
    blanks = {name: display.plain(str(value)) for name, value in row.items() if value is not None}
    if {"from", "to", "status"} & row.keys():
        names = {status.code: said(status.name, status.translations) for status in reads.statuses()}
        blanks |= {name: names[row[name]] for name in ("from", "to", "status") if row.get(name) in names}
    if "at" in row:
        blanks["at"] = display.moment(datetime.fromisoformat(row["at"]))
    if "day" in row:
        blanks["day"] = display.day(date.fromisoformat(row["day"]))
    if "left" in row:
        blanks["left"] = _number(row["left"])
    if "needs" in row:
        blanks["needs"] = ", ".join(say_need(one["needs"]) for one in refusal.rows)
    return blanks


def _row(row: Mapping[str, Any]) -> str:
    if "message" in row:
        value = f" **{display.plain(str(row['value']))}**" if row.get("value") else ""
        return f"{_field(str(row.get('field', '')))}{value} — {say_fault(row['message'])}"
    left = next((row[name] for name in ("available", "open", "ready", "returnable") if name in row), None)
    wanted = row.get("requested", row.get("quantity"))
    if left is None or not {"sku", "position"} & row.keys():
        return ""
    what = display.plain(row["sku"]) if "sku" in row else _("Row {number}").format(number=row["position"])
    if wanted is None:
        return _("{what}: {left} free").format(what=what, left=_number(left))
    return _("{what}: {left} of {wanted}").format(what=what, left=_number(left), wanted=_number(wanted))


def _field(path: str) -> str:
    """A field in the words of its form; of a line with its row."""
    if found := _LINE.fullmatch(path):
        return _("Row {number}").format(number=int(found[1]) + 1) + f" · {_field(found[2])}"
    name = path.removeprefix("customer.")
    return _(FIELDS[name]) if name in FIELDS else display.plain(path)


def _number(value: object) -> str:
    try:
        return display.quantity(Decimal(str(value)))
    except InvalidOperation:
        return display.plain(str(value))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    blank = re.compile(r"\\\{(\w+)\\\}")
    return {template: re.compile(blank.sub(r"(?P<\1>.+)", re.escape(template))) for template in FAULTS}
