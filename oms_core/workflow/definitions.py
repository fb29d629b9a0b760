"""The definitions of the workflow, for showing and choosing: statuses and reasons to cancel."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.permissions import requires
from oms_core.workflow.models import CancelReason, Fault, Group, Status, Transition


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status, its name and the group that carries its meaning."""

    code: str
    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason to cancel and whose fault it tells of."""

    code: str
    label: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one next step out of a status: where to, and the verb on the button."""

    to: str
    label: str


@requires(None)
def list_statuses(session: Session) -> list[StatusView]:
    """Every status in the order of the lifecycle."""
    rows = session.execute(select(Status.code, Status.name, Status.group).order_by(Status.position, Status.code)).all()
    return [StatusView(row.code, row.name, row.group) for row in rows]


@requires(None)
def list_cancel_reasons(session: Session) -> list[ReasonView]:
    """The reasons in use, in the order they are offered."""
    rows = session.execute(
        select(CancelReason.code, CancelReason.label, CancelReason.fault)
        .where(CancelReason.is_active)
        .order_by(CancelReason.position, CancelReason.code)
    ).all()
    return [ReasonView(row.code, row.label, row.fault) for row in rows]


@requires(None)
def list_next_steps(session: Session) -> dict[str, NextStep]:
    """The natural step out of each status that has one: its transition of the lowest position."""
    rows = session.execute(
        select(Transition.from_status, Transition.to_status, Transition.label).order_by(
            Transition.position.desc(), Transition.id.desc()
        )
    ).all()
    return {row.from_status: NextStep(row.to_status, row.label) for row in rows}
