"""An automation rule as a document: what people save, show, compare and take back."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from oms_core.automation.action_kinds import faults_of
from oms_core.automation.events import EVENTS
from oms_core.automation.models import Mode
from oms_core.workflow.builder import to_cel
from oms_core.workflow.document_fields import (
    Document,
    Fault,
    fault,
    faults_of_codes,
    faults_of_period,
    read_codes,
    read_moment,
    refuse_faults,
    unknown_codes,
)

LONGEST_CODE = 50  # with its version it must fit into the journal
_SCOPES = ("order_types", "channels")


@dataclass(frozen=True, slots=True)
class AutomationDocument(Document):
    """An automation rule: when it listens, on what condition, and what it does."""

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


def read_document(document: Mapping[str, Any]) -> AutomationDocument:
    """Read a rule; raises ``Invalid`` (``bad_rule``) naming every field at fault, or for its builder."""
    refuse_faults(list(_faults(document)))
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
        active_from=read_moment(document.get("active_from")),
        active_until=read_moment(document.get("active_until")),
        translations=dict(document.get("translations") or {}),
        **{name: read_codes(document, name) for name in _SCOPES},
    )


def refuse_unknown(session: Session, rule: AutomationDocument) -> None:
    """Raise ``Invalid`` (``bad_rule``) where scope or actions name what is not there, or miss a thing."""
    unknown = unknown_codes(session, {"order_types": rule.order_types, "channels": rule.channels})
    refuse_faults([*unknown, *faults_of(session, rule.actions)])


def _faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    code, name = document.get("code"), document.get("name")
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{1,{LONGEST_CODE - 1}}}", str(code)):
        yield fault("code", code, f"must be 2 to {LONGEST_CODE} small letters, digits or _, a letter first")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200 or "\0" in name:
        yield fault("name", None, "must be text of 1 to 200 characters")
    if document.get("event") not in EVENTS:
        yield fault("event", document.get("event"), f"must be one of {', '.join(EVENTS)}")
    if document.get("mode", "off") not in set(Mode):
        yield fault("mode", document.get("mode"), f"must be one of {', '.join(Mode)}")
    priority = document.get("priority", 100)
    if type(priority) is not int or not 0 <= priority < 2**15:
        yield fault("priority", priority, "must be a whole number from 0")
    actions = document.get("actions")
    if not isinstance(actions, list | tuple) or not all(isinstance(action, Mapping) for action in actions):
        yield fault("actions", None, "must be a list of actions")
    yield from faults_of_codes(document, _SCOPES)
    for field, kind, message in (
        ("condition", str, "must be text"), ("builder", Mapping, "must be a condition"),
        ("translations", Mapping, "must be texts by language"),
    ):  # fmt: skip
        if document.get(field) and not isinstance(document[field], kind):
            yield fault(field, None, message)
    yield from faults_of_period(document)


def _tidy(action: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty."""
    return {name: value for name, value in action.items() if value is not None and value != ""}
