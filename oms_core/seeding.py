"""What every shop starts with: statuses, transitions, cancel reasons, a calendar, places, channels."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.models import Role, RolePermission, User, UserRole
from oms_core.access.permissions import DEFAULTS
from oms_core.automation.rule_library import seed_automation_library
from oms_core.catalog.models import Channel, PriceList, Warehouse
from oms_core.db import Base
from oms_core.inventory.models import Location, LocationKind
from oms_core.money import RoundingRule
from oms_core.orders.delivery_models import DeliveryKind, DeliveryMethod
from oms_core.purchasing.models import ReplenishmentPolicy
from oms_core.workflow.approval_policies import seed_approval_policies
from oms_core.workflow.hold_policies import seed_hold_policies
from oms_core.workflow.models import (
    CalendarRule,
    CancelReason,
    Fault,
    Group,
    OrderType,
    Status,
    StatusGroup,
    Transition,
    WorkCalendar,
)
from oms_core.workflow.rule_library import seed_rule_library
from oms_core.workflow.versions import keep_version
from oms_core.workflow.workflow_document import read_workflow, workflow_version

# One status per group; its code is the group's. Limits are business minutes.
STATUSES = (
    (Group.PREORDER, "Pre-order", "In preparation", None),
    (Group.NEW, "New", "Received", 60),
    (Group.CONFIRM, "Confirmed", "Confirmed", 240),
    (Group.SUPPLY, "Waiting for supply", "Waiting for goods", 2400),
    (Group.PICK, "Picking", "Being prepared", 480),
    (Group.SHIP, "Packed", "Ready to ship", 480),
    (Group.DELIVER, "In delivery", "On its way", None),
    (Group.DONE, "Done", "Delivered", None),
    (Group.CANCELLED, "Cancelled", "Cancelled", None),
)
_DESK = (Role.MANAGER, Role.LEAD, Role.ADMIN)
_FLOOR = (*_DESK, Role.WAREHOUSE)
_ROAD = (*_FLOOR, Role.COURIER)
# The lowest position of a status is its one next step. The label is the verb on the button; then who may make it.
TRANSITIONS = (
    (Group.PREORDER, Group.NEW, "Place order", 1, _DESK),
    (Group.NEW, Group.CONFIRM, "Confirm", 1, _DESK),
    (Group.CONFIRM, Group.PICK, "Start picking", 1, _FLOOR),
    (Group.CONFIRM, Group.SUPPLY, "Wait for supply", 2, _DESK),
    (Group.SUPPLY, Group.PICK, "Start picking", 1, _FLOOR),
    (Group.SUPPLY, Group.CONFIRM, "Back to confirmed", 2, _DESK),
    (Group.PICK, Group.SHIP, "Mark packed", 1, _FLOOR),
    (Group.PICK, Group.CONFIRM, "Back to confirmed", 2, _FLOOR),
    (Group.SHIP, Group.DELIVER, "Ship", 1, _ROAD),
    (Group.SHIP, Group.PICK, "Back to picking", 2, _FLOOR),
    (Group.DELIVER, Group.DONE, "Mark delivered", 1, _ROAD),
)
ORDER_TYPES = (("sale", "Sale"), ("wholesale", "Wholesale"), ("replacement", "Replacement"))
CANCEL_REASONS = (
    ("changed_mind", "Customer changed their mind", Fault.CUSTOMER, False),
    ("found_cheaper", "Found cheaper elsewhere", Fault.CUSTOMER, True),
    ("duplicate", "Duplicate order", Fault.CUSTOMER, True),
    ("unreachable", "Customer could not be reached", Fault.CUSTOMER, True),
    ("not_collected", "Not collected", Fault.CUSTOMER, True),
    ("out_of_stock", "Out of stock", Fault.STOCK, True),
    ("too_slow", "Delivery takes too long", Fault.US, True),
    ("our_mistake", "Our mistake (price, product, address)", Fault.US, True),
    ("supplier_failed", "Supplier did not deliver", Fault.SUPPLIER, True),
    ("carrier_failed", "Carrier lost or damaged it", Fault.CARRIER, True),
    ("not_paid", "Payment never came", Fault.PAYMENT, False),
    ("fraud", "Suspected fraud", Fault.FRAUD, False),
    ("unknown", "Reason unknown", Fault.UNKNOWN, False),
)
DELIVERY_METHODS = (("courier", "Courier", DeliveryKind.DOOR, 2), ("pickup", "Pick-up", DeliveryKind.PICKUP, 0))
OUTSIDE = (
    ("SUPPLIERS", LocationKind.SUPPLIER),
    ("CUSTOMERS", LocationKind.CUSTOMER),
    ("LOSS", LocationKind.LOSS),
    ("COUNT", LocationKind.COUNT),
)


def seed(session: Session, *, currency: str = "EUR") -> None:
    """Put in place what a shop needs to take its first order; what is there already stays as it is."""
    _act_as_system(session)
    _seed_workflow(session)
    _seed_permissions(session)
    calendar_id = _seed_calendar(session)
    _seed_places_and_channels(session, calendar_id=calendar_id, currency=currency)
    _seed_delivery_methods(session)
    _seed_people(session, calendar_id=calendar_id)
    seed_hold_policies(session)
    seed_approval_policies(session)
    seed_rule_library(session)
    seed_automation_library(session)
    _put(session, ReplenishmentPolicy, warehouse_id=None, cycle_service_level=0.95, review_period_days=7)
    _keep_first_workflow(session)


def _act_as_system(session: Session) -> None:
    """What a shop begins with was put in place by the system itself, as the audit tells."""
    _put(session, User, login="system", name="System")
    session.execute(text("SELECT set_config('oms.actor', id::text, true) FROM users WHERE login = 'system'"))


def _seed_workflow(session: Session) -> None:
    """What an administrator has changed since stays changed: a workflow that is there is left alone."""
    if session.scalar(select(OrderType.code).limit(1)) is None:
        for position, (code, name) in enumerate(ORDER_TYPES):
            _put(session, OrderType, code=code, name=name, position=position)
    if session.scalar(select(Status.code).limit(1)) is not None:
        return
    for position, (group, name, client_name, limit) in enumerate(STATUSES):
        _put(session, StatusGroup, code=group, position=position)
        _put(
            session, Status, code=group.value, name=name, client_name=client_name, group_code=group,
            position=position, limit_minutes=limit, is_terminal=group in (Group.DONE, Group.CANCELLED),
        )  # fmt: skip
    for start, end, label, position, roles in TRANSITIONS:
        _put(
            session, Transition, from_status=start.value, to_status=end.value, label=label, position=position,
            roles=[role.value for role in roles],
        )  # fmt: skip
    for position, (code, label, fault, preventable) in enumerate(CANCEL_REASONS):
        _put(
            session,
            CancelReason,
            code=code,
            label=label,
            fault=fault,
            is_preventable=preventable,
            position=position,
        )


def _keep_first_workflow(session: Session) -> None:
    """Keep what is in force as version 1, so that there is a way back from the first change."""
    if workflow_version(session) == 0:
        keep_version(
            session, kind="workflow", code="workflow", document=read_workflow(session).as_json(),
            actor=find_actor(session, SYSTEM), now=datetime.now(UTC), note="As it began",
        )  # fmt: skip


def _seed_permissions(session: Session) -> None:
    if session.scalar(select(RolePermission.role).limit(1)) is not None:
        return
    for role, permissions in DEFAULTS.items():
        for permission in permissions:
            _put(session, RolePermission, role=role, permission=permission.value)


def _seed_calendar(session: Session) -> int:
    _put(session, WorkCalendar, code="standard", name="Weekdays 9–18", time_zone="UTC")
    calendar_id = session.scalars(select(WorkCalendar.id).where(WorkCalendar.code == "standard")).one()
    for weekday in range(5):
        _put(
            session,
            CalendarRule,
            calendar_id=calendar_id,
            weekday=weekday,
            opens_at=time(9),
            closes_at=time(18),
        )
    return calendar_id


def _seed_places_and_channels(session: Session, *, calendar_id: int, currency: str) -> None:
    _put(session, Warehouse, code="MAIN", name="Main warehouse", calendar_id=calendar_id)
    warehouse_id = session.scalars(select(Warehouse.id).where(Warehouse.code == "MAIN")).one()
    _put(session, Location, code="MAIN", kind=LocationKind.STOCK, warehouse_id=warehouse_id)
    for code, kind in OUTSIDE:
        _put(session, Location, code=code, kind=kind)
    _put(session, PriceList, code="standard", currency=currency)
    price_list_id = session.scalars(select(PriceList.id).where(PriceList.code == "standard")).one()
    for code, name in (("desk", "Order desk"), ("api", "API")):
        _put(
            session, Channel, code=code, name=name, time_zone="UTC", currency=currency,
            rounding_rule=RoundingRule.HALF_UP, calendar_id=calendar_id, warehouse_id=warehouse_id,
            price_list_id=price_list_id,
        )  # fmt: skip


def _seed_delivery_methods(session: Session) -> None:
    if session.scalar(select(DeliveryMethod.id).limit(1)) is None:
        for position, (code, name, kind, days) in enumerate(DELIVERY_METHODS):
            _put(session, DeliveryMethod, code=code, name=name, kind=kind, transit_days=days, position=position)


def _seed_people(session: Session, *, calendar_id: int) -> None:
    for login, name in (("system", "System"), ("admin", "Administrator")):
        _put(session, User, login=login, name=name, calendar_id=calendar_id)
        user_id = session.scalars(select(User.id).where(User.login == login)).one()
        _put(session, UserRole, user_id=user_id, role=Role.ADMIN)


def _put(session: Session, model: type[Base], **values: Any) -> None:  # noqa: ANN401 - column values
    session.execute(insert(model.__table__).values(**values).on_conflict_do_nothing())  # type: ignore[arg-type]
