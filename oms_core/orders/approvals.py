"""Approvals: somebody else than who asked agrees to a value beyond a limit, level by level, in time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.journal import OrderEvent, record
from oms_core.orders.approval_authority import authorities, deciding_level
from oms_core.orders.approval_models import ApprovalRequest, ApprovalState, ApprovalStep
from oms_core.orders.approval_requests import OVERDUE, add_step, ask, due_at, overdue_reference, told
from oms_core.orders.hold_watch import watch_holds
from oms_core.orders.models import Order
from oms_core.workflow.alerts import close_alert, open_alert
from oms_core.workflow.policies_in_force import approval_terms
from oms_core.workflow.policy_terms import ApprovalTerms

LONGEST_NOTE = 500
MOST_LATE = 200
"""Of so many orders does one transaction of the sweep pass requests on at most."""
_ASKING = ("asked", "changed")
_LATE = """state = 'open' AND due_at <= :now AND NOT EXISTS (
    SELECT FROM approval_steps s WHERE s.request_id = approval_requests.id AND s.action = 'overdue')"""
_LOCK_LATE_ORDERS = text(f"""
SELECT id FROM orders WHERE id IN (SELECT order_id FROM approval_requests WHERE {_LATE})
ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_LATE_REQUESTS = text(f"""
SELECT id FROM approval_requests WHERE order_id = ANY (CAST(:order_ids AS bigint[])) AND {_LATE} ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to: still open where the next level must agree too."""

    number: str
    state: ApprovalState
    level: int


@requires(Permission.ORDER_VIEW)
def decide_approval(
    session: Session, *, actor: Actor, now: datetime, request_id: int, approve: bool, note: str = ""
) -> Decided:
    """Agree or refuse; what is agreed to goes to the next level where this one may not decide alone.

    The hold ends with the last agreement, a refusal (which needs a note) leaves it. Raises ``NotFound``,
    ``Conflict`` (``already_decided``), ``Forbidden`` with the code ``own_request`` for whoever placed the order,
    asked or changed the value, or ``not_your_approval`` for who has neither the level's role (or a higher level's)
    nor stands in for somebody who has; and ``Invalid`` for the note.
    """
    order, request = _locked(session, request_id)
    _refuse_note(note, is_needed=not approve)
    if request.state is not ApprovalState.OPEN:
        rows = [{"number": order.number, "state": request.state.value}]
        raise Conflict(f"This request of order {order.number} was decided before.", code="already_decided", rows=rows)
    terms = approval_terms(session, [request.policy_code])[request.policy_code]
    requesters = _requesters(session, request)
    if actor.id in requesters:
        raise Forbidden("Nobody approves what they asked for themselves.", code="own_request")
    found = deciding_level(terms, request.level, authorities(session, actor, now=now), requesters=requesters)
    if found is None or actor.id in _who(session, request, "approved"):
        raise Forbidden("Somebody else has to decide this.", code="not_your_approval")
    request.level, authority = found
    action = "approved" if approve else "refused"
    add_step(session, request, action, actor_id=actor.id, now=now, in_place_of_id=authority.in_place_of_id, note=note)
    onward = terms.level_after(request.level, request.measured) if approve else None
    if onward is None:
        request.state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
        request.decided_by, request.decided_at, request.note = actor.id, now, note
    else:
        request.level = onward
        request.due_at = due_at(session, terms, _calendar_id(session, order), now=now)
    close_alert(session, kind=OVERDUE, reference=overdue_reference(request), now=now)
    kind = "approval.passed_on" if onward is not None else f"approval.{action}"
    record(session, [told(request, kind, terms.name, now, note=note)], actor_id=actor.id)
    watch_holds(session, [order.id], actor=actor, now=now)
    return Decided(order.number, request.state, request.level)


@requires(Permission.ORDER_CHANGE)
def ask_again(session: Session, *, actor: Actor, now: datetime, request_id: int, note: str) -> str:
    """Ask anew for what was refused, saying why; returns the order's number.

    Raises ``NotFound``, ``Conflict`` (``not_refused``) unless the newest word on it is a refusal, ``Invalid``.
    """
    order, request = _locked(session, request_id)
    _refuse_note(note, is_needed=True)
    newest = select(ApprovalRequest.id).where(
        ApprovalRequest.order_id == order.id, ApprovalRequest.policy_code == request.policy_code
    )
    is_newest = session.scalar(newest.order_by(ApprovalRequest.id.desc()).limit(1)) == request.id
    if request.state is not ApprovalState.REFUSED or not is_newest:
        raise Conflict("Only what was refused can be asked for again.", code="not_refused")
    terms = approval_terms(session, [request.policy_code])[request.policy_code]
    entry = ask(
        session, terms, order_id=order.id, calendar_id=_calendar_id(session, order), measured=request.measured,
        details={**(request.details or {}), "why": note}, requested_by=actor.id, now=now,
    )  # fmt: skip
    record(session, [entry], actor_id=actor.id)
    watch_holds(session, [order.id], actor=actor, now=now)
    return order.number


@requires(Permission.SYSTEM_RUN)
def escalate_due(session: Session, *, actor: Actor, now: datetime) -> int:
    """Ask the next level where one did not answer in time, and raise an alert; returns how many were late.

    Of ``MOST_LATE`` orders at most: where it returns any, there may be more. The last level is told of once.
    Requests of orders that somebody is changing right now wait for the next sweep.
    """
    order_ids = list(session.scalars(_LOCK_LATE_ORDERS, {"now": now, "limit": MOST_LATE}))
    late = list(session.scalars(_LATE_REQUESTS, {"now": now, "order_ids": order_ids}))
    for request_id in late:
        request = session.get_one(ApprovalRequest, request_id, populate_existing=True)
        terms = approval_terms(session, [request.policy_code])[request.policy_code]
        _escalate(session, request, terms, actor=actor, now=now)
    return len(late)


def _escalate(session: Session, request: ApprovalRequest, terms: ApprovalTerms, *, actor: Actor, now: datetime) -> None:
    order = session.get_one(Order, request.order_id)
    has_next = request.level + 1 < len(terms.levels)
    if has_next:
        request.level += 1
        request.due_at = due_at(session, terms, _calendar_id(session, order), now=now)
        record(session, [told(request, "approval.escalated", terms.name, now)], actor_id=actor.id)
    add_step(session, request, "escalated" if has_next else "overdue", actor_id=actor.id, now=now)
    message = f"Order {order.number} still waits for approval: {terms.name}"
    details = {"number": order.number, "policy": terms.code, "level": request.level}
    open_alert(
        session, kind=OVERDUE, reference=overdue_reference(request), message=message, now=now, details=details,
        order_id=order.id,
    )  # fmt: skip


def _locked(session: Session, request_id: int) -> tuple[Order, ApprovalRequest]:
    """Lock the order first, as everybody who touches its requests does, then read the request as it stands."""
    order_id = session.scalar(select(ApprovalRequest.order_id).where(ApprovalRequest.id == request_id))
    if order_id is None:
        raise NotFound("There is no such request for approval.", code="unknown_request", rows=[{"id": request_id}])
    fresh = {"populate_existing": True}
    locked = select(Order).where(Order.id == order_id).with_for_update(key_share=True)
    order = session.scalars(locked.execution_options(**fresh)).one()
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id)
    return order, session.scalars(query.execution_options(**fresh)).one()


def _requesters(session: Session, request: ApprovalRequest) -> set[int]:
    # A limit switched on later is asked for in another's name; what waits is the placer's doing all the same.
    placed = select(OrderEvent.actor_id).where(
        OrderEvent.order_id == request.order_id, OrderEvent.kind == "order.placed"
    )
    return _who(session, request, *_ASKING) | {request.requested_by} | set(session.scalars(placed))


def _who(session: Session, request: ApprovalRequest, *actions: str) -> set[int]:
    query = select(ApprovalStep.actor_id).where(ApprovalStep.request_id == request.id, ApprovalStep.action.in_(actions))
    return set(session.scalars(query))


def _calendar_id(session: Session, order: Order) -> int:
    return session.get_one(Channel, order.channel_id).calendar_id


def _refuse_note(note: str, *, is_needed: bool) -> None:
    if len(note) > LONGEST_NOTE or "\0" in note or (is_needed and not note.strip()):
        least = 1 if is_needed else 0
        row = {"field": "note", "value": note[:60], "message": f"must be text of {least} to {LONGEST_NOTE} characters"}
        raise Invalid("Say why, in a few words.", code="note_required", rows=[row])
