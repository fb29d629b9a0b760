"""Requests for approval as they are asked, changed and withdrawn. The order is locked."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oms_core.journal import Entry
from oms_core.orders.approval_models import ApprovalRequest, ApprovalState, ApprovalStep
from oms_core.workflow.alerts import close_alert
from oms_core.workflow.business_time import after_business_seconds
from oms_core.workflow.calendars import load_calendar
from oms_core.workflow.policy_terms import ApprovalTerms, Subject

OVERDUE = "approval_overdue"


def ask(
    session: Session, terms: ApprovalTerms, *, order_id: int, calendar_id: int, measured: Decimal,
    details: Mapping[str, Any], requested_by: int, now: datetime,
) -> Entry:  # fmt: skip
    """Ask for approval at the lowest level; returns what the journal is to say."""
    request = ApprovalRequest(
        order_id=order_id, policy_code=terms.code, policy_version=terms.version, subject=terms.subject.value,
        measured=measured, limit=terms.limit, level=0, state=ApprovalState.OPEN, requested_by=requested_by,
        requested_at=now, due_at=due_at(session, terms, calendar_id, now=now), note="", details=dict(details),
    )  # fmt: skip
    session.add(request)
    session.flush()
    add_step(session, request, "asked", actor_id=requested_by, now=now)
    return told(request, "approval.asked", terms.name, now)


def update(
    session: Session, request_id: int, terms: ApprovalTerms, *, measured: Decimal, details: Mapping[str, Any],
    actor_id: int, now: datetime,
) -> None:  # fmt: skip
    """Let an open request speak of the value as it is now; who changed it asks as well, and does not decide either."""
    request = session.get_one(ApprovalRequest, request_id, with_for_update=True)
    request.measured, request.limit, request.policy_version = measured, terms.limit, terms.version
    request.details = dict(details)
    add_step(session, request, "changed", actor_id=actor_id, now=now)


def withdraw(session: Session, request_id: int, *, actor_id: int, now: datetime) -> Entry:
    """Take an open request back: nothing is beyond a limit any more, or the order ended."""
    request = session.get_one(ApprovalRequest, request_id, with_for_update=True)
    request.state, request.decided_at = ApprovalState.WITHDRAWN, now
    add_step(session, request, "withdrawn", actor_id=actor_id, now=now)
    close_alert(session, kind=OVERDUE, reference=overdue_reference(request), now=now)
    return told(request, "approval.withdrawn", "", now)


def due_at(session: Session, terms: ApprovalTerms, calendar_id: int, *, now: datetime) -> datetime | None:
    """When the present level should have answered, counted in the channel's business time; None: no hurry."""
    if terms.time_limit_minutes is None:
        return None
    return after_business_seconds(now, terms.time_limit_minutes * 60, load_calendar(session, calendar_id))


def add_step(
    session: Session, request: ApprovalRequest, action: str, *, actor_id: int, now: datetime,
    in_place_of_id: int | None = None, note: str = "",
) -> None:  # fmt: skip
    """Note what happened to the request at its present level."""
    session.flush()
    last = session.scalar(select(func.max(ApprovalStep.sequence)).where(ApprovalStep.request_id == request.id)) or 0
    session.add(
        ApprovalStep(
            request_id=request.id, sequence=last + 1, level=request.level, action=action, actor_id=actor_id,
            in_place_of_id=in_place_of_id, occurred_at=now, note=note,
        )
    )  # fmt: skip
    session.flush()


def told(request: ApprovalRequest, kind: str, name: str, now: datetime, *, note: str = "") -> Entry:
    """What the journal says of it. A margin is not told: not everybody who reads the journal may know costs."""
    payload: dict[str, Any] = {"policy": request.policy_code, "subject": request.subject, "level": request.level}
    if request.subject != Subject.MARGIN:
        payload |= {"measured": str(request.measured), "limit": str(request.limit)}
    return Entry(request.order_id, kind, now, payload=payload | {"name": name} | ({"note": note} if note else {}))


def overdue_reference(request: ApprovalRequest) -> str:
    """What the alert of an unanswered request is known by."""
    return f"approval:{request.id}"
