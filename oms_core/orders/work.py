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
ON CONFLICT (order_id, warehouse_id) DO UPDATE
SET state = excluded.state, acknowledged_at = coalesce(fulfilments.acknowledged_at, excluded.acknowledged_at)
""")
# Planned ahead: nobody has begun. Which warehouse has nothing reserved any more has no part in it.
_PLAN = text(f"""
WITH given AS ({_RESERVED_IN}), left_out AS (
    UPDATE fulfilments SET state = 'cancelled'
    WHERE order_id = :order_id AND state IN ('open', 'packed') AND warehouse_id NOT IN (SELECT * FROM given)
)
INSERT INTO fulfilments (order_id, warehouse_id, state, created_at, due_at)
SELECT :order_id, g.warehouse_id, 'open', :now, CAST(:due_at AS timestamptz) FROM given g
ON CONFLICT (order_id, warehouse_id) DO UPDATE SET state = 'open', due_at = excluded.due_at
""")
_KEEP_PLANNED = text("""
UPDATE fulfilments SET state = 'open' WHERE order_id = :order_id AND state = 'packed'
""")
_LEAVE_WORK = text(
    "UPDATE fulfilments SET state = 'cancelled' WHERE order_id = :order_id AND state IN ('open', 'packed')"
)
_SETTLE = text(f"""
UPDATE fulfilments f
SET state = CASE WHEN EXISTS (SELECT FROM shipments s WHERE s.fulfilment_id = f.id) THEN 'done' ELSE 'cancelled' END
WHERE f.order_id = :order_id AND f.state IN ('open', 'packed') AND f.warehouse_id NOT IN ({_RESERVED_IN})
""")
_AHEAD = (Group.NEW, Group.CONFIRM, Group.SUPPLY)
_STATES = {Group.PICK: FulfilmentState.OPEN, Group.SHIP: FulfilmentState.PACKED}


def follow_stage(session: Session, order: Order, group: Group, *, now: datetime) -> None:
    """Give each warehouse that has something reserved its work, pack it, or take it away again.

    ``acknowledged_at`` is when picking first began. Of an order whose delivery is chosen the route stays planned as
    long as its work lies ahead.
    """
    session.flush()
    if group not in _STATES:
        is_planned = order.delivery_method_id is not None and group in _AHEAD
        session.execute(_KEEP_PLANNED if is_planned else _LEAVE_WORK, {"order_id": order.id})
        return
    facts = {"order_id": order.id, "state": _STATES[group].value, "now": now, "due_at": order.promised_at}
    session.execute(_OPEN_WORK, facts)


def settle_work(session: Session, order: Order) -> None:
    """Close the work of warehouses that have nothing reserved for the order any more."""
    session.flush()
    session.execute(_SETTLE, {"order_id": order.id})


def plan_route(session: Session, order_id: int, *, now: datetime, due_at: datetime) -> None:
    """Plan ahead which warehouses hand an order over, by where it is reserved, and by when."""
    session.execute(_PLAN, {"order_id": order_id, "now": now, "due_at": due_at})
