"""Orders of the past: their journal told again, act by act, with where each order stood after every one. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# What an event means as a change; what is not here is told beside the order and changes nothing of it.
_CHANGE_OF = {
    "order.placed": "place", "order.imported": "place", "order.status_changed": "move", "order.assigned": "assign",
    "order.commented": "comment", "hold.opened": "hold", "hold.closed": "release", "payment.received": "pay",
    "payment.refunded": "refund", "return.received": "return", "order.shipped": "ship", "order.delivered": "deliver",
    "order.cancelled": "cancel", "line.cancelled": "cancel", "order.tagged": "change", "order.untagged": "change",
    "order.prioritised": "change", "order.changed": "change",
}  # fmt: skip
# An act of several events, by the kind it begins with: what else belongs to it, told at the same moment.
_TOLD_WITH = {
    "order.placed": {"order.reserved"},
    "order.imported": {"order.reserved"},
    "order.shipped": {"order.status_changed"},
    "order.status_changed": {"order.delivered"},
    "line.cancelled": {"line.cancelled", "hold.closed", "order.cancelled", "order.status_changed"},
    "order.cancelled": {"hold.closed", "order.status_changed"},
}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the journal; ``actor_id`` and ``manager`` are of the moment, ``rule`` (``code@version``) acted."""

    order_id: int
    kind: str
    at: datetime
    from_status: str | None
    to_status: str | None
    actor_id: int
    manager: str | None
    payload: Mapping[str, Any]
    rule: str | None = None


@dataclass(slots=True)
class PastLine:
    """A line as ordered, and what had become of it; ``covered`` is what was ever reserved for it."""

    position: int
    quantity: float
    is_direct: bool
    facts: Mapping[str, Any]
    shipped: float = 0.0
    cancelled: float = 0.0
    returned: float = 0.0
    covered: float = 0.0

    @property
    def open(self) -> float:
        """What was neither handed over nor cancelled."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def reserved(self) -> float:
        """What lay reserved for it: a cancellation gives up first what waits for stock."""
        return 0.0 if self.is_direct else max(0.0, min(self.open, self.covered - self.shipped))


@dataclass(slots=True)
class PastOrder:
    """An order as it stood after the acts told so far; ``facts`` are what never changes about it."""

    id: int
    number: str
    facts: Mapping[str, Any]
    lines: dict[int, PastLine]
    status: str = ""
    manager: str | None = None
    paid: float = 0.0
    refunded: float = 0.0
    payments: list[tuple[datetime, str]] = field(default_factory=list)
    holds: dict[tuple[str, str], None] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    priority: int = 0
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(slots=True)
class Act:
    """One change of an order and what its events tell of it.

    ``kinds`` are what it may have been: the journal tells a delivery alike whether it was moved or delivered. The
    empty one is no change that a person makes, an automation rule may listen to it all the same.
    """

    kinds: tuple[str, ...]
    at: datetime
    actor_id: int
    events: list[Event]
    from_status: str = ""
    to_status: str = ""
    quantity: float = 0.0
    value: float = 0.0
    told: dict[str, Any] = field(default_factory=dict)


def tell_act(order: PastOrder, together: list[Event]) -> Act:
    """Tell the events of one act; ``order`` stands afterwards as it stood when that was done."""
    act = Act(_kinds_of(together), together[0].at, together[0].actor_id, together, from_status=order.status)
    for event in together:
        order.manager = event.manager
        _tell(order, act, event)
    act.to_status = order.status if act.from_status != order.status else ""
    return act


def parted(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Part the journal into acts: runs of events that one use case told at one moment."""
    act: list[Event] = []
    for event in events:
        if act and event.at == act[0].at and event.kind in _TOLD_WITH.get(act[0].kind, ()) and _may_join(act, event):
            act.append(event)
        else:
            if act:
                yield act
            act = [event]
    if act:
        yield act


def _may_join(act: Sequence[Event], event: Event) -> bool:
    """An act ends with the status it leads to; only the word that it arrived follows that."""
    if act[0].kind == "order.status_changed":
        return len(act) == 1
    return act[-1].kind != "order.status_changed" and not (
        event.kind == "order.reserved" and len(act) > 1  # a later delivery of goods, in the same second
    )


def _kinds_of(events: Sequence[Event]) -> tuple[str, ...]:
    first, last = events[0], events[-1]
    if first.kind == "order.status_changed" and last.kind == "order.delivered":
        return ("move", "deliver")
    if first.kind == "order.status_changed" and last.to_status == "cancelled":
        return ("cancel",)
    if first.kind == "order.shipped" and last.to_status:
        named = first.payload.get("carrier") or first.payload.get("tracking")  # a move names neither
        return ("ship",) if named else ("move", "ship")
    return (_CHANGE_OF.get(first.kind, ""),)


def _tell(order: PastOrder, act: Act, event: Event) -> None:
    if event.to_status:
        order.status = event.to_status
    if event.kind == "order.delivered":
        order.delivered_at = event.at
    elif event.kind in _TELLERS:
        _TELLERS[event.kind](order, act, event, event.payload)


def _reserved(order: PastOrder, _act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    for row in told.get("lines", ()):
        if line := order.lines.get(row["position"]):
            line.covered += float(row["quantity"])
            order.places.add(row.get("warehouse", ""))


def _shipped(order: PastOrder, act: Act, event: Event, told: Mapping[str, Any]) -> None:
    act.told |= {"carrier": told.get("carrier") or "", "tracking": told.get("tracking") or ""}
    for line, quantity in _quantities(order, told):
        line.shipped += quantity
        act.quantity += quantity
    order.shipped_at = event.at


def _line_cancelled(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    act.told |= {"reason": told.get("reason") or "", "text": told.get("note") or ""}
    if line := order.lines.get(told.get("position", 0)):
        quantity = float(told["quantity"])
        line.cancelled += quantity
        act.quantity += quantity
        act.value += float(line.facts["gross"]) * quantity / line.quantity


def _cancelled(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    act.told |= {"reason": told.get("reason") or act.told.get("reason", ""), "text": told.get("note") or ""}
    for line in order.lines.values():  # an imported order tells no lines
        act.quantity += line.open
        line.cancelled += line.open


def _returned(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    act.told |= {"reason": told.get("reason") or ""}
    for line, quantity in _quantities(order, told):
        line.returned += quantity
        act.quantity += quantity
        act.value += float(line.facts["gross"]) * quantity / line.quantity


def _paid(order: PastOrder, act: Act, event: Event, told: Mapping[str, Any]) -> None:
    act.value, method = float(told.get("gross") or 0), told.get("method") or ""
    act.told |= {"method": method}
    order.paid += act.value
    order.payments.append((event.at, method))


def _refunded(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    act.value = float(told.get("gross") or 0)
    order.refunded += act.value


def _held(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    act.told |= {"hold": told.get("kind") or "", "text": told.get("cause") or ""}
    order.holds[told.get("kind") or "", told.get("reference") or ""] = None


def _released(order: PastOrder, act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    if act.kinds == ("release",):
        act.told |= {"hold": told.get("kind") or "", "text": told.get("cause") or ""}
    order.holds.pop((told.get("kind") or "", told.get("reference") or ""), None)


def _said(_order: PastOrder, act: Act, event: Event, told: Mapping[str, Any]) -> None:
    """To whom an order was given, or what was said about it."""
    name, given = ("manager", "to") if event.kind == "order.assigned" else ("text", "text")
    act.told |= {name: told.get(given) or ""}


def _tagged(order: PastOrder, _act: Act, event: Event, told: Mapping[str, Any]) -> None:
    (order.tags.add if event.kind == "order.tagged" else order.tags.discard)(told["tag"])


def _prioritised(order: PastOrder, _act: Act, _event: Event, told: Mapping[str, Any]) -> None:
    order.priority = told["priority"]


_TELLERS = {
    "order.reserved": _reserved, "order.shipped": _shipped,
    "line.cancelled": _line_cancelled, "order.cancelled": _cancelled, "return.received": _returned,
    "payment.received": _paid, "payment.refunded": _refunded, "hold.opened": _held, "hold.closed": _released,
    "order.assigned": _said, "order.commented": _said,
    "order.tagged": _tagged, "order.untagged": _tagged, "order.prioritised": _prioritised,
}  # fmt: skip


def _quantities(order: PastOrder, told: Mapping[str, Any]) -> list[tuple[PastLine, float]]:
    """How much of which line; a journal that names none means all that is open."""
    if "lines" not in told:
        return [(line, line.open) for line in order.lines.values() if line.open > 0]
    rows = [(order.lines.get(row["position"]), float(row["quantity"])) for row in told["lines"]]
    return [(line, quantity) for line, quantity in rows if line is not None]
