"""Assignment: who answers for an order, kept as a chain of who held it when."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor
from oms_core.access.models import RolePermission, User, UserRole
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.journal import Entry, record
from oms_core.orders.interval_models import AssignmentInterval
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, refuse_outside, status_of
from oms_core.orders.views import OPEN_GROUPS


@requires(Permission.ORDER_ASSIGN)
def assign_order(
    session: Session, *, actor: Actor, now: datetime, number: str, manager: str | None, version: int | None = None,
    why: str = "",
) -> OrderState:  # fmt: skip
    """Give the order to the manager with this login, or to nobody; to whom it has already, nothing happens.

    ``why`` is kept in the event, which is credited to the manager who holds the order from now on and tells who held
    it before. Raises ``Invalid`` (``unknown_manager``) when the manager is unknown, no longer active or has no role
    that moves orders, ``Conflict`` when the order is closed.
    """
    order = lock_order(session, number, version=version)
    refuse_outside(
        status_of(session, order.status), order, OPEN_GROUPS, code="order_closed", message="cannot be assigned any more"
    )
    user = None if manager is None else _who_moves_orders(session, manager)
    before = None if order.manager_id is None else session.get_one(User, order.manager_id)
    if user is before:
        return OrderState(order.number, order.status, status_of(session, order.status).group, order.version)
    order.manager_id = None if user is None else user.id
    _extend_chain(session, order, now)
    payload = {"from": before and before.login, "to": user and user.login} | ({"why": why} if why else {})
    record(session, [Entry(order.id, "order.assigned", now, payload=payload)], actor_id=actor.id)
    change = Change("assign", manager="" if user is None else user.login)
    return checked(session, order, change, actor=actor, now=now)


def _who_moves_orders(session: Session, login: str) -> User:
    # The system itself may do everything, but answers for nothing.
    moves = (
        select(UserRole.user_id)
        .join(RolePermission, RolePermission.role == UserRole.role)
        .where(UserRole.user_id == User.id, RolePermission.permission == Permission.ORDER_MOVE.value)
    )
    user = session.scalars(
        select(User).where(User.login == login, User.login != SYSTEM, User.is_active, moves.exists())
    ).one_or_none()
    if user is None:
        rows = [{"field": "manager", "value": login, "message": "is no active user"}]
        raise Invalid(f"No active user '{login}' moves orders.", code="unknown_manager", rows=rows)
    return user


def _extend_chain(session: Session, order: Order, now: datetime) -> None:
    query = select(AssignmentInterval).where(
        AssignmentInterval.order_id == order.id, AssignmentInterval.left_at.is_(None)
    )
    left = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    moment = now if left is None else max(now, left.assigned_at)
    if left is not None:
        left.left_at = moment
        session.flush()  # the one open interval must be closed before the next is written
    visit = 1 if left is None else left.visit + 1
    session.add(AssignmentInterval(order_id=order.id, visit=visit, user_id=order.manager_id, assigned_at=moment))
