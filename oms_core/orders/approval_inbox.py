"""Requests for approval as people see them: what waits for whom, and what came of what they asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.orders.approval_authority import Authority, authorities, deciding_level
from oms_core.orders.approval_models import ApprovalState
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.workflow.policies_in_force import approval_terms
from oms_core.workflow.policy_terms import ApprovalTerms, Subject

_SHOWN_DAYS = 90
_REQUESTS = text("""
SELECT q.id, o.number, o.currency, o.total, c.name AS customer, q.policy_code, q.subject, q.measured, q.limit_value,
       q.level, q.state, q.requested_by, u.name AS requested_by_name, q.requested_at, q.due_at, q.decided_at,
       d.name AS decided_by_name, q.note, q.details,
       ARRAY(SELECT s.actor_id FROM approval_steps s
             WHERE s.request_id = q.id AND s.action IN ('asked', 'changed')
             UNION SELECT e.actor_id FROM order_events e
             WHERE e.order_id = q.order_id AND e.kind = 'order.placed') AS requesters,
       ARRAY(SELECT s.actor_id FROM approval_steps s
             WHERE s.request_id = q.id AND s.action = 'approved') AS approvers
FROM approval_requests q
JOIN orders o ON o.id = q.order_id
JOIN customers c ON c.id = o.customer_id
JOIN users u ON u.id = q.requested_by
LEFT JOIN users d ON d.id = q.decided_by
WHERE q.state = 'open' OR (q.requested_by = :actor_id AND q.requested_at >= :since)
ORDER BY q.due_at NULLS LAST, q.id
""")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request; ``measured`` and ``limit`` are None where they would tell a cost that the reader may not see.

    ``skus`` are the lines beyond the limit, ``in_place_of`` whom the reader would decide for, ``why`` what was said
    with the request, ``note`` what was said to it.
    """

    id: int
    number: str
    currency: str
    total: Decimal
    customer: str
    policy: str
    subject: Subject
    measured: Decimal | None
    limit: Decimal | None
    role: str
    state: ApprovalState
    requested_by: str
    requested_at: datetime
    due_at: datetime | None
    is_overdue: bool
    decided_by: str | None
    decided_at: datetime | None
    note: str
    skus: tuple[str, ...]
    why: str
    in_place_of: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for the reader, the most urgent first; what they asked; and what waits for others."""

    waiting: tuple[RequestView, ...]
    asked: tuple[RequestView, ...]
    elsewhere: tuple[RequestView, ...]


@requires(Permission.ORDER_VIEW)
def list_approvals(session: Session, *, actor: Actor, now: datetime) -> Inbox:
    """Sort the open requests by who must act, with those of the last 90 days that the actor asked for."""
    given = {"actor_id": actor.id, "since": now - timedelta(days=_SHOWN_DAYS)}
    rows = [row._asdict() for row in session.execute(_REQUESTS, given)]
    terms = approval_terms(session, {row["policy_code"] for row in rows})
    held = authorities(session, actor, now=now)
    waiting, asked, elsewhere = [], [], []
    for row in rows:
        authority = _authority(row, terms[row["policy_code"]], held, actor)
        view = _view(row, terms[row["policy_code"]], authority, actor, now)
        if authority is not None:
            waiting.append(view)
        elif actor.id == row["requested_by"]:
            asked.append(view)
        else:
            elsewhere.append(view)
    asked.sort(key=lambda view: view.requested_at, reverse=True)
    return Inbox(tuple(waiting), tuple(asked), tuple(elsewhere))


def _authority(
    row: Mapping[str, Any], terms: ApprovalTerms, held: Sequence[Authority], actor: Actor
) -> Authority | None:
    """By what the reader may decide an open request; None: they may not."""
    requesters = {row["requested_by"], *row["requesters"]}
    if row["state"] != ApprovalState.OPEN or actor.id in requesters or actor.id in row["approvers"]:
        return None
    found = deciding_level(terms, row["level"], held, requesters=requesters)
    return found[1] if found else None


def _view(
    row: Mapping[str, Any], terms: ApprovalTerms, authority: Authority | None, actor: Actor, now: datetime
) -> RequestView:
    details = row["details"] or {}
    sees = row["subject"] != Subject.MARGIN or actor.may(Permission.COST_VIEW)
    is_open = row["state"] == ApprovalState.OPEN
    return RequestView(
        **{name: row[name] for name in ("id", "number", "currency", "total", "requested_at", "decided_at", "note")},
        customer=row["customer"] if sees_personal_data(actor) else HIDDEN,
        policy=terms.name,
        subject=Subject(row["subject"]),
        measured=row["measured"] if sees else None,
        limit=row["limit_value"] if sees else None,
        role=terms.levels[min(row["level"], len(terms.levels) - 1)].role,
        state=ApprovalState(row["state"]),
        requested_by=row["requested_by_name"],
        due_at=row["due_at"] if is_open else None,
        is_overdue=is_open and row["due_at"] is not None and row["due_at"] < now,
        decided_by=row["decided_by_name"],
        skus=tuple(line["sku"] for line in details.get("lines", ())),
        why=details.get("why", ""),
        in_place_of=authority.in_place_of if authority else "",
    )
