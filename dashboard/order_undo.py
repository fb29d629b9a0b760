"""Undo instead of "are you sure": what you did last to an order is taken back in one click, where that is safe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import automation_actions, order_actions, order_change_actions
from dashboard.identity import acting, may
from dashboard.translation import _
from dashboard.words import event_icon, event_words
from dashboard.workflow_words import status_names
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import EventView, OrderCard
from oms_core.orders.hold_rules import Remedy

OFFERED_FOR = timedelta(minutes=10)
# What follows by itself from what somebody did: it does not stand between that and its undoing.
_FOLLOWS = {
    "order.reserved", "delivery.chosen", "rule.warned", "task.added", "task.closed", "message.drafted",
    "approval.asked", "approval.withdrawn",
}  # fmt: skip


@dataclass(frozen=True)
class Undo:
    """A way back: what is undone, and by what."""

    event: EventView
    needs: Permission
    act: Callable[..., Any]
    facts: tuple[Any, ...]


def show_undo(card: OrderCard) -> None:
    """Offer the way back from what this person did last, if it is recent and still theirs to take back."""
    back = way_back(card, login=acting().login, now=datetime.now(UTC))
    if back is None or not may(back.needs):
        return
    strip = st.container(horizontal=True, vertical_alignment="center", key="order-undo")
    strip.markdown(f":gray[{event_icon(back.event.kind)} {_done_words(back.event)}]", width="content")
    strip.button(_("Undo"), key="undo", icon=":material/undo:", type="tertiary", on_click=back.act, args=back.facts)


def way_back(card: OrderCard, *, login: str, now: datetime) -> Undo | None:
    """Find what of the newest entries of the journal can be taken back by whoever made it."""
    event = next((one for one in reversed(card.events) if one.kind not in _FOLLOWS), None)
    if event is None or event.actor != login or event.rule or now - event.occurred_at > OFFERED_FOR:
        return None
    if event.kind == "order.status_changed":
        return _step_back(card, event)
    if event.kind == "hold.opened" and not any(hold.remedy is Remedy.LIFT for hold in card.holds):
        return None
    build = _WAYS.get(event.kind)
    return build(card, event, event.payload or {}) if build is not None else None


_Way = Callable[[OrderCard, EventView, Mapping[str, Any]], Undo]
_CHANGE, _ASSIGN, _HOLD = Permission.ORDER_CHANGE, Permission.ORDER_ASSIGN, Permission.ORDER_HOLD
_WAYS: Mapping[str, _Way] = {
    "order.changed": lambda card, event, _told: Undo(
        event, _CHANGE, order_change_actions.undo, (card.number, card.version)
    ),
    "order.assigned": lambda card, event, told: Undo(
        event, _ASSIGN, order_actions.assign, (card.number, told.get("from"), card.version)
    ),
    "order.tagged": lambda card, event, told: Undo(
        event, _CHANGE, automation_actions.untag, (card.number, told["tag"])
    ),
    "order.untagged": lambda card, event, told: Undo(
        event, _CHANGE, order_change_actions.tag_again, (card.number, told["tag"])
    ),
    "order.prioritised": lambda card, event, told: Undo(
        event, _CHANGE, automation_actions.prioritise, (card.number, told["before"])
    ),
    "hold.opened": lambda card, event, told: Undo(
        event, _HOLD, order_actions.lift_hold, (card.number, told["kind"], told["reference"], card.version)
    ),
}


def _step_back(card: OrderCard, event: EventView) -> Undo | None:
    """A step back where the table of transitions has one for this person, and nothing stands against it."""
    before = event.from_status or ""
    if event.to_status != card.status or not any(move.to == before and not move.needs for move in card.next):
        return None
    facts = (card.number, before, card.version, status_names().get(before, before))
    return Undo(event, Permission.ORDER_MOVE, order_actions.advance, facts)


def _done_words(event: EventView) -> str:
    if event.kind == "order.status_changed":
        names = status_names()
        return " → ".join(names.get(code or "", code or "") for code in (event.from_status, event.to_status))
    return event_words(event.kind).format(who=(event.payload or {}).get("to") or _("nobody"))
