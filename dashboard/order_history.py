"""What stands beside an order's lines: customer, money, delivery, cancellations, and everything that happened."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from dashboard import display, reads
from dashboard.automation_words import library_said
from dashboard.hold_words import recorded_cause
from dashboard.layout import section
from dashboard.task_words import contact_words
from dashboard.translation import _
from dashboard.whereabouts_words import anchor, linked_entries
from dashboard.words import SEEN_METHODS, event_icon, event_words, person_name, said
from dashboard.workflow_words import reason_label, return_reason, status_names
from oms_core.orders.card_views import EventView, OrderCard

SHOWN_EVENTS = 12
WARNED = "rule.warned"
_ON_AN_ENVELOPE = ("text", "street", "postcode", "zip", "city", "state", "region", "country")


def address_words(card: OrderCard) -> str:
    """The address in the order an envelope has it; the database keeps its parts in none."""
    parts = {key: str(part) for key, part in (card.ship_to or {}).items() if part and key != "name"}
    known = [parts.pop(key) for key in _ON_AN_ENVELOPE if key in parts]
    return ", ".join([*known, *parts.values()]) or card.ship_region or ""


def show_money(card: OrderCard) -> None:
    """Show what came in and what went back."""
    with section(_("Payment"), key="order-payment"):
        if not card.money:
            st.caption(_("Nothing was paid yet."))
        _bullets(
            f"{_icon('undo' if entry.kind == 'refund' else 'payments')} "
            f"**{display.money(entry.gross, card.currency)}** · "
            f"{display.plain(_(SEEN_METHODS.get(entry.method, entry.method)))}"
            f"  \n:gray[{display.moment(entry.at)} · {display.plain(entry.actor)}]"
            for entry in card.money
        )


def show_delivery(card: OrderCard) -> None:
    """Show what was handed over and what came back."""
    if not card.shipments and not card.returns:
        return
    from_place = _("from {place}")
    with section(_("Delivery"), key="order-delivery"):
        _bullets(
            f"{_icon('local_shipping')} {from_place.format(place=display.plain(shipment.origin))}"
            f" {display.plain(' '.join((shipment.carrier, shipment.tracking)).strip())}"
            f"  \n:gray[{display.moment(shipment.shipped_at)}"
            + (f" → {display.moment(shipment.delivered_at)}" if shipment.delivered_at else "")
            + "]"
            for shipment in card.shipments
        )
        _bullets(
            f"{_icon('assignment_return')} {display.plain(back.number)} · {display.plain(return_reason(back.reason))}"
            f"  \n:gray[{display.moment(back.received_at)}]"
            for back in card.returns
        )


def show_cancellations(card: OrderCard) -> None:
    """Show what was cancelled, why and by whom."""
    if not card.cancellations:
        return
    skus = {line.position: line.sku for line in card.lines}
    with section(_("Cancelled"), key="order-cancelled"):
        _bullets(
            f"{_icon('cancel')} **{display.plain(reason_label(row.reason, row.reason_label))}**"
            + (f" · {display.quantity(row.quantity)} × {display.plain(skus[row.position])}" if row.position else "")
            + (f"  \n{display.plain(row.note)}" if row.note else "")
            + f"  \n:gray[{display.moment(row.cancelled_at)} · {display.plain(row.actor)}]"
            for row in card.cancellations
        )


def show_timeline(card: OrderCard) -> None:
    """Show what happened, the newest first; long histories fold."""
    names = status_names()
    people = {person.login: person_name(person.name) for person in reads.people()}
    messages = [event.payload["message"] for event in card.events if event.kind == WARNED and event.payload]
    warnings = reads.rule_translations(messages) if messages else {}
    told = [(event.sequence, _told(event, names, people, warnings, card.currency)) for event in reversed(card.events)]
    marked = linked_entries(card)
    with section(_("Timeline"), key="order-timeline"):
        _show_entries(told[:SHOWN_EVENTS], marked)
        if folded := told[SHOWN_EVENTS:]:
            # A browser goes to no place inside what is folded.
            with st.expander(_("Earlier"), expanded=any(sequence in marked for sequence, _words in folded)):
                _show_entries(folded, marked)
                _show_earlier(card, names, people, warnings)


def _show_entries(told: Sequence[tuple[int, str]], marked: Collection[int]) -> None:
    """Show entries as one list, parted where the sentence at the top leads to one."""
    for is_marked, run in groupby(told, key=lambda entry: entry[0] in marked):
        if not is_marked:
            _bullets(words for _sequence, words in run)
            continue
        for sequence, words in run:
            st.html(f'<div id="{anchor(sequence)}" class="entry"></div>')
            _bullets([words])


def _show_earlier(
    card: OrderCard, names: Mapping[str, str], people: Mapping[str, str], warnings: Mapping[str, Mapping[str, Any]]
) -> None:
    """Read what came before the newest entries, a portion at each click."""
    key, before = f"earlier_{card.number}", card.events[0].sequence
    for _portion in range(st.session_state.get(key, 0)):
        events = reads.earlier_events(card.number, before)
        _bullets([_told(event, names, people, warnings, card.currency) for event in reversed(events)])
        before = events[0].sequence if events else 1
    if before > 1:
        st.button(_("Show earlier entries"), key=f"show_{key}", on_click=_one_more, args=(key,))


def _one_more(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 0) + 1


def _told(
    event: EventView, statuses: Mapping[str, str], people: Mapping[str, str],
    warnings: Mapping[str, Mapping[str, Any]], currency: str,
) -> str:  # fmt: skip
    payload = event.payload or {}
    who = people.get(payload.get("to") or "", payload.get("to") or _("nobody"))
    head = f"{event_icon(event.kind)} **{event_words(event.kind).format(who=display.plain(who))}**"
    if event.to_status and event.from_status:
        ends = (statuses.get(code, code) for code in (event.from_status, event.to_status))
        head = f"{event_icon(event.kind)} **{' → '.join(display.plain(end) for end in ends)}**"
    if event.kind == WARNED:
        detail = _warned(payload, warnings)
    else:
        is_return = event.kind.startswith("return.")
        detail = contact_words(payload) or _detail(payload, currency, is_return=is_return)
    by = [display.moment(event.occurred_at), display.plain(person_name(event.actor_name))]
    rule = _(payload["name"]) if event.kind == WARNED and payload.get("name") else event.rule
    by += [_("rule {name}").format(name=display.plain(rule))] if rule else []
    when = f":gray[{' · '.join(by)}]"
    return "  \n".join(part for part in (head, detail, when) if part)


def _warned(payload: Mapping[str, Any], translations: Mapping[str, Mapping[str, Any]]) -> str:
    """What a rule warned of, in the reader's language where the rule or the library has it."""
    message = payload["message"]
    return display.plain(said(message, translations.get(message), "message"))


def _detail(payload: Mapping[str, Any], currency: str, *, is_return: bool) -> str:
    """The one thing of an event's payload that is worth a line."""
    if payload.get("cause"):
        return recorded_cause(payload["cause"])
    policy = _(payload["name"]) if payload.get("policy") else None
    if told := next((payload[name] for name in ("text", "title", "tag") if payload.get(name)), policy):
        return display.plain(library_said(told))
    if payload.get("gross"):
        return f"{display.money(float(payload['gross']), currency)}"
    if payload.get("reason"):
        reason = payload["reason"]
        return display.plain(return_reason(reason) if is_return else reason_label(reason, reason))
    if payload.get("tracking"):
        return display.plain(f"{payload.get('carrier', '')} {payload['tracking']}".strip())
    return ""


def _bullets(entries: Iterable[str]) -> None:
    shown = list(entries)
    if shown:
        st.markdown("\n".join(f"- {entry}".replace("  \n", "  \n  ") for entry in shown))


def _icon(name: str) -> str:
    return f":material/{name}:"
