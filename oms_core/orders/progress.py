"""Progress: the one door for moves from status to status, by the transitions table."""

from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory.reservations import commit, lock_reserved
from oms_core.orders.fulfilment import Parcel, hand_over, mark_delivered, shipped_of
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.passage import permitted_move, refuse_unready
from oms_core.orders.readiness import standings
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, enter_status, status_of
from oms_core.orders.work import follow_stage
from oms_core.workflow.models import Group, Status

_KEEPS_STOCK = (Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP)


@requires(Permission.ORDER_MOVE)
def move_order(
    session: Session, *, actor: Actor, now: datetime, number: str, to: str, version: int | None = None
) -> OrderState:
    """Move an order to the status ``to`` as the transitions table lets the actor.

    Entering delivery ships everything that is open, entering done marks the shipments delivered; cancelling has a
    use case of its own. Raises ``Invalid`` for an unknown status, ``Conflict`` with the code ``use_cancel``,
    ``not_permitted`` (rows: what is) or ``not_ready`` (rows: what is missing), ``Forbidden`` ``not_your_move``.
    """
    order = lock_order(session, number, version=version)
    before = order.status
    target, group = _status(session, to), status_of(session, order.status).group
    move = permitted_move(session, order, target, actor=actor)
    lines = lines_of(session, order)
    shipped = shipped_of(lines)
    held = lock_reserved(session, [line.id for line in lines])
    refuse_unready(session, order, move, list(standings(lines, held).values()))
    if target.group is Group.DELIVER and group is not Group.DELIVER:
        hand_over(session, order, lines, parcel=Parcel(), actor=actor, now=now, arrives_in=target)
    elif target.group is Group.DONE:
        mark_delivered(session, order, target, actor=actor, now=now)
    else:
        if target.group in _KEEPS_STOCK:
            commit(session, [line.id for line in lines])
        follow_stage(session, order, target.group, now=now)
        enter_status(session, order, target, actor=actor, now=now)
    change = Change("move", from_status=before, quantity=float(shipped_of(lines) - shipped))
    return checked(session, order, change, actor=actor, now=now)


def _status(session: Session, code: str) -> Status:
    status = session.get(Status, code)
    if status is None:
        rows = [{"field": "to", "value": code, "message": "is no status"}]
        raise Invalid(f"There is no status '{code}'.", code="unknown_status", rows=rows)
    if status.group is Group.CANCELLED:
        raise Conflict("An order is cancelled with a reason, not by a move.", code="use_cancel")
    return status
