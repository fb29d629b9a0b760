"""Refunds beyond a limit: somebody else agrees first, and what they agreed to is refunded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.billing.payments import is_sum
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid
from oms_core.journal import record
from oms_core.orders.approval_models import ApprovalRequest, ApprovalState
from oms_core.orders.approval_requests import ask
from oms_core.orders.interception import intercept_refund
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order
from oms_core.workflow.policies_in_force import policies_in_force
from oms_core.workflow.policy_terms import ApprovalTerms, Subject

# What went back without an approval counts on: a refund in two halves is not below a limit.
_UNAPPROVED = text("""
SELECT coalesce(sum(f.gross), 0) FROM refunds f
WHERE f.order_id = :order_id AND NOT EXISTS (
    SELECT FROM approval_requests q
    WHERE q.order_id = f.order_id AND q.subject = 'refund' AND q.details ->> 'refund' = f.id::text)
""")


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """The order and the policies under which approval of its refund was asked for."""

    number: str
    policies: tuple[str, ...]


@requires(Permission.PAYMENT_REFUND)
def request_refund_approval(
    session: Session, *, actor: Actor, now: datetime, number: str, gross: Decimal, note: str = "",
    version: int | None = None,
) -> RefundAsked:  # fmt: skip
    """Ask for the approval of a refund that is beyond a limit; once given, that much may be refunded once.

    Where all of the money is asked back, work on the order stops at once. Raises ``Conflict`` with the code
    ``approval_not_needed``, ``approval_pending`` where it is asked for already, or ``exceeds_paid``, and ``Invalid``
    for the sum.
    """
    order = lock_order(session, number, version=version)
    refuse_refund(order, gross)
    beyond = _beyond(session, order, gross)
    lacking = [(terms, measured) for terms, measured in beyond if _approved(session, order, terms, gross) is None]
    if not lacking:
        raise Conflict("This refund needs no approval, or has it.", code="approval_not_needed")
    pending = [terms.code for terms, _ in lacking if _pending(session, order, terms)]
    if pending:
        rows = [{"policy": code} for code in pending]
        raise Conflict("A refund of this order waits for approval already.", code="approval_pending", rows=rows)
    calendar_id = session.get_one(Channel, order.channel_id).calendar_id
    details = {"gross": str(gross), "currency": order.currency, "why": note[:500]}
    entries = [
        ask(
            session, terms, order_id=order.id, calendar_id=calendar_id, measured=measured, details=details,
            requested_by=actor.id, now=now,
        )
        for terms, measured in lacking
    ]  # fmt: skip
    record(session, entries, actor_id=actor.id)
    if gross == order.paid - order.refunded:
        intercept_refund(session, order, actor=actor, now=now)
    return RefundAsked(order.number, tuple(terms.code for terms, _ in lacking))


def approvals_for_refund(session: Session, order: Order, gross: Decimal) -> list[int]:
    """Find the approvals that a refund of a locked order uses up; raises ``Conflict`` (``approval_needed``)."""
    found, rows = [], []
    for terms, measured in _beyond(session, order, gross):
        request_id = _approved(session, order, terms, gross)
        if request_id is None:
            rows.append({"policy": terms.code, "limit": str(terms.limit), "sum": str(measured), "gross": str(gross)})
        else:
            found.append(request_id)
    if rows:
        told = (
            f"{rows[0]['sum']} would have gone back for {order.number}, beyond {rows[0]['limit']} it needs an approval."
        )
        raise Conflict(told, code="approval_needed", rows=rows)
    return found


def use_approvals(session: Session, request_ids: Sequence[int], *, refund_id: int) -> None:
    """Name the refund that used these approvals up."""
    for request_id in request_ids:
        request = session.get_one(ApprovalRequest, request_id)
        request.details = {**(request.details or {}), "refund": str(refund_id)}
    session.flush()


def refuse_refund(order: Order, gross: Decimal) -> None:
    """Raise ``Invalid`` for a sum that cannot be paid, ``Conflict`` for more than is left of what was paid."""
    if not is_sum(gross):
        rows = [{"field": "gross", "value": str(gross), "message": "must be above 0, with at most two decimals"}]
        raise Invalid("The refund cannot be booked so.", code="invalid_refund", rows=rows)
    left = order.paid - order.refunded
    if gross > left:
        rows = [{"field": "gross", "value": str(gross), "left": str(left)}]
        raise Conflict(f"Only {left} of what was paid for {order.number} is left.", code="exceeds_paid", rows=rows)


def _beyond(session: Session, order: Order, gross: Decimal) -> list[tuple[ApprovalTerms, Decimal]]:
    """The limits that this refund goes beyond, with the sum that would have gone back without an approval."""
    policies = [terms for terms in policies_in_force(session).approvals if terms.subject is Subject.REFUND]
    if not policies:
        return []
    measured = gross + session.execute(_UNAPPROVED, {"order_id": order.id}).scalar_one()
    channel = session.get_one(Channel, order.channel_id).code
    return [
        (terms, measured)
        for terms in policies
        if terms.scope.covers(channel, order.type) and terms.needs_approval(measured)
    ]


def _approved(session: Session, order: Order, terms: ApprovalTerms, gross: Decimal) -> int | None:
    query = select(ApprovalRequest).where(
        ApprovalRequest.order_id == order.id,
        ApprovalRequest.policy_code == terms.code,
        ApprovalRequest.state == ApprovalState.APPROVED,
    )
    for request in session.scalars(query.order_by(ApprovalRequest.id).execution_options(populate_existing=True)):
        details = request.details or {}
        if "refund" not in details and Decimal(details["gross"]) >= gross:
            return request.id
    return None


def _pending(session: Session, order: Order, terms: ApprovalTerms) -> bool:
    query = select(ApprovalRequest.id).where(
        ApprovalRequest.order_id == order.id,
        ApprovalRequest.policy_code == terms.code,
        ApprovalRequest.state == ApprovalState.OPEN,
    )
    return session.scalar(query) is not None
