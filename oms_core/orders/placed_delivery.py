"""A delivery method chosen for a locked order: its route, and the work of its warehouses with when it is due."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.inventory import reservations_sql
from oms_core.inventory.reservations import commit
from oms_core.orders.delivery_offer import Delivery
from oms_core.orders.models import Order
from oms_core.orders.work import plan_route
from oms_core.workflow.models import Group

_LINE_IDS = text("SELECT id FROM order_lines WHERE order_id = :order_id AND supplier_id IS NULL ORDER BY id")
_BEFORE_WORK = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.SUPPLY)


def choose_delivery(
    session: Session, order: Order, delivery: Delivery, *, group: Group, now: datetime
) -> dict[str, Any]:  # fmt: skip
    """Let an order go by a method: what is reserved stays reserved, each warehouse gets its part of the route.

    Returns what the journal tells. Once work has begun the warehouses have their work already.
    """
    order.delivery_method_id = delivery.id
    session.flush()
    line_ids = list(session.scalars(_LINE_IDS, {"order_id": order.id}))
    if line_ids:
        commit(session, line_ids)
    if group in _BEFORE_WORK:
        plan_route(session, order.id, now=now, due_at=delivery.handover_at)
    return chosen_payload(delivery)


def chosen_payload(delivery: Delivery) -> dict[str, Any]:
    """What the journal tells of a chosen method."""
    return {
        "method": delivery.code, "carrier": delivery.carrier, "handover_at": delivery.handover_at.isoformat(),
        "promised_at": delivery.promised_at.isoformat(),
    }  # fmt: skip


def places_of(session: Session) -> dict[int, str]:
    """Codes of the warehouses by the id of their stock location."""
    return dict(session.execute(reservations_sql.WAREHOUSES_OF_LOCATIONS).all())
