"""The journal of purchase orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.purchasing.models import PurchaseOrder, PurchaseOrderEvent


def record_event(
    session: Session, order: PurchaseOrder, kind: str, *, actor: Actor, occurred_at: datetime, payload: dict[str, Any]
) -> None:
    """Append an event to a purchase order that the caller holds locked (or has just made)."""
    newest = select(func.coalesce(func.max(PurchaseOrderEvent.sequence), 0)).where(
        PurchaseOrderEvent.purchase_order_id == order.id
    )
    session.add(
        PurchaseOrderEvent(
            purchase_order_id=order.id,
            sequence=session.scalars(newest).one() + 1,
            kind=kind,
            occurred_at=occurred_at,
            actor_id=actor.id,
            payload=payload,
        )
    )
    session.flush()
