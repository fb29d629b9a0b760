"""What an order is placed with besides its lines: the way to the customer, and the order it copies."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.journal import Entry, record
from oms_core.orders.delivery_offer import Delivery
from oms_core.orders.delivery_terms import calendar_of, delivery_of
from oms_core.orders.models import Order
from oms_core.orders.placed_delivery import chosen_payload
from oms_core.orders.placement_request import fault, refuse
from oms_core.orders.work import plan_route
from oms_core.workflow.models import Group

_LINK = text("UPDATE orders SET delivery_method_id = :method_id, copied_from_id = :copied_from_id WHERE id = :order_id")


def delivery_asked(session: Session, code: str | None, *, channel: str, now: datetime) -> Delivery | None:
    """Read the terms of the method that an order is to be placed with; raises ``Invalid`` (``invalid_order``)."""
    if code is None:
        return None
    calendar_id = calendar_of(session, channel)
    if calendar_id is None:
        return None  # the unknown channel is refused with all other faults
    found = delivery_of(session, code, calendar_id=calendar_id, group=Group.NEW, now=now)
    if found is None or not found.is_active:
        refuse([fault("delivery_method", code[:40], "is unknown" if found is None else "is no longer in use")])
    return found


def copied_order(session: Session, number: str | None) -> int | None:
    """Find the order that one to be placed copies; raises ``Invalid`` (``invalid_order``)."""
    if number is None:
        return None
    order_id = session.scalar(select(Order.id).where(Order.number == number))
    if order_id is None:
        refuse([fault("copied_from", number[:40], "is unknown")])
    return order_id


def link_placed(
    session: Session, order_id: int, *, delivery: Delivery | None, promised_at: datetime, copied_from_id: int | None,
    actor: Actor, now: datetime,
) -> None:  # fmt: skip
    """Link an order just written to its method and to the order it copies; without either nothing is asked."""
    if delivery is None and copied_from_id is None:
        return
    facts = {"order_id": order_id, "method_id": delivery and delivery.id, "copied_from_id": copied_from_id}
    session.execute(_LINK, facts)
    if delivery is not None:
        plan_route(session, order_id, now=now, due_at=delivery.handover_at)
        payload = chosen_payload(replace(delivery, promised_at=promised_at))
        record(session, [Entry(order_id, "delivery.chosen", now, payload=payload)], actor_id=actor.id)


def charge_of(delivery: Delivery | None, shipping: Decimal | None) -> Decimal:
    """What shipping costs: as it was said, else what the method charges, else nothing."""
    if shipping is not None:
        return shipping
    return Decimal(0) if delivery is None else delivery.charge
