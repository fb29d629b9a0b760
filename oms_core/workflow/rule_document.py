"""A validation rule as a document: what people save, show, compare and take back."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from oms_core.errors import Invalid
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
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.vocabulary import CHANGES

_TEXTS = {"name": 200, "message": 500, "field": 60}
_SCOPES = ("changes", "to_statuses", "order_types", "channels")


@dataclass(frozen=True, slots=True)
class RuleDocument(Document):
    """A validation rule: when it is asked, what must hold, and what is said where it does not."""

    name: str
    severity: Severity
    changes: tuple[str, ...] | None
    to_statuses: tuple[str, ...] | None
    order_types: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    expression: str
    builder: dict[str, Any] | None
    message: str
    field: str
    active_from: datetime | None
    active_until: datetime | None
    is_active: bool
    position: int
    translations: dict[str, Any]


def read_document(document: Mapping[str, Any]) -> RuleDocument:
    """Read a rule; raises ``Invalid`` (``bad_rule``) naming every field at fault, or for its builder."""
    refuse_faults(list(_faults(document)))
    builder = document.get("builder") or None
    return RuleDocument(
        code=document["code"],
        severity=Severity(document.get("severity", Severity.REFUSE)),
        expression=str(document["expression"]).strip() if builder is None else to_cel(builder),
        builder=None if builder is None else dict(builder),
        active_from=read_moment(document.get("active_from")),
        active_until=read_moment(document.get("active_until")),
        is_active=bool(document.get("is_active", False)),
        position=int(document.get("position") or 0),
        translations=dict(document.get("translations") or {}),
        name=document["name"].strip(),
        message=document["message"].strip(),
        field=document["field"].strip(),
        changes=read_codes(document, "changes"),
        to_statuses=read_codes(document, "to_statuses"),
        order_types=read_codes(document, "order_types"),
        channels=read_codes(document, "channels"),
    )


def refuse_unknown_scope(session: Session, rule: RuleDocument) -> None:
    """Raise ``Invalid`` (``bad_rule``) where the scope names a status, order type or channel that is not there."""
    scopes = {"to_statuses": rule.to_statuses, "order_types": rule.order_types, "channels": rule.channels}
    rows = unknown_codes(session, scopes)
    if rows:
        told = ", ".join(f"{row['field']} '{row['value']}'" for row in rows)
        raise Invalid(f"The rule names what is unknown: {told}.", code="bad_rule", rows=rows)


def _faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,59}", str(document.get("code"))):
        yield fault("code", document.get("code"), "must be 2 to 60 small letters, digits or _, a letter first")
    for name, limit in _TEXTS.items():
        said = document.get(name)
        if not isinstance(said, str) or not 0 < len(said.strip()) <= limit or "\0" in said:
            yield fault(name, None, f"must be text of 1 to {limit} characters")
    if document.get("severity", "refuse") not in set(Severity):
        yield fault("severity", document.get("severity"), "must be refuse or warn")
    malformed = list(faults_of_codes(document, _SCOPES))
    yield from malformed
    changes = () if "changes" in {one["field"] for one in malformed} else document.get("changes") or ()
    if strange := sorted(set(changes) - set(CHANGES)):
        yield fault("changes", strange, f"must be among {', '.join(CHANGES)}")
    if not document.get("builder") and not isinstance(document.get("expression"), str):
        yield fault("expression", None, "is needed, or a builder")
    if document.get("builder") and not isinstance(document["builder"], Mapping):
        yield fault("builder", None, "must be a condition")
    if not isinstance(document.get("translations") or {}, Mapping):
        yield fault("translations", None, "must be texts by language")
    yield from _faults_of_order(document)


def _faults_of_order(document: Mapping[str, Any]) -> Iterator[Fault]:
    position = document.get("position") or 0
    if not isinstance(position, int) or not 0 <= position < 2**15:
        yield fault("position", position, "must be a number from 0")
    yield from faults_of_period(document)
