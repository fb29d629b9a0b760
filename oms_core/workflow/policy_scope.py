"""Which orders a policy speaks of, checked against the channels and order types there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from oms_core.workflow.document_fields import Fault, fault, unknown_codes


def check_scope(session: Session, document: Mapping[str, Any]) -> list[Fault]:
    """Name channels and order types that there are not; null means all."""
    scopes = {name: codes for name in ("channels", "order_types") if (codes := document.get(name)) is not None}
    empty = [
        name for name, codes in scopes.items() if not isinstance(codes, Sequence) or isinstance(codes, str) or not codes
    ]
    faults = [fault(name, scopes.pop(name), "must name at least one, or be left out") for name in empty]
    return faults + unknown_codes(session, scopes)
