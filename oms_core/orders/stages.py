"""Entering a status: the interval left is closed, the next one opened, the journal told. The order is locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from oms_core.access.actors import Actor
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict
from oms_core.journal import Entry, record
from oms_core.orders.interval_models import StatusInterval
from oms_core.orders.models import Order
from oms_core.workflow.business_time import Calendar, business_seconds, wall_seconds
from oms_core.workflow.calendars import load_calendar
from oms_core.workflow.models import CLOSED_GROUPS, Group, Status

_LEAVE_MANAGER = text("""
UPDATE assignment_intervals SET left_at = greatest(assigned_at, :moment) WHERE order_id = :order_id AND left_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where an order stands after a use case, the version to name with the next one, and what rules warn of."""

    number: str
    status: str
    status_group: Group
    version: int
    warnings: tuple[str, ...] = ()


def stored(session: Session, order: Order) -> OrderState:
    """Count the order's next version, write what is pending and say where it stands."""
    session.flush()
    counted = update(Order).where(Order.id == order.id).values(version=Order.version + 1).returning(Order.version)
    # The row counts, not what was loaded: serving backorders may have counted this order too.
    set_committed_value(order, "version", session.scalar(counted, execution_options={"synchronize_session": False}))
    return OrderState(order.number, order.status, status_of(session, order.status).group, order.version)


def status_of(session: Session, code: str) -> Status:
    """Return the status of a code that an order bears."""
    return session.get_one(Status, code)


def status_in_group(session: Session, group: Group) -> Status:
    """Return the first status in use of a group: where an order goes that enters it by what was done to it."""
    used = select(Status).where(Status.group == group, ~Status.is_retired)
    return session.scalars(used.order_by(Status.position, Status.code).limit(1)).one()


def refuse_outside(status: Status, order: Order, groups: Sequence[Group], *, code: str, message: str) -> None:
    """Raise ``Conflict`` with the order's status unless that is in one of ``groups``."""
    if status.group not in groups:
        rows = [{"number": order.number, "status": status.code, "status_group": status.group.value}]
        raise Conflict(f"Order {order.number} {message}: it is in '{status.name}'.", code=code, rows=rows)


def enter_status(session: Session, order: Order, status: Status, *, actor: Actor, now: datetime) -> datetime:
    """Move a locked order to ``status`` and return the moment it counts from.

    The moment is ``now``, or the last boundary where the clock was read before a writer who came first: an interval
    never ends before it began. A closing status ends both chains and sets ``closed_at``.
    """
    left = _open_interval(session, order)
    calendar = _calendar_of(session, order)  # read before the interval is touched: a query writes what is half done
    moment = max(now, left.entered_at)
    left.left_at = moment
    left.wall_seconds = wall_seconds(left.entered_at, moment)
    left.business_seconds = business_seconds(left.entered_at, moment, calendar)
    session.flush()  # the one open interval must be closed before the next is written
    if status.group in CLOSED_GROUPS:
        order.closed_at = moment
        session.execute(_LEAVE_MANAGER, {"order_id": order.id, "moment": moment})
    else:
        session.add(_next_interval(order, left, status, moment))
    entry = Entry(order.id, "order.status_changed", moment, from_status=order.status, to_status=status.code)
    order.status = status.code
    record(session, [entry], actor_id=actor.id)
    return moment


def _open_interval(session: Session, order: Order) -> StatusInterval:
    query = select(StatusInterval).where(StatusInterval.order_id == order.id, StatusInterval.left_at.is_(None))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _next_interval(order: Order, left: StatusInterval, status: Status, moment: datetime) -> StatusInterval:
    return StatusInterval(
        order_id=order.id,
        visit=left.visit + 1,
        status=status.code,
        group=status.group,
        manager_id=order.manager_id,
        entered_at=moment,
    )


def _calendar_of(session: Session, order: Order) -> Calendar:
    return load_calendar(session, session.get_one(Channel, order.channel_id).calendar_id)
