"""Work for the warehouses: an order's fulfilments follow its stage. The order is locked."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.orders.delivery_models import FulfilmentState
from oms_core.orders.models import Order
from oms_core.workflow.models import Group

_RESERVED_IN = """
SELECT DISTINCT place.warehouse_id
FROM reservations r JOIN order_lines l ON l.id = r.order_line_id JOIN locations place ON place.id = r.location_id
WHERE l.order_id = :order_id AND r.state IN ('held', 'committed')
"""
_OPEN_WORK = text(f"""
INSERT INTO fulfilments (order_id, warehouse_id, state, created_at, due_at, acknowledged_at)
SELECT :order_id, w.warehouse_id, :state, :now, CAST(:due_at AS timestamptz), :now FROM ({_RESERVED_IN}) w
ON CONFLICT (order_id, warehouse_id) DO UPDATE SET state = excluded.state
""")
_LEAVE_WORK = text(
    "UPDATE fulfilments SET state = 'cancelled' WHERE order_id = :order_id AND state IN ('open', 'packed')"
)
_SETTLE = text(f"""
UPDATE fulfilments f
SET state = CASE WHEN EXISTS (SELECT FROM shipments s WHERE s.fulfilment_id = f.id) THEN 'done' ELSE 'cancelled' END
WHERE f.order_id = :order_id AND f.state IN ('open', 'packed') AND f.warehouse_id NOT IN ({_RESERVED_IN})
""")
_STATES = {Group.PICK: FulfilmentState.OPEN, Group.SHIP: FulfilmentState.PACKED}


def follow_stage(session: Session, order: Order, group: Group, *, now: datetime) -> None:
    """Give each warehouse that has something reserved its work, pack it, or take it away again.

    ``acknowledged_at`` is when picking first began.
    """
    session.flush()
    if group not in _STATES:
        session.execute(_LEAVE_WORK, {"order_id": order.id})
        return
    facts = {"order_id": order.id, "state": _STATES[group].value, "now": now, "due_at": order.promised_at}
    session.execute(_OPEN_WORK, facts)


def settle_work(session: Session, order: Order) -> None:
    """Close the work of warehouses that have nothing reserved for the order any more."""
    session.flush()
    session.execute(_SETTLE, {"order_id": order.id})
