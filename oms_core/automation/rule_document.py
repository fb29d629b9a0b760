"""An automation rule as a document: what people save, show, compare and take back."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.automation.action_kinds import faults_of
from oms_core.automation.events import EVENTS
from oms_core.automation.models import Mode
from oms_core.errors import Invalid
from oms_core.workflow.builder import to_cel

LONGEST_CODE = 50  # with its version it must fit into the journal
_SCOPES = ("order_types", "channels")
_SCOPED = text("SELECT 'order_types' AS field, code FROM order_types UNION ALL SELECT 'channels', code FROM channels")


@dataclass(frozen=True, slots=True)
class AutomationDocument:
    """A rule whose every field is right in itself."""

    code: str
    name: str
    event: str
    condition: str
    builder: dict[str, Any] | None
    actions: tuple[dict[str, Any], ...]
    mode: Mode
    priority: int
    order_types: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    active_from: datetime | None
    active_until: datetime | None
    translations: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As it is kept: the same document read again gives the same."""
        plain = asdict(self)
        for name, value in plain.items():
            if isinstance(value, tuple):
                plain[name] = list(value)
            elif isinstance(value, datetime):
                plain[name] = value.isoformat()
        return plain | {"mode": self.mode.value}


def read_document(document: Mapping[str, Any]) -> AutomationDocument:
    """Read a rule; raises ``Invalid`` (``bad_rule``) naming every field at fault, or for its builder."""
    refuse(list(_faults(document)))
    builder = document.get("builder") or None
    condition = str(document.get("condition") or "true").strip() if builder is None else to_cel(builder)
    return AutomationDocument(
        code=document["code"],
        name=document["name"].strip(),
        event=document["event"],
        condition=condition,
        builder=None if builder is None else dict(builder),
        actions=tuple(_tidy(action) for action in document["actions"]),
        mode=Mode(document.get("mode", Mode.OFF)),
        priority=document.get("priority", 100),
        active_from=_moment(document.get("active_from")),
        active_until=_moment(document.get("active_until")),
        translations=dict(document.get("translations") or {}),
        **{name: tuple(document[name]) if document.get(name) else None for name in _SCOPES},
    )


def refuse_unknown(session: Session, rule: AutomationDocument) -> None:
    """Raise ``Invalid`` (``bad_rule``) where scope or actions name what is not there, or miss a thing."""
    known: dict[str, set[str]] = {name: set() for name in _SCOPES}
    for row in session.execute(_SCOPED):
        known[row.field].add(row.code)
    faults = [
        _fault(name, code, "is unknown")
        for name in _SCOPES
        for code in getattr(rule, name) or ()
        if code not in known[name]
    ]
    refuse([*faults, *faults_of(session, rule.actions)])


def refuse(faults: list[dict[str, Any]]) -> None:
    """Raise ``Invalid`` (``bad_rule``) where there are faults."""
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The rule cannot be saved so: {told}.", code="bad_rule", rows=faults)


def _faults(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    code, name = document.get("code"), document.get("name")
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{1,{LONGEST_CODE - 1}}}", str(code)):
        yield _fault("code", code, f"must be 2 to {LONGEST_CODE} small letters, digits or _, a letter first")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200 or "\0" in name:
        yield _fault("name", None, "must be text of 1 to 200 characters")
    if document.get("event") not in EVENTS:
        yield _fault("event", document.get("event"), f"must be one of {', '.join(EVENTS)}")
    if document.get("mode", "off") not in set(Mode):
        yield _fault("mode", document.get("mode"), f"must be one of {', '.join(Mode)}")
    priority = document.get("priority", 100)
    if type(priority) is not int or not 0 <= priority < 2**15:
        yield _fault("priority", priority, "must be a whole number from 0")
    actions = document.get("actions")
    if not isinstance(actions, list | tuple) or not all(isinstance(action, Mapping) for action in actions):
        yield _fault("actions", None, "must be a list of actions")
    for scope in _SCOPES:
        codes = document.get(scope)
        if codes and (isinstance(codes, str) or not all(isinstance(code, str) for code in codes)):
            yield _fault(scope, str(codes), "must be a list of codes")
    for field, kind, message in (
        ("condition", str, "must be text"), ("builder", Mapping, "must be a condition"),
        ("translations", Mapping, "must be texts by language"),
    ):  # fmt: skip
        if document.get(field) and not isinstance(document[field], kind):
            yield _fault(field, None, message)
    yield from _faults_of_period(document)


def _faults_of_period(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    moments: dict[str, datetime | None] = {}
    for name in ("active_from", "active_until"):
        try:
            moments[name] = _moment(document.get(name))
        except ValueError:
            yield _fault(name, str(document.get(name)), "must be a moment with its time zone")
    begin, end = moments.get("active_from"), moments.get("active_until")
    if begin is not None and end is not None and begin >= end:
        yield _fault("active_until", str(document.get("active_until")), "must come after active_from")


def _tidy(action: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty."""
    return {name: value for name, value in action.items() if value is not None and value != ""}


def _moment(value: object) -> datetime | None:
    """A moment with its zone, read from text where need be; raises ``ValueError``."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("names no time zone")
    return moment


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": message}
