"""Events that a rule may listen to: what the journal tells of an order, and what the clock does. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from oms_core.journal import Journalled


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event; ``change`` is the kind of change that conditions see, ``is_of_time`` says the clock tells it."""

    code: str
    change: str
    is_of_time: bool = False


_KINDS = (
    EventKind("order.placed", "place"),
    EventKind("order.status_changed", "move"),
    EventKind("order.reserved", "change"),
    EventKind("order.assigned", "assign"),
    EventKind("order.commented", "comment"),
    EventKind("order.tagged", "change"),
    EventKind("order.untagged", "change"),
    EventKind("order.prioritised", "change"),
    EventKind("order.changed", "change"),
    EventKind("hold.opened", "hold"),
    EventKind("hold.closed", "release"),
    EventKind("payment.received", "pay"),
    EventKind("payment.refunded", "refund"),
    EventKind("order.shipped", "ship"),
    EventKind("order.delivered", "deliver"),
    EventKind("approval.asked", "change"),
    EventKind("approval.approved", "change"),
    EventKind("approval.refused", "change"),
    EventKind("reservation.expired", "change"),
    EventKind("rule.warned", "change"),
    EventKind("return.received", "return"),
    EventKind("line.cancelled", "cancel"),
    EventKind("order.cancelled", "cancel"),
    EventKind("task.added", "change"),
    EventKind("task.finished", "change"),
    EventKind("task.closed", "change"),
    EventKind("message.drafted", "change"),
    EventKind("message.sent", "change"),
    EventKind("message.failed", "change"),
    EventKind("contact.attempted", "change"),
    EventKind("status.overdue", "change", is_of_time=True),
    EventKind("order.silent", "change", is_of_time=True),
    EventKind("promise.near", "change", is_of_time=True),
)
EVENTS: Mapping[str, EventKind] = {kind.code: kind for kind in _KINDS}

# What of an event's payload conditions may ask for, under the name it has in the vocabulary.
_TOLD = {
    "reason": "reason", "note": "text", "text": "text", "kind": "hold", "method": "method", "gross": "value",
    "carrier": "carrier", "tracking": "tracking", "days": "days", "outcome": "outcome", "direction": "direction",
    "misses": "misses",
}  # fmt: skip
_NUMBERS = {"value", "days", "misses"}


def told_of(event: Journalled) -> dict[str, object]:
    """Return what conditions see of the change: the fields of ``change`` that the event itself can fill."""
    told: dict[str, object] = {
        "kind": EVENTS[event.kind].change,
        "from": event.from_status or "",
        "to": event.to_status or "",
    }
    for name, value in (event.payload or {}).items():
        if name in _TOLD and value is not None and not (name == "kind" and not event.kind.startswith("hold.")):
            field = _TOLD[name]
            told[field] = float(value) if field in _NUMBERS else str(value)
    if event.kind == "order.assigned":
        told["manager"] = (event.payload or {}).get("to") or ""
    return told
