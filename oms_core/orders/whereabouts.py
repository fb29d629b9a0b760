"""Where an order is, why it waits or is late, what comes next: each with the entry of the journal it rests on. Pure.

Words are the screens' affair: a part is a code with its figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.orders.card_views import HoldView, OrderCard
from oms_core.orders.surroundings import Surroundings
from oms_core.orders.views import AT_RISK
from oms_core.workflow.business_time import business_seconds
from oms_core.workflow.models import CLOSED_GROUPS, Group

UNDELIVERED = (Group.NEW, Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP)
_PLACES = {
    Group.PREORDER: "preorder", Group.NEW: "awaits_confirmation", Group.CONFIRM: "confirmed",
    Group.SUPPLY: "awaits_supply", Group.PICK: "being_picked", Group.SHIP: "packed", Group.DELIVER: "on_its_way",
    Group.DONE: "delivered", Group.CANCELLED: "cancelled",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sentence; ``sequence`` is the entry it rests on, None where that is not among the newest."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The sentence: ``why`` is None where nothing is to be explained."""

    where: Part
    why: Part | None
    next: Part | None


def where_is(card: OrderCard, *, now: datetime, facts: Surroundings) -> Whereabouts:
    """Say where the order is, why, and what comes next."""
    journal = _Journal(card)
    if card.status_group is Group.CANCELLED:
        return _cancelled(card, journal)
    if card.status_group is Group.DONE:
        return _done(card, journal)
    here = _here(card, journal)
    for obstacle in (_held, _short, _late_underway, _ownerless, _overstaying, _overdue, _at_risk):
        found = obstacle(card, journal, now, facts)
        if found is not None:
            why, onward = found
            return Whereabouts(here, why, onward or _onward(card))
    in_time = None if card.promised_at is None else Part("in_time", {"promised_at": card.promised_at}, journal.promise)
    return Whereabouts(here, in_time, _onward(card))


class _Journal:
    """Finds the newest entry that a part rests on."""

    def __init__(self, card: OrderCard) -> None:
        self._events, self._status = card.events, card.status

    def last(self, *kinds: str, **payload: object) -> int | None:
        for event in reversed(self._events):
            if event.kind in kinds and all((event.payload or {}).get(name) == is_ for name, is_ in payload.items()):
                return event.sequence
        return None

    @property
    def arrival(self) -> int | None:
        """When it came to the status it is in."""
        for event in reversed(self._events):
            if event.to_status == self._status:
                return event.sequence
        return self.beginning

    @property
    def beginning(self) -> int | None:
        return self.last("order.placed", "order.imported")

    @property
    def promise(self) -> int | None:
        return self.last("order.promised", "delivery.chosen") or self.beginning


def _cancelled(card: OrderCard, journal: _Journal) -> Whereabouts:
    entry = journal.last("order.cancelled") or journal.arrival
    where = Part("cancelled", {"at": card.closed_at}, entry)
    rows = card.cancellations
    told = max(rows, key=lambda row: row.gross) if rows else None
    why = None
    if told is not None:
        why = Part("cancel_reason", {"reason": told.reason, "label": told.reason_label, "note": told.note}, entry)
    owed = card.totals.paid - card.totals.refunded
    onward = Part("refund", {"gross": owed, "currency": card.currency}, journal.last("payment.received"))
    return Whereabouts(where, why, onward if owed > 0 else Part("nothing"))


def _done(card: OrderCard, journal: _Journal) -> Whereabouts:
    entry = journal.last("order.delivered") or journal.arrival
    where = Part("delivered", {"at": card.closed_at}, entry)
    open_return = next((back for back in card.returns if back.received_at is None), None)
    if open_return is not None:
        asked = journal.last("return.requested", **{"return": open_return.number})
        why = Part("return_requested", {"return": open_return.number, "reason": open_return.reason}, asked)
        return Whereabouts(where, why, Part("await_return"))
    if card.returns:
        back = card.returns[-1]
        came = journal.last("return.received")
        is_whole = all(line.returned >= line.shipped for line in card.lines)
        where = Part("returned" if is_whole else "partly_returned", {"at": back.received_at}, came)
        return Whereabouts(where, Part("return_reason", {"reason": back.reason}, came), _owed(card))
    return Whereabouts(where, _kept_word(card, journal), _owed(card))


def _kept_word(card: OrderCard, journal: _Journal) -> Part | None:
    """Whether it came in time, by what was promised first."""
    promised, at = card.first_promised_at or card.promised_at, card.closed_at
    if promised is None or at is None:
        return None
    code = "was_late" if at > promised else "was_in_time"
    return Part(code, {"promised_at": promised, "late": max(at - promised, at - at)}, journal.promise)


def _owed(card: OrderCard) -> Part:
    """What is still to be settled of an order that was delivered."""
    if card.totals.due > 0 and not card.returns:
        return Part("collect", {"gross": card.totals.due, "currency": card.currency})
    return Part("nothing")


def _here(card: OrderCard, journal: _Journal) -> Part:
    stay = next((stay for stay in reversed(card.stays) if stay.left_at is None), None)
    facts: dict[str, Any] = {"since": stay.entered_at if stay else card.placed_at}
    if card.status_group is Group.SHIP and any(line.shipped > 0 for line in card.lines):
        shipped = sum((line.shipped for line in card.lines), Decimal(0))
        wanted = sum((line.quantity - line.cancelled for line in card.lines), Decimal(0))
        return Part("partly_shipped", {"shipped": shipped, "quantity": wanted}, journal.last("order.shipped"))
    if card.status_group is Group.DELIVER and card.shipments:
        last = card.shipments[-1]
        facts = {"since": last.shipped_at, "carrier": last.carrier, "tracking": last.tracking}
        return Part("on_its_way", facts, journal.last("order.shipped") or journal.arrival)
    return Part(_PLACES[card.status_group], facts, journal.arrival)


_Found = tuple[Part, Part | None] | None


def _held(card: OrderCard, journal: _Journal, _now: datetime, _facts: Surroundings) -> _Found:
    if not card.holds:
        return None
    hold: HoldView = card.holds[0]
    entry = journal.last("hold.opened", kind=hold.kind, reference=hold.reference)
    return Part("held", {"hold": hold}, entry), Part("remedy", {"remedy": hold.remedy}, entry)


def _short(card: OrderCard, journal: _Journal, _now: datetime, facts: Surroundings) -> _Found:
    """Goods are missing: free again, on their way, or nobody knows."""
    short = [line for line in card.lines if line.backordered > 0]
    if card.status_group not in UNDELIVERED or not short:
        return None
    told = {"goods": tuple((line.sku, line.backordered) for line in short)}
    if any(place.available > 0 for line in short for place in line.stock):
        is_paid = card.totals.paid > 0 and card.totals.due <= 0
        entry = journal.last("reservation.expired") or (journal.last("payment.received") if is_paid else None)
        why = Part("paid_unreserved" if is_paid else "unreserved", told, entry or journal.beginning)
        return why, Part("reserve")
    entry = journal.last("order.reserved", "reservation.expired", "order.changed") or journal.beginning
    if facts.goods_expected_on is not None:
        day = {"expected_on": facts.goods_expected_on}
        return Part("goods_expected", told | day, entry), Part("goods_arrive", day)
    return Part("goods_unknown", told, entry), Part("buy_goods")


def _late_underway(card: OrderCard, journal: _Journal, now: datetime, _facts: Surroundings) -> _Found:
    if card.status_group is not Group.DELIVER or card.promised_at is None or card.promised_at >= now:
        return None
    newest = max((at for ship in card.shipments for at in (ship.shipped_at, ship.delivered_at) if at), default=now)
    facts = {"late": now - card.promised_at, "silent": now - newest}
    return Part("late_underway", facts, journal.promise), Part("ask_carrier", {}, journal.last("order.shipped"))


def _ownerless(card: OrderCard, journal: _Journal, now: datetime, facts: Surroundings) -> _Found:
    until = facts.owner_away_until(now)
    if card.manager is None or (until is None and facts.owner_is_active):
        return None
    told = {"who": card.manager_name, "until": until}
    return Part("owner_away", told, journal.last("order.assigned") or journal.beginning), Part("give_away")


def _overstaying(card: OrderCard, journal: _Journal, now: datetime, facts: Surroundings) -> _Found:
    """Longer in its status than it should be, by the working hours of its channel."""
    stay = next((stay for stay in reversed(card.stays) if stay.left_at is None), None)
    if facts.limit_minutes is None or stay is None:
        return None
    spent, most = business_seconds(stay.entered_at, now, facts.calendar), facts.limit_minutes * 60
    if spent <= most:
        return None
    entry = journal.last("status.overdue") or journal.arrival
    return Part("over_limit", {"spent": spent, "limit": most}, entry), None


def _overdue(card: OrderCard, journal: _Journal, now: datetime, _facts: Surroundings) -> _Found:
    if card.promised_at is None or card.promised_at >= now:
        return None
    return Part(
        "promise_passed", {"promised_at": card.promised_at, "late": now - card.promised_at}, journal.promise
    ), None


def _at_risk(card: OrderCard, journal: _Journal, now: datetime, facts: Surroundings) -> _Found:
    """Likely to miss its first promise, by what was learnt from others; of one that is due nothing is foretold."""
    promised = card.first_promised_at
    if facts.risk is None or facts.risk < AT_RISK or promised is None or promised < now:
        return None
    told = {"promised_at": promised, "risk": facts.risk, "cause": facts.risk_cause}
    return Part("at_risk" if facts.risk_cause else "at_risk_plainly", told, journal.promise), None


def _onward(card: OrderCard) -> Part | None:
    """The one next step, as its button says it; who may not take it is told that others do."""
    steps = [step for step in card.next if "reason" not in step.needs]
    if steps:
        step = steps[0]
        return Part("step", {"to": step.to, "label": step.label, "translations": step.translations})
    return None if card.status_group in CLOSED_GROUPS else Part("others_act")
