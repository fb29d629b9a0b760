"""Promises: a new day agreed with the customer, while what was promised first is remembered."""

from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, refuse_outside, status_of
from oms_core.orders.views import OPEN_GROUPS


@requires(Permission.ORDER_CHANGE)
def promise_anew(
    session: Session, *, actor: Actor, now: datetime, number: str, promised_at: datetime, note: str = "",
    version: int | None = None,
) -> OrderState:  # fmt: skip
    """Promise an open order for another moment; ``first_promised_at`` stays, lateness is measured by that.

    Raises ``Conflict`` (``order_closed``), ``Invalid`` for a moment that is past.
    """
    order = lock_order(session, number, version=version)
    refuse_outside(
        status_of(session, order.status), order, OPEN_GROUPS, code="order_closed", message="cannot be promised any more"
    )
    if promised_at <= now:
        row = {"field": "promised_at", "value": promised_at.isoformat(), "message": "must lie ahead"}
        raise Invalid("A promise lies ahead.", code="invalid_promise", rows=[row])
    before = order.promised_at
    order.promised_at = promised_at
    if order.first_promised_at is None:
        order.first_promised_at = promised_at
    payload = {"before": before and before.isoformat(), "promised_at": promised_at.isoformat(), "text": note[:500]}
    record(session, [Entry(order.id, "order.promised", now, payload=payload)], actor_id=actor.id)
    return checked(session, order, Change("change", text=note[:500]), actor=actor, now=now)
