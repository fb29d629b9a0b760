"""Fields that the documents of rules and policies share: read, checked, and kept as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.errors import Invalid

Fault = dict[str, Any]

_LONGEST_SHOWN = 60
_KNOWN = text("""
SELECT 'to_statuses' AS field, code FROM statuses
UNION ALL SELECT 'order_types', code FROM order_types
UNION ALL SELECT 'channels', code FROM channels
""")


@dataclass(frozen=True, slots=True)
class Document:
    """What people save under a code; every field is right in itself."""

    code: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept: the same document read again gives the same."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def fault(field: str, value: object, message: str) -> Fault:
    """Name what is wrong with a field; its value is told as text, lists as they are."""
    said: Sequence[Any] | str | None = value if isinstance(value, list) else None
    if said is None and value is not None:
        said = str(value)[:_LONGEST_SHOWN]
    return {"field": field, "value": said, "message": message}


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise ``Invalid`` (``bad_rule``) where there are faults."""
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The rule cannot be saved so: {told}.", code="bad_rule", rows=faults)


def read_moment(value: object) -> datetime | None:
    """A moment with its zone, read from text where need be; raises ``ValueError``."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("names no time zone")
    return moment


def read_codes(document: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """Codes of a scope; an empty list means all, as none does."""
    return tuple(document[name]) if document.get(name) else None


def read_number(value: object) -> Decimal | None:
    """A finite number; None where it is none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def faults_of_period(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with ``active_from`` and ``active_until``."""
    moments: dict[str, datetime | None] = {}
    for name in ("active_from", "active_until"):
        try:
            moments[name] = read_moment(document.get(name))
        except ValueError:
            yield fault(name, document.get(name), "must be a moment with its time zone")
    begin, end = moments.get("active_from"), moments.get("active_until")
    if begin is not None and end is not None and begin >= end:
        yield fault("active_until", document.get("active_until"), "must come after active_from")


def faults_of_codes(document: Mapping[str, Any], names: Sequence[str]) -> Iterator[Fault]:
    """Name the scopes that are no lists of codes."""
    for name in names:
        codes = document.get(name)
        if codes and (isinstance(codes, str) or not all(isinstance(code, str) for code in codes)):
            yield fault(name, codes, "must be a list of codes")


def unknown_codes(session: Session, scopes: Mapping[str, Sequence[str] | None]) -> list[Fault]:
    """Name each status, order type and channel of the scopes that there is not."""
    known: dict[str, set[str]] = {}
    for row in session.execute(_KNOWN):
        known.setdefault(row.field, set()).add(row.code)
    return [
        fault(name, code, "is unknown")
        for name, codes in scopes.items()
        for code in codes or ()
        if code not in known.get(name, ())
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of any kind
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
