"""Payments: money that came in, allocated to the order it was paid for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.billing.models import Payment, PaymentAllocation
from oms_core.errors import Conflict, Invalid
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, status_of


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """The order after the payment; ``created`` is False where the provider had reported it before."""

    state: OrderState
    payment_id: int
    created: bool


@requires(Permission.PAYMENT_RECEIVE)
def receive_payment(
    session: Session, *, actor: Actor, now: datetime, number: str, gross: Decimal, method: str,
    provider: str = "manual", provider_ref: str | None = None, version: int | None = None,
) -> ReceivedPayment:  # fmt: skip
    """Book money received for an order; more than its total may come in.

    The same ``provider_ref`` of a provider is booked once: repeated it changes nothing, with another order or another
    sum it is a ``Conflict`` (``reference_reused``). Raises ``Invalid`` naming fields.
    """
    _refuse_malformed(gross, method=method, provider=provider, provider_ref=provider_ref)
    # A repeat is recognised before the version: who repeats saw the order before it was paid.
    order = lock_order(session, number)
    if (earlier := _earlier(session, order, provider, provider_ref, gross)) is not None:
        state = OrderState(order.number, order.status, status_of(session, order.status).group, order.version)
        return ReceivedPayment(state, earlier, created=False)
    order = lock_order(session, number, version=version)
    payment = Payment(
        provider=provider, provider_ref=provider_ref, method=method, gross=gross, received_at=now, actor_id=actor.id
    )
    session.add(payment)
    session.flush()
    session.add(PaymentAllocation(payment_id=payment.id, order_id=order.id, gross=gross))
    order.paid += gross
    payload = {"payment": payment.id, "gross": str(gross), "method": method, "provider": provider}
    record(session, [Entry(order.id, "payment.received", now, payload=payload)], actor_id=actor.id)
    change = Change("pay", value=float(gross), method=method)
    return ReceivedPayment(checked(session, order, change, actor=actor, now=now), payment.id, created=True)


def _earlier(session: Session, order: Order, provider: str, provider_ref: str | None, gross: Decimal) -> int | None:
    if provider_ref is None:
        return None
    query = (
        select(Payment.id, PaymentAllocation.order_id, Payment.gross)
        .outerjoin(PaymentAllocation, PaymentAllocation.payment_id == Payment.id)
        .where(Payment.provider == provider, Payment.provider_ref == provider_ref)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    if [(row.order_id, row.gross) for row in rows] != [(order.id, gross)]:
        named = {"field": "provider_ref", "value": provider_ref}
        raise Conflict("This reference was used for another payment.", code="reference_reused", rows=[named])
    return int(rows[0].id)


def _refuse_malformed(gross: Decimal, **texts: str | None) -> None:
    limits = {"method": 40, "provider": 40, "provider_ref": 100}
    rows: list[dict[str, Any]] = [
        {"field": field, "value": value[: limits[field]], "message": f"must be text of 1 to {limits[field]} characters"}
        for field, value in texts.items()
        if value is not None and (not 1 <= len(value) <= limits[field] or "\0" in value)
    ]
    if not is_sum(gross):
        rows.append({"field": "gross", "value": str(gross), "message": "must be above 0, with at most two decimals"})
    if rows:
        raise Invalid("The payment cannot be booked so.", code="invalid_payment", rows=rows)


def is_sum(gross: Decimal) -> bool:
    """Tell whether a sum can be paid: above zero, in whole cents, within the columns."""
    return gross.is_finite() and 0 < gross < 10**11 and round(gross, 2) == gross
