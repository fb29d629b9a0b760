"""Which orders a policy speaks of, checked against the channels and order types there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

Fault = dict[str, Any]

_KNOWN = text("SELECT 'channels' AS what, code FROM channels UNION ALL SELECT 'order_types', code FROM order_types")


def check_scope(session: Session, document: Mapping[str, Any]) -> list[Fault]:
    """Name channels and order types that there are not; null means all."""
    known = {(row.what, row.code) for row in session.execute(_KNOWN)}
    faults: list[Fault] = []
    for name in ("channels", "order_types"):
        codes = document.get(name)
        if codes is None:
            continue
        if not isinstance(codes, Sequence) or isinstance(codes, str) or not codes:
            faults.append(fault(name, codes, "must name at least one, or be left out"))
        else:
            faults += [fault(name, code, "is unknown") for code in codes if (name, code) not in known]
    return faults


def fault(field: str, value: object, message: str) -> Fault:
    """Name what is wrong with a field."""
    return {"field": field, "value": None if value is None else str(value), "message": message}
