"""The workflow in force: read as one document, changed as a whole or not at all, each version kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.workflow.models import OrderType, Status, Transition
from oms_core.workflow.versions import keep_version, latest_version, version_of
from oms_core.workflow.workflow_check import Fault, check_workflow
from oms_core.workflow.workflow_effect import (
    KINDS,
    Change,
    Preview,
    differences,
    obstacles,
    open_orders,
    stranded_orders,
    touched_statuses,
)
from oms_core.workflow.workflow_parts import OrderTypePart, StatusPart, TransitionPart, WorkflowDocument

__all__ = [
    "Change",
    "Fault",
    "OrderTypePart",
    "Preview",
    "StatusPart",
    "TransitionPart",
    "WorkflowDocument",
    "check_workflow",
    "preview_workflow",
    "read_workflow",
    "rollback_workflow",
    "save_workflow",
    "workflow_version",
]

KIND = CODE = "workflow"
# Savers wait for each other; whoever reads does not wait.
_LOCK = text("LOCK TABLE statuses, transitions, order_types IN SHARE ROW EXCLUSIVE MODE")
# Who moves an order holds the transitions it may take: what is counted below is then there, and nobody follows.
_WAIT_FOR_MOVERS = text("SELECT id FROM transitions ORDER BY id FOR UPDATE")
# Who places an order holds the key of its status; who comes later is refused by the database, and does it again.
_WAIT_FOR_PLACERS = text("SELECT code FROM statuses WHERE code = ANY (:leaving) ORDER BY code FOR UPDATE")


@requires(Permission.WORKFLOW_VIEW)
def read_workflow(session: Session) -> WorkflowDocument:
    """Read the workflow in force, in its canonical order."""
    return WorkflowDocument(
        statuses=tuple(_status(row) for row in session.execute(select(Status.__table__))),
        transitions=tuple(_transition(row) for row in session.execute(select(Transition.__table__))),
        order_types=tuple(_order_type(row) for row in session.execute(select(OrderType.__table__))),
    ).canonical()


@requires(Permission.WORKFLOW_VIEW)
def workflow_version(session: Session) -> int:
    """The number of the version in force: what a change is based on."""
    return latest_version(session, kind=KIND, code=CODE)


@requires(Permission.WORKFLOW_VIEW)
def preview_workflow(session: Session, document: WorkflowDocument) -> Preview:
    """Tell what saving the document would do: what differs, which orders stand there, what bars it."""
    before, after = read_workflow(session), document.canonical()
    changes, standing = differences(before, after), open_orders(session)
    touched, orders = touched_statuses(changes), Counter[str]()
    for (status, _), count in standing.items():
        if status in touched:
            orders[status] += count
    faults = check_workflow(after)
    return Preview(
        version=workflow_version(session),
        added=tuple(change for change in changes if not change.before),
        changed=tuple(change for change in changes if change.before and change.after),
        removed=tuple(change for change in changes if not change.after),
        orders=dict(orders),
        stranded=stranded_orders(after, standing),
        faults=tuple(faults),
        obstacles=tuple(obstacles(session, before, after, standing)),
    )


@requires(Permission.WORKFLOW_EDIT)
def save_workflow(
    session: Session, *, actor: Actor, now: datetime, document: WorkflowDocument, note: str = "",
    based_on: int | None = None,
) -> int:  # fmt: skip
    """Put the document in force and return its version.

    Raises ``Conflict`` with the code ``stale_version`` where another version than ``based_on`` is in force by now, or
    ``workflow_in_use`` (rows: what orders bar), and ``Invalid`` ``invalid_workflow`` with every fault.
    """
    session.execute(_LOCK)
    version = workflow_version(session)
    if based_on is not None and based_on != version:
        rows = [{"field": "version", "given": based_on, "current": version}]
        raise Conflict(
            f"The workflow was changed meanwhile: it is now version {version}.", code="stale_version", rows=rows
        )
    before, after = read_workflow(session), document.canonical()
    if faults := check_workflow(after):
        raise Invalid(_told("The workflow has faults", faults), code="invalid_workflow", rows=_rows(faults))
    session.execute(_WAIT_FOR_MOVERS)
    if leaving := _in_use(before) - _in_use(after):
        session.execute(_WAIT_FOR_PLACERS, {"leaving": sorted(leaving)})
    if barred := obstacles(session, before, after, open_orders(session)):
        raise Conflict(_told("Orders bar this change", barred), code="workflow_in_use", rows=_rows(barred))
    _write(session, differences(before, after), after)
    return keep_version(session, kind=KIND, code=CODE, document=after.as_json(), actor=actor, now=now, note=note)


@requires(Permission.WORKFLOW_EDIT)
def rollback_workflow(
    session: Session, *, actor: Actor, now: datetime, version: int, based_on: int | None = None
) -> int:
    """Put an earlier version in force again, as a version of its own; raises as ``save_workflow``, and ``NotFound``."""
    document = WorkflowDocument.of(version_of(session, KIND, CODE, version))
    note = f"Back to version {version}"
    return save_workflow(session, actor=actor, now=now, document=document, note=note, based_on=based_on)


def _in_use(document: WorkflowDocument) -> set[str]:
    return {status.code for status in document.statuses if not status.is_retired}


def _status(row: Any) -> StatusPart:  # noqa: ANN401 - a row
    return StatusPart(
        code=row.code, name=row.name, client_name=row.client_name, group=row.group_code.value, position=row.position,
        is_terminal=row.is_terminal, limit_minutes=row.limit_minutes, is_retired=row.is_retired,
        translations=row.translations,
    )  # fmt: skip


def _transition(row: Any) -> TransitionPart:  # noqa: ANN401 - a row
    return TransitionPart(
        from_status=row.from_status, to_status=row.to_status, label=row.label, position=row.position,
        roles=tuple(row.roles), order_types=None if row.order_types is None else tuple(row.order_types),
        needs=tuple(row.needs), translations=row.translations,
    )  # fmt: skip


def _order_type(row: Any) -> OrderTypePart:  # noqa: ANN401 - a row
    return OrderTypePart(
        code=row.code, name=row.name, position=row.position, is_active=row.is_active, translations=row.translations
    )


def _write(session: Session, changes: list[Change], after: WorkflowDocument) -> None:
    """Write what differs: pieces are put in before what leads to them, and taken out after it."""
    gone = {kind: [change.subject for change in changes if change.kind == kind and not change.after] for kind in KINDS}
    put = {(change.kind, change.subject) for change in changes if change.after}
    for status in after.statuses:
        if ("status", status.code) in put:
            _put(session, Status, ["code"], _columns(status, group="group_code"))
    for kind in after.order_types:
        if ("order_type", kind.code) in put:
            _put(session, OrderType, ["code"], _columns(kind))
    for code in gone["transition"]:
        start, _, end = code.partition(" → ")
        session.execute(delete(Transition).where(Transition.from_status == start, Transition.to_status == end))
    for transition in after.transitions:
        if ("transition", transition.code) in put:
            _put(session, Transition, ["from_status", "to_status"], _columns(transition))
    session.execute(delete(Status).where(Status.code.in_(gone["status"])))
    session.execute(delete(OrderType).where(OrderType.code.in_(gone["order_type"])))
    session.expire_all()


def _columns(part: StatusPart | TransitionPart | OrderTypePart, **renamed: str) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(part, one.name) for one in fields(part)}
    lists: dict[str, Any] = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    return {renamed.get(name, name): value for name, value in (values | lists).items()}


def _put(
    session: Session, model: type[Status | Transition | OrderType], key: list[str], row: Mapping[str, Any]
) -> None:
    statement = insert(model.__table__).values(**row)  # type: ignore[arg-type]
    changed: Any = {name: statement.excluded[name] for name in row if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))


def _told(said: str, faults: list[Fault]) -> str:
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    return f"{said}: {' '.join(fault.message for fault in faults[:3])}{more}"


def _rows(faults: list[Fault]) -> list[dict[str, Any]]:
    return [
        {"code": fault.code, "subject": fault.subject, "field": fault.field, "value": fault.value,
         "message": fault.message, "remedy": fault.remedy}
        for fault in faults
    ]  # fmt: skip
