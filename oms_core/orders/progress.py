"""Progress: the one door for moves from status to status, by the transitions table."""

from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory.reservations import Held, commit, lock_reserved
from oms_core.orders.fulfilment import Parcel, hand_over, mark_delivered
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.readiness import moves_from, open_hold_causes, situation, standings
from oms_core.orders.stages import OrderState, enter_status, status_of, stored
from oms_core.orders.work import follow_stage
from oms_core.workflow.lifecycle import missing_for
from oms_core.workflow.models import Group, Status

_KEEPS_STOCK = (Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP)


@requires(Permission.ORDER_MOVE)
def move_order(
    session: Session, *, actor: Actor, now: datetime, number: str, to: str, version: int | None = None
) -> OrderState:
    """Move an order to the status ``to``.

    Entering delivery ships everything that is open, entering done marks the shipments delivered; cancelling has a
    use case of its own. Raises ``Invalid`` for an unknown status, ``Conflict`` with the code ``use_cancel``,
    ``not_permitted`` (rows: what is) or ``not_ready`` (rows: what is missing).
    """
    order = lock_order(session, number, version=version)
    target = _permitted_status(session, order, to)
    lines = lines_of(session, order)
    held = lock_reserved(session, [line.id for line in lines])
    _refuse_unready(session, order, target, lines, held)
    if target.group is Group.DELIVER:
        hand_over(session, order, lines, parcel=Parcel(), actor=actor, now=now, arrives_in=target)
    elif target.group is Group.DONE:
        mark_delivered(session, order, target, actor=actor, now=now)
    else:
        if target.group in _KEEPS_STOCK:
            commit(session, [line.id for line in lines])
        follow_stage(session, order, target.group, now=now)
        enter_status(session, order, target, actor=actor, now=now)
    return stored(session, order)


def _permitted_status(session: Session, order: Order, to: str) -> Status:
    target = session.get(Status, to)
    if target is None:
        rows = [{"field": "to", "value": to, "message": "is no status"}]
        raise Invalid(f"There is no status '{to}'.", code="unknown_status", rows=rows)
    if target.group is Group.CANCELLED:
        raise Conflict("An order is cancelled with a reason, not by a move.", code="use_cancel")
    permitted = [move.to for move in moves_from(session, order.status)]
    if to not in permitted:
        raise Conflict(
            f"Order {order.number} cannot go from '{status_of(session, order.status).name}' to '{target.name}'.",
            code="not_permitted",
            rows=[{"field": "to", "value": to, "from": order.status, "permitted": permitted}],
        )
    return target


def _refuse_unready(session: Session, order: Order, target: Status, lines: list[OrderLine], held: list[Held]) -> None:
    group = status_of(session, order.status).group
    here = situation(group, list(standings(lines, held).values()), open_hold_causes(session, order))
    if missing := missing_for(target.group, here):
        raise Conflict(
            f"Order {order.number} cannot go to '{target.name}' yet, it needs {', '.join(missing)}.",
            code="not_ready",
            rows=[{"needs": need} for need in missing],
        )
