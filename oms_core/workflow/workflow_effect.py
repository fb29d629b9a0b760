"""What a changed workflow would do: the difference piece by piece, and the orders that stand in its way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.workflow.workflow_check import Fault
from oms_core.workflow.workflow_parts import Part, StatusPart, WorkflowDocument
from oms_core.workflow.workflow_paths import stranded_in

KINDS = {"status": "statuses", "transition": "transitions", "order_type": "order_types"}
_SAID = {"status": "status", "transition": "transition", "order_type": "order type"}


@dataclass(frozen=True, slots=True)
class Change:
    """One piece that differs: ``before`` and ``after`` hold the fields that do, by name; all of them when it is new.

    ``kind`` is status, transition or order_type, ``subject`` its code (``from → to`` of a transition).
    """

    kind: str
    subject: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The change as a sentence."""
        named = f"{_SAID[self.kind]} '{self.subject}'"
        if not self.before:
            return f"Added: {named}"
        if not self.after:
            return f"Removed: {named}"
        told = ", ".join(f"{name} {_said(old)} → {_said(self.after[name])}" for name, old in self.before.items())
        return f"Changed: {named}: {told}"


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would do; ``version`` is the one in force, to be named as ``based_on``.

    ``orders`` counts the open orders in each status that changes or whose transitions do, ``stranded`` those that
    would have no way left to an end, ``obstacles`` are why it cannot be saved with the orders there are.
    """

    version: int
    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    removed: tuple[Change, ...]
    orders: Mapping[str, int]
    stranded: Mapping[str, int]
    faults: tuple[Fault, ...]
    obstacles: tuple[Fault, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.changed or self.removed)

    @property
    def orders_affected(self) -> int:
        """How many open orders stand in a status that is touched."""
        return sum(self.orders.values())


def differences(before: WorkflowDocument, after: WorkflowDocument) -> list[Change]:
    """List what differs, statuses first; pure."""
    return [
        change for kind, name in KINDS.items() for change in _of_kind(kind, getattr(before, name), getattr(after, name))
    ]


def _of_kind(kind: str, before: Sequence[Part], after: Sequence[Part]) -> Iterator[Change]:
    old, new = {part.code: part for part in before}, {part.code: part for part in after}
    for code in [*new, *(code for code in old if code not in new)]:
        was, will = _values(old.get(code)), _values(new.get(code))
        if was and will:
            named = [name for name in was if was[name] != will[name]]
            was, will = {name: was[name] for name in named}, {name: will[name] for name in named}
        if was or will:
            yield Change(kind, code, was, will)


def _values(part: Part | None) -> dict[str, Any]:
    return {} if part is None else {one.name: getattr(part, one.name) for one in fields(part)}


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    return "nothing" if value is None else str(value)


def touched_statuses(changes: Sequence[Change]) -> set[str]:
    """The statuses that change, and those out of which transitions do; pure."""
    return {change.subject.partition(" → ")[0] for change in changes if change.kind != "order_type"}


def open_orders(session: Session) -> dict[tuple[str, str], int]:
    """Count the open orders by status and order type."""
    rows = session.execute(text("SELECT status, type, count(*) AS n FROM orders WHERE closed_at IS NULL GROUP BY 1, 2"))
    return {(row.status, row.type): row.n for row in rows}


def stranded_orders(after: WorkflowDocument, standing: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Count the open orders by status from which their type would find no way to an end; pure."""
    stranded: dict[str, int] = {}
    for (status, order_type), count in standing.items():
        if status in stranded_in(after, order_type):
            stranded[status] = stranded.get(status, 0) + count
    return stranded


def obstacles(
    session: Session, before: WorkflowDocument, after: WorkflowDocument, standing: Mapping[tuple[str, str], int]
) -> list[Fault]:
    """List what cannot be saved because of the orders there are or were."""
    new = {status.code: status for status in after.statuses}
    kinds = {kind.code for kind in after.order_types}
    held = {status for status, _ in standing}
    found = [fault for status in before.statuses if (fault := _obstacle(session, status, new.get(status.code), held))]
    gone = [kind.code for kind in before.order_types if kind.code not in kinds]
    found += [Fault("type_in_use", code, "code") for code in gone if _exists(session, _OF_TYPE, code)]
    refused = {fault.subject for fault in found}
    stranded = stranded_orders(after, standing)
    return found + [
        Fault("stranded", status, "transitions", str(count))
        for status, count in sorted(stranded.items())
        if status not in refused
    ]


def _obstacle(session: Session, status: StatusPart, becomes: StatusPart | None, held: set[str]) -> Fault | None:
    """What bars the change of one status: where orders are or were, it stays in its group."""
    if becomes is None:
        return Fault("status_in_use", status.code, "code") if _exists(session, _EVER_IN, status.code) else None
    if becomes.group != status.group and _exists(session, _EVER_IN, status.code):
        return Fault("group_in_use", status.code, "group", becomes.group)
    if becomes.is_retired and not status.is_retired and status.code in held:
        return Fault("retired_with_orders", status.code, "is_retired")
    return None


_EVER_IN = text("""
SELECT EXISTS (SELECT FROM orders WHERE status = :code) OR EXISTS (SELECT FROM status_intervals WHERE status = :code)
""")
_OF_TYPE = text("SELECT EXISTS (SELECT FROM orders WHERE type = :code)")


def _exists(session: Session, question: Any, code: str) -> bool:  # noqa: ANN401 - a clause of SQL
    return bool(session.scalar(question, {"code": code}))
