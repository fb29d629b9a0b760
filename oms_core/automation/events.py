"""Events that a rule may listen to: what the journal tells of an order, and what the clock does. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from oms_core.journal import Journalled


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event; ``change`` is the kind of change that conditions see, ``is_of_time`` says the clock tells it."""

    code: str
    title: str
    change: str
    is_of_time: bool = False


_KINDS = (
    EventKind("order.placed", "Order placed", "place"),
    EventKind("order.status_changed", "Status changed", "move"),
    EventKind("order.reserved", "Stock reserved", "change"),
    EventKind("order.assigned", "Manager changed", "assign"),
    EventKind("order.commented", "Comment added", "comment"),
    EventKind("order.tagged", "Tag added", "change"),
    EventKind("order.untagged", "Tag removed", "change"),
    EventKind("order.prioritised", "Priority changed", "change"),
    EventKind("hold.opened", "Hold opened", "hold"),
    EventKind("hold.closed", "Hold lifted", "release"),
    EventKind("payment.received", "Payment received", "pay"),
    EventKind("payment.refunded", "Payment refunded", "refund"),
    EventKind("order.shipped", "Goods shipped", "ship"),
    EventKind("order.delivered", "Order delivered", "deliver"),
    EventKind("return.received", "Return received", "return"),
    EventKind("line.cancelled", "Lines cancelled", "cancel"),
    EventKind("order.cancelled", "Order cancelled", "cancel"),
    EventKind("task.added", "Task added", "change"),
    EventKind("task.finished", "Task done", "change"),
    EventKind("message.drafted", "Message drafted", "change"),
    EventKind("status.overdue", "Longer in its status than allowed", "change", is_of_time=True),
    EventKind("order.silent", "Nothing happened for days", "change", is_of_time=True),
    EventKind("promise.near", "Promised date within a day", "change", is_of_time=True),
)
EVENTS: Mapping[str, EventKind] = {kind.code: kind for kind in _KINDS}

# What of an event's payload conditions may ask for, under the name it has in the vocabulary.
_TOLD = {
    "reason": "reason", "note": "text", "text": "text", "kind": "hold", "method": "method", "gross": "value",
    "carrier": "carrier", "tracking": "tracking", "days": "days",
}  # fmt: skip
_NUMBERS = {"value", "days"}


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
