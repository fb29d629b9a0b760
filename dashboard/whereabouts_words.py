"""Where is it, why late, what next: one sentence at the top of the card, each part leading to the entry it rests on."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import display
from dashboard.hold_words import REMEDIES, cause_words, kind_name
from dashboard.risk_words import raised_words
from dashboard.translation import _, n_
from dashboard.words import person_name, said
from dashboard.workflow_words import reason_label, return_reason
from oms_core.orders.card_views import OrderCard
from oms_core.orders.whereabouts import Part, Whereabouts, where_is

_PLAIN = {
    "preorder": n_("A pre-order, not placed yet"),
    "awaits_confirmation": n_("Waits for confirmation since {since}"),
    "confirmed": n_("Confirmed {since}, work has not begun"),
    "awaits_supply": n_("Waits for supply since {since}"),
    "being_picked": n_("Is being picked since {since}"),
    "packed": n_("Packed, waits for the carrier since {since}"),
    "partly_shipped": n_("Partly shipped: {shipped} of {quantity}"),
    "on_its_way": n_("On its way since {since}"),
    "delivered": n_("Delivered {at}"),
    "returned": n_("Everything came back {at}"),
    "partly_returned": n_("Delivered, a part came back {at}"),
    "cancelled": n_("Cancelled {at}"),
    "in_time": n_("in time: promised by {promised_at}"),
    "was_in_time": n_("in time: it was promised by {promised_at}"),
    "was_late": n_("late by {late}: it was promised by {promised_at}"),
    "promise_passed": n_("late by {late}: it was promised by {promised_at}"),
    "late_underway": n_("late by {late}, without news of the carrier for {silent}"),
    "over_limit": n_("too long: {spent} of working time, {limit} are allowed"),
    "goods_expected": n_("goods are missing ({goods}), expected {expected_on}"),
    "goods_unknown": n_("goods are missing ({goods}) and none are on order"),
    "unreserved": n_("not reserved, though there is stock: {goods}"),
    "paid_unreserved": n_("paid, but not reserved, though there is stock: {goods}"),
    "at_risk": n_("at risk of missing {promised_at}: {risk} likely, mostly for {cause}"),
    "at_risk_plainly": n_("at risk of missing {promised_at}: {risk} likely"),
    "owner_gone": n_("its owner {who} has left"),
    "owner_away": n_("its owner {who} is away until {until}"),
    "return_requested": n_("the customer wants to send goods back: {reason}"),
    "return_reason": n_("why: {reason}"),
    "cancel_reason": n_("why: {reason}"),
    "nothing": n_("Nothing is left to do"),
    "refund": n_("Next: give {gross} back"),
    "collect": n_("Next: collect {gross}"),
    "await_return": n_("Next: receive the goods"),
    "reserve": n_("Next: reserve what is free"),
    "goods_arrive": n_("Next: the goods arrive, then they are picked"),
    "buy_goods": n_("Next: order the goods, or agree on something else"),
    "ask_carrier": n_("Next: ask the carrier and tell the customer"),
    "give_away": n_("Next: give the order to somebody who is here"),
    "step": n_("Next: {step}"),
    "others_act": n_("Next: somebody else takes the next step"),
}


def part_words(part: Part) -> str:
    """Say one part, safe to show as Markdown."""
    facts = part.facts
    if part.code == "held":
        hold, word = facts["hold"], _("on hold")
        return f"{word} ({kind_name(hold.kind)}): {cause_words(hold)}"
    if part.code == "remedy":
        words = REMEDIES[facts["remedy"]]
        return _(words)
    code = "owner_gone" if part.code == "owner_away" and facts["until"] is None else part.code
    return _(_PLAIN[code]).format(**{name: _FIGURES.get(name, _plainly)(facts) for name in (*facts, "step")})


def show_whereabouts(card: OrderCard) -> None:
    """Show the sentence; a click on a part goes to its entry in the timeline."""
    told = where_is(card, now=datetime.now(UTC), facts=card.surroundings)
    with st.container(key="whereabouts"):
        st.markdown(sentence(told), width="stretch")


def sentence(told: Whereabouts) -> str:
    """Put the parts together: bold where it is, then why, then what comes next."""
    parts = [f"**{_linked(told.where)}**"]
    parts += [_linked(told.why)] if told.why else []
    onward = f"  \n:material/arrow_forward: {_linked(told.next)}" if told.next else ""
    return " — ".join(parts) + onward


def linked_entries(card: OrderCard) -> frozenset[int]:
    """The entries of the journal that the sentence leads to."""
    told = where_is(card, now=datetime.now(UTC), facts=card.surroundings)
    return frozenset(part.sequence for part in (told.where, told.why, told.next) if part and part.sequence)


def anchor(sequence: int) -> str:
    """The name of an entry's place on the page."""
    return f"entry-{sequence}"


def _linked(part: Part) -> str:
    words = part_words(part)
    return words if part.sequence is None else f"[{words}](#{anchor(part.sequence)})"


def _plainly(_facts: Mapping[str, Any]) -> str:
    return ""


def _goods(facts: Mapping[str, Any]) -> str:
    shown = facts["goods"][:3]
    told = ", ".join(f"{display.quantity(quantity)} × {display.plain(sku)}" for sku, quantity in shown)
    return told + (" …" if len(facts["goods"]) > len(shown) else "")


def _step(facts: Mapping[str, Any]) -> str:
    return display.plain(said(facts["label"], facts["translations"], "label")) if "translations" in facts else ""


def _reason(facts: Mapping[str, Any]) -> str:
    code = facts["reason"]
    return display.plain(reason_label(code, facts["label"]) if "label" in facts else return_reason(code))


def _moment(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda facts: display.moment(facts[name])


def _length(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda facts: display.duration(facts[name])


_FIGURES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    **{name: _moment(name) for name in ("since", "at", "promised_at")},
    **{name: _length(name) for name in ("late", "silent", "spent", "limit")},
    "expected_on": lambda facts: display.day(facts["expected_on"]),
    "until": lambda facts: display.day(facts["until"]),
    "who": lambda facts: display.plain(person_name(facts["who"] or "")),
    "shipped": lambda facts: display.quantity(facts["shipped"]),
    "quantity": lambda facts: display.quantity(facts["quantity"]),
    "gross": lambda facts: display.money(facts["gross"], facts["currency"]),
    "goods": _goods,
    "risk": lambda facts: f"{facts['risk']:.0%}",
    "cause": lambda facts: raised_words(facts["cause"] or ""),
    "reason": _reason,
    "step": _step,
}
