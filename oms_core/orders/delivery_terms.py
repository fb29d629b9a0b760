"""What a delivery method means for one order: when it is handed over, when it arrives, what it costs."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.catalog.models import Channel
from oms_core.orders.delivery_models import DeliveryMethod
from oms_core.orders.delivery_offer import Delivery
from oms_core.workflow.business_time import after_business_seconds
from oms_core.workflow.calendars import load_calendar
from oms_core.workflow.models import Group, Status

_BEFORE_HANDOVER = (Group.PREORDER, Group.NEW, Group.CONFIRM, Group.PICK, Group.SHIP)


def delivery_of(
    session: Session, code: str, *, calendar_id: int, group: Group, now: datetime
) -> Delivery | None:  # fmt: skip
    """Read a method's terms for an order that is in ``group`` now; None where there is no such method.

    It is handed over once the stages still before it took as long as their limits let them, in the working hours of
    the calendar, and arrives the method's days of transit later.
    """
    method = session.scalars(select(DeliveryMethod).where(DeliveryMethod.code == code)).one_or_none()
    if method is None:
        return None
    handover = handover_at(session, calendar_id=calendar_id, group=group, now=now)
    return Delivery(
        method.id, method.code, method.charge, method.carrier, handover,
        handover + timedelta(days=method.transit_days), method.is_active,
    )  # fmt: skip


def handover_at(session: Session, *, calendar_id: int, group: Group, now: datetime) -> datetime:
    """When an order that is in ``group`` now is handed over, if every stage takes what its limit allows."""
    here = _BEFORE_HANDOVER.index(group) if group in _BEFORE_HANDOVER else _BEFORE_HANDOVER.index(Group.CONFIRM)
    ahead = _BEFORE_HANDOVER[here:]
    used = select(Status.group, Status.limit_minutes).where(Status.group.in_(ahead), ~Status.is_retired)
    minutes: dict[Group, int] = {}
    for stage, limit in session.execute(used.order_by(Status.position, Status.code)):
        minutes.setdefault(stage, limit or 0)
    return after_business_seconds(now, 60 * sum(minutes.values()), load_calendar(session, calendar_id))


def calendar_of(session: Session, channel: str) -> int | None:
    """The calendar of a channel by its code; None where there is no such channel."""
    return session.scalar(select(Channel.calendar_id).where(Channel.code == channel))
