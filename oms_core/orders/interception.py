"""Interception: the customer wants out, so picking and shipping stop at once; what has left is called back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.journal import Entry, record
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.models import Order, OrderHold, OrderLine
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, enter_status, status_of
from oms_core.orders.work import follow_stage
from oms_core.workflow.models import Group, Status

HOLD_KIND, HOLD_REFERENCE = "manual", "cancellation_request"
_LONGEST_NOTE = 400
_AT_WORK, _BEFORE_WORK = (Group.PICK, Group.SHIP), (Group.CONFIRM, Group.SUPPLY, Group.NEW)


@dataclass(frozen=True, slots=True)
class Intercepted:
    """The order after the request: whether what is open of it stands still, and whether goods are called back."""

    state: OrderState
    is_frozen: bool
    is_recalled: bool


@requires(Permission.ORDER_CANCEL)
def request_cancellation(
    session: Session, *, actor: Actor, now: datetime, number: str, note: str = "", version: int | None = None
) -> Intercepted:
    """Stop an order that its customer no longer wants, or wants the money back for, until it is decided on.

    What is open comes back from picking and packing and is put on hold; for what has been handed over and did not come
    back a recall is asked for, which becomes a task. Raises ``Conflict`` (``nothing_to_intercept``) where nothing is
    open and nothing is with the customer, or as it is asked for already.
    """
    order = lock_order(session, number, version=version)
    if len(note) > _LONGEST_NOTE or "\0" in note:
        message = f"must be text of at most {_LONGEST_NOTE} characters"
        raise Invalid("This note cannot be kept.", code="invalid_note", rows=[{"field": "note", "message": message}])
    lines, before = lines_of(session, order), order.status
    is_frozen = freeze(session, order, lines, note=note, actor=actor, now=now)
    is_recalled = call_back(session, order, lines, note=note, actor=actor, now=now)
    if not (is_frozen or is_recalled):
        rows = [{"number": number, "status": order.status}]
        raise Conflict(f"Nothing of order {number} is left to stop.", code="nothing_to_intercept", rows=rows)
    change = Change("hold", from_status=before, hold=HOLD_KIND, text=note)
    return Intercepted(checked(session, order, change, actor=actor, now=now), is_frozen, is_recalled)


def intercept_refund(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Stop a locked order whose customer gets all of the money back: its work, and the goods on their way."""
    group, lines = status_of(session, order.status).group, lines_of(session, order)
    if group in _AT_WORK:
        freeze(session, order, lines, note="", actor=actor, now=now)
    if group in (*_AT_WORK, Group.DELIVER):
        call_back(session, order, lines, note="", actor=actor, now=now)


def freeze(
    session: Session, order: Order, lines: Sequence[OrderLine], *, note: str, actor: Actor, now: datetime
) -> bool:
    """Take a locked order with something open out of the warehouses' hands and hold it; False where it is so already.

    The place of its work is the status before picking: a hold in picking or packing would be no hold.
    """
    group = status_of(session, order.status).group
    if all(line.quantity_open == 0 for line in lines) or group not in (*_AT_WORK, *_BEFORE_WORK):
        return False
    known = select(OrderHold.id).where(
        OrderHold.order_id == order.id, OrderHold.kind == HOLD_KIND, OrderHold.reference == HOLD_REFERENCE,
        OrderHold.closed_at.is_(None),
    )  # fmt: skip
    if session.scalar(known) is not None:
        return False
    if group in _AT_WORK:
        back = _status_before_work(session)
        follow_stage(session, order, back.group, now=now)
        enter_status(session, order, back, actor=actor, now=now)
    cause = f"Cancellation requested: {note}" if note else "Cancellation requested"
    hold = {"kind": HOLD_KIND, "reference": HOLD_REFERENCE, "cause": cause}
    session.add(OrderHold(order_id=order.id, opened_at=now, **hold))
    record(session, [Entry(order.id, "hold.opened", now, payload=hold)], actor_id=actor.id)
    return True


def call_back(
    session: Session, order: Order, lines: Sequence[OrderLine], *, note: str, actor: Actor, now: datetime
) -> bool:
    """Ask for the recall of what was handed over and did not come back; False where there is no such thing."""
    away = {line.position: line.quantity_shipped - line.quantity_returned for line in lines}
    told = [{"position": position, "quantity": str(quantity)} for position, quantity in away.items() if quantity > 0]
    if sum(away.values(), Decimal(0)) == 0:
        return False
    record(
        session, [Entry(order.id, "recall.asked", now, payload={"lines": told, "text": note})], actor_id=actor.id
    )  # fmt: skip
    return True


def _status_before_work(session: Session) -> Status:
    """Where an order waits that may be worked on: the confirmed one, else the nearest in use before it."""
    used = select(Status).where(Status.group.in_(_BEFORE_WORK), ~Status.is_retired)
    found = session.scalars(used.order_by(Status.position, Status.code)).all()
    return min(found, key=lambda status: _BEFORE_WORK.index(status.group))
