"""The definitions of the workflow, for showing and choosing: statuses, order types, reasons to cancel, next steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor
from oms_core.access.permissions import Permission, requires
from oms_core.workflow.models import CancelReason, Fault, Group, OrderType, Status, Transition


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status, its name and the group that carries its meaning; nothing enters a retired one any more."""

    code: str
    name: str
    group: Group
    translations: Mapping[str, Any] = field(default_factory=dict)
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class OrderTypeView:
    """A type of order that may be placed."""

    code: str
    name: str
    translations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason to cancel and whose fault it tells of; offered, while in use, to orders in ``groups`` (None: in all)."""

    code: str
    label: str
    fault: Fault
    groups: tuple[str, ...] | None = None
    translations: Mapping[str, Any] = field(default_factory=dict)
    is_active: bool = True

    def fits(self, group: Group) -> bool:
        """Tell whether an order in this group may be cancelled for it."""
        return self.is_active and (self.groups is None or group.value in self.groups)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one next step out of a status: where to, and the verb on the button."""

    to: str
    label: str
    translations: Mapping[str, Any] = field(default_factory=dict)


@requires(None)
def list_statuses(session: Session) -> list[StatusView]:
    """Every status in the order of the lifecycle, retired ones too: orders of the past still name them."""
    columns = (Status.code, Status.name, Status.group, Status.translations, Status.is_retired)
    rows = session.execute(select(*columns).order_by(Status.position, Status.code))
    return [StatusView(*row) for row in rows]


@requires(None)
def list_order_types(session: Session) -> list[OrderTypeView]:
    """The types of order in use, in the order they are offered."""
    columns = (OrderType.code, OrderType.name, OrderType.translations)
    rows = session.execute(select(*columns).where(OrderType.is_active).order_by(OrderType.position, OrderType.code))
    return [OrderTypeView(*row) for row in rows]


@requires(None)
def list_cancel_reasons(session: Session, *, with_retired: bool = False) -> list[ReasonView]:
    """The reasons in use, in the order they are offered; with those out of use, which orders of the past still name."""
    query = select(CancelReason).order_by(CancelReason.position, CancelReason.code)
    rows = session.scalars(query if with_retired else query.where(CancelReason.is_active))
    return [
        ReasonView(
            row.code, row.label, row.fault, None if row.groups is None else tuple(row.groups), row.translations,
            row.is_active,
        )
        for row in rows
    ]  # fmt: skip


@requires(None)
def list_next_steps(session: Session, *, actor: Actor) -> dict[tuple[str, str], NextStep]:
    """The one next step by (status, order type): of the transitions that the actor may make the most natural."""
    if not actor.may(Permission.ORDER_MOVE):
        return {}
    types = list(session.scalars(select(OrderType.code)))
    query = select(Transition).join(Status, Status.code == Transition.to_status).where(~Status.is_retired)
    steps: dict[tuple[str, str], NextStep] = {}
    for move in session.scalars(query.order_by(Transition.position.desc(), Transition.to_status.desc())):
        if actor.login == SYSTEM or not actor.roles.isdisjoint(move.roles):
            step = NextStep(move.to_status, move.label, move.translations)
            steps |= {(move.from_status, kind): step for kind in move.order_types or types}
    return steps
