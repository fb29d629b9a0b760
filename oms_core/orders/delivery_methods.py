"""Delivery methods: the ways to the customer that orders are given, kept by administrators."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.orders.delivery_models import DeliveryKind, DeliveryMethod
from oms_core.orders.placement_request import is_money

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LONGEST_TRANSIT_DAYS = 365


@dataclass(frozen=True, slots=True)
class DeliveryMethodView:
    """A way to the customer; ``transit_days`` are whole days from the handover to the door."""

    code: str
    name: str
    kind: DeliveryKind = DeliveryKind.DOOR
    carrier: str = ""
    charge: Decimal = Decimal(0)
    transit_days: int = 0
    position: int = 0
    is_active: bool = True
    translations: Mapping[str, Any] = field(default_factory=dict)


_FIELDS = ("code", "name", "kind", "carrier", "charge", "transit_days", "position", "is_active", "translations")


@requires(Permission.ORDER_VIEW)
def list_delivery_methods(session: Session, *, with_retired: bool = False) -> list[DeliveryMethodView]:
    """List the methods in their order; those out of use only where they are asked for."""
    query = select(DeliveryMethod).order_by(DeliveryMethod.position, DeliveryMethod.name)
    if not with_retired:
        query = query.where(DeliveryMethod.is_active)
    return [DeliveryMethodView(**{name: getattr(row, name) for name in _FIELDS}) for row in session.scalars(query)]


@requires(Permission.WORKFLOW_EDIT)
def save_delivery_method(session: Session, *, actor: Actor, now: datetime, method: DeliveryMethodView) -> None:  # noqa: ARG001 - as the door calls
    """Add a method or replace the one with this code; orders keep the charge and promise that they were given.

    Raises ``Invalid`` (``invalid_delivery_method``) naming each field.
    """
    if faults := list(_faults(method)):
        told = "; ".join(f"{one['field']} {one['message']}" for one in faults)
        raise Invalid(f"The method cannot be kept so: {told}.", code="invalid_delivery_method", rows=faults)
    query = select(DeliveryMethod).where(DeliveryMethod.code == method.code).with_for_update()
    kept = session.scalars(query).one_or_none()
    if kept is None:
        kept = DeliveryMethod(code=method.code)
        session.add(kept)
    for name in _FIELDS:
        setattr(kept, name, getattr(method, name))
    kept.name, kept.translations = method.name.strip(), dict(method.translations)
    session.flush()


def _faults(method: DeliveryMethodView) -> Iterator[dict[str, Any]]:
    days = f"must be from 0 to {LONGEST_TRANSIT_DAYS}"
    checks = (
        ("code", method.code, bool(_CODE.fullmatch(method.code)), "must be small letters, digits, - or _"),
        ("name", method.name, 0 < len(method.name.strip()) <= 100, "must have 1 to 100 characters"),
        ("carrier", method.carrier, len(method.carrier) <= 60, "must be text of at most 60 characters"),
        ("charge", method.charge, is_money(method.charge), "must be money of at least 0 with at most two decimals"),
        ("transit_days", method.transit_days, 0 <= method.transit_days <= LONGEST_TRANSIT_DAYS, days),
        ("kind", method.kind, method.kind in set(DeliveryKind), "must be door or pickup"),
    )
    for name, value, is_good, message in checks:
        if not is_good:
            yield {"field": name, "value": str(value)[:60], "message": message}
