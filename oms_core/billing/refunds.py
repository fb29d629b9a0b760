"""Refunds: money given back, never more than was paid."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.billing.models import Refund
from oms_core.billing.refund_approvals import approvals_for_refund, refuse_refund, use_approvals
from oms_core.errors import Invalid
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import Return
from oms_core.orders.interception import intercept_refund
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState


@dataclass(frozen=True, slots=True)
class Refunded:
    """The order after the refund."""

    state: OrderState
    refund_id: int


@requires(Permission.PAYMENT_REFUND)
def refund_order(
    session: Session, *, actor: Actor, now: datetime, number: str, gross: Decimal, return_number: str | None = None,
    version: int | None = None,
) -> Refunded:  # fmt: skip
    """Give money back for an order, where a return is named for that one; all of it stops work on the order at once.

    Raises ``Conflict`` (``exceeds_paid``, rows: what is left of the payments; ``approval_needed``, rows: the limits),
    ``Invalid`` naming fields.
    """
    order = lock_order(session, number, version=version)
    refuse_refund(order, gross)
    approvals = approvals_for_refund(session, order, gross)
    refund = Refund(
        order_id=order.id, return_id=_return_id(session, order, return_number), gross=gross, refunded_at=now,
        actor_id=actor.id,
    )  # fmt: skip
    session.add(refund)
    order.refunded += gross
    session.flush()
    use_approvals(session, approvals, refund_id=refund.id)
    payload = {"refund": refund.id, "gross": str(gross), "return": return_number}
    record(session, [Entry(order.id, "payment.refunded", now, payload=payload)], actor_id=actor.id)
    if order.refunded == order.paid:
        intercept_refund(session, order, actor=actor, now=now)
    state = checked(session, order, Change("refund", value=float(gross)), actor=actor, now=now)
    return Refunded(state, refund.id)


def _return_id(session: Session, order: Order, return_number: str | None) -> int | None:
    if return_number is None:
        return None
    query = select(Return.id).where(Return.number == return_number, Return.order_id == order.id)
    if (found := session.scalar(query)) is None:
        rows = [{"field": "return_number", "value": return_number, "message": "is no return of this order"}]
        raise Invalid(f"There is no return {return_number} of order {order.number}.", code="unknown_return", rows=rows)
    return found
