"""A validation rule as a document: what people save, show, compare and take back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.errors import Invalid
from oms_core.workflow.builder import to_cel
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.vocabulary import CHANGES

_TEXTS = {"name": 200, "message": 500, "field": 60}
_SCOPES = ("changes", "to_statuses", "order_types", "channels")
_SCOPED = text("""
SELECT 'to_statuses' AS field, code FROM statuses
UNION ALL SELECT 'order_types', code FROM order_types
UNION ALL SELECT 'channels', code FROM channels
""")


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """A rule whose every field is right in itself."""

    code: str
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

    def as_json(self) -> dict[str, Any]:
        """As it is kept: the same document read again gives the same."""
        plain = asdict(self)
        for name, value in plain.items():
            if isinstance(value, tuple):
                plain[name] = list(value)
            elif isinstance(value, datetime):
                plain[name] = value.isoformat()
        return plain | {"severity": self.severity.value}


def read_document(document: Mapping[str, Any]) -> RuleDocument:
    """Read a rule; raises ``Invalid`` (``bad_rule``) naming every field at fault, or for its builder."""
    faults = list(_faults(document))
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The rule cannot be saved so: {told}.", code="bad_rule", rows=faults)
    builder = document.get("builder") or None
    return RuleDocument(
        code=document["code"],
        severity=Severity(document.get("severity", Severity.REFUSE)),
        expression=str(document["expression"]).strip() if builder is None else to_cel(builder),
        builder=None if builder is None else dict(builder),
        active_from=_moment(document.get("active_from")),
        active_until=_moment(document.get("active_until")),
        is_active=bool(document.get("is_active", False)),
        position=int(document.get("position") or 0),
        translations=dict(document.get("translations") or {}),
        name=document["name"].strip(),
        message=document["message"].strip(),
        field=document["field"].strip(),
        changes=_codes(document, "changes"),
        to_statuses=_codes(document, "to_statuses"),
        order_types=_codes(document, "order_types"),
        channels=_codes(document, "channels"),
    )


def refuse_unknown_scope(session: Session, rule: RuleDocument) -> None:
    """Raise ``Invalid`` (``bad_rule``) where the scope names a status, order type or channel that is not there."""
    known: dict[str, set[str]] = {}
    for row in session.execute(_SCOPED):
        known.setdefault(row.field, set()).add(row.code)
    rows = [
        _fault(name, code, "is unknown")
        for name, codes in known.items()
        for code in getattr(rule, name) or ()
        if code not in codes
    ]
    if rows:
        told = ", ".join(f"{row['field']} '{row['value']}'" for row in rows)
        raise Invalid(f"The rule names what is unknown: {told}.", code="bad_rule", rows=rows)


def _faults(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,59}", str(document.get("code"))):
        yield _fault("code", document.get("code"), "must be 2 to 60 small letters, digits or _, a letter first")
    for name, limit in _TEXTS.items():
        said = document.get(name)
        if not isinstance(said, str) or not 0 < len(said.strip()) <= limit or "\0" in said:
            yield _fault(name, None, f"must be text of 1 to {limit} characters")
    if document.get("severity", "refuse") not in set(Severity):
        yield _fault("severity", document.get("severity"), "must be refuse or warn")
    for name in _SCOPES:
        codes = document.get(name)
        if codes and (isinstance(codes, str) or not all(isinstance(code, str) for code in codes)):
            yield _fault(name, codes, "must be a list of codes")
        elif name == "changes" and set(codes or ()) - set(CHANGES):
            yield _fault(name, sorted(set(codes or ()) - set(CHANGES)), f"must be among {', '.join(CHANGES)}")
    if not document.get("builder") and not isinstance(document.get("expression"), str):
        yield _fault("expression", None, "is needed, or a builder")
    if document.get("builder") and not isinstance(document["builder"], Mapping):
        yield _fault("builder", None, "must be a condition")
    if not isinstance(document.get("translations") or {}, Mapping):
        yield _fault("translations", None, "must be texts by language")
    yield from _faults_of_order(document)


def _faults_of_order(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    position = document.get("position") or 0
    if not isinstance(position, int) or not 0 <= position < 2**15:
        yield _fault("position", position, "must be a number from 0")
    moments: dict[str, datetime | None] = {}
    for name in ("active_from", "active_until"):
        try:
            moments[name] = _moment(document.get(name))
        except ValueError:
            yield _fault(name, document.get(name), "must be a moment with its time zone")
    begin, end = moments.get("active_from"), moments.get("active_until")
    if begin is not None and end is not None and begin >= end:
        yield _fault("active_until", document.get("active_until"), "must come after active_from")


def _codes(document: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """Codes of a scope; an empty list means all, as none does."""
    return tuple(document[name]) if document.get(name) else None


def _moment(value: object) -> datetime | None:
    """A moment with its zone, read from text where need be; raises ``ValueError``."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("names no time zone")
    return moment


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    said: Sequence[Any] | str | None = value if isinstance(value, list) else None if value is None else str(value)[:60]
    return {"field": field, "value": said, "message": message}
