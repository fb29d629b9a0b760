"""Holds: what bars the start of work on an order; the stage beneath survives."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order, OrderHold
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, refuse_outside, status_of
from oms_core.workflow.models import Group
from oms_core.workflow.policy_terms import HoldKind

_BEFORE_WORK = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.SUPPLY)


@requires(Permission.ORDER_HOLD)
def open_hold(
    session: Session, *, actor: Actor, now: datetime, number: str, cause: str, kind: str = "manual",
    reference: str = "", version: int | None = None,
) -> OrderState:  # fmt: skip
    """Put the order on hold: one open hold for each kind and reference.

    Raises ``Conflict`` with the code ``work_has_begun`` once it is picked (take it back first) or ``on_hold`` already.
    """
    order = lock_order(session, number, version=version)
    _refuse_malformed(cause, kind, reference)
    refuse_outside(
        status_of(session, order.status), order, _BEFORE_WORK, code="work_has_begun", message="cannot be held any more"
    )
    if _open_hold(session, order, kind, reference) is not None:
        raise Conflict(f"Order {number} is on hold already.", code="on_hold", rows=[{"kind": kind, "cause": cause}])
    session.add(OrderHold(order_id=order.id, kind=kind, reference=reference, cause=cause, opened_at=now))
    payload = {"kind": kind, "reference": reference, "cause": cause}
    record(session, [Entry(order.id, "hold.opened", now, payload=payload)], actor_id=actor.id)
    return checked(session, order, Change("hold", hold=kind, text=cause), actor=actor, now=now)


@requires(Permission.ORDER_HOLD)
def close_hold(
    session: Session, *, actor: Actor, now: datetime, number: str, kind: str = "manual", reference: str = "",
    version: int | None = None,
) -> OrderState:  # fmt: skip
    """Lift the hold; raises ``NotFound`` when there is none of this kind and reference.

    Raises ``Conflict`` (``hold_stands``) for one that closes by itself once its cause is gone: lifted by hand it would
    only come back, and an approval would be passed by. What a validation rule warned of may be lifted: somebody looked.
    """
    order = lock_order(session, number, version=version)
    hold = _open_hold(session, order, kind, reference)
    if hold is None:
        raise NotFound(f"Order {number} has no such hold.", code="unknown_hold", rows=[{"kind": kind}])
    if hold.details is not None and hold.kind != HoldKind.VALIDATION:
        rows = [{"kind": kind, "cause": hold.cause}]
        raise Conflict(f"This hold of order {number} ends with its cause: {hold.cause}.", code="hold_stands", rows=rows)
    _close(session, order, hold, actor=actor, now=now, is_lifted=True)
    return checked(session, order, Change("release", hold=kind, text=hold.cause), actor=actor, now=now)


def close_all_holds(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Lift every hold of a locked order that ends."""
    query = select(OrderHold).where(OrderHold.order_id == order.id, OrderHold.closed_at.is_(None))
    for hold in session.scalars(query.order_by(OrderHold.id)).all():
        _close(session, order, hold, actor=actor, now=now)


def _close(
    session: Session, order: Order, hold: OrderHold, *, actor: Actor, now: datetime, is_lifted: bool = False
) -> None:
    hold.closed_at = max(now, hold.opened_at)
    payload = {"kind": hold.kind, "reference": hold.reference, "cause": hold.cause, "lifted": is_lifted}
    record(session, [Entry(order.id, "hold.closed", now, payload=payload)], actor_id=actor.id)


def _open_hold(session: Session, order: Order, kind: str, reference: str) -> OrderHold | None:
    query = select(OrderHold).where(
        OrderHold.order_id == order.id,
        OrderHold.kind == kind,
        OrderHold.reference == reference,
        OrderHold.closed_at.is_(None),
    )
    return session.scalars(query).one_or_none()


def _refuse_malformed(cause: str, kind: str, reference: str) -> None:
    limits = (("cause", cause, 1, 500), ("kind", kind, 1, 20), ("reference", reference, 0, 60))
    rows = [
        {"field": field, "value": value[:limit], "message": f"must be text of {least} to {limit} characters"}
        for field, value, least, limit in limits
        if not least <= len(value.strip()) <= limit or "\0" in value
    ]
    if rows:
        raise Invalid("A hold needs a cause.", code="invalid_hold", rows=rows)
