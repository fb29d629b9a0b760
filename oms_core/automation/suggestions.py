"""Suggestions: what a rule would do, done by a person in one click, with that person's permissions."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.automation.acting import act, permissions_for
from oms_core.automation.models import AutomationRun, Outcome
from oms_core.automation.runs import chain_of
from oms_core.errors import Conflict, NotFound
from oms_core.journal import Cause, Journalled, OrderEvent, remember
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order

_OFFERED = (Outcome.SUGGESTED, Outcome.FAILED)


@requires(Permission.TASK_WORK)
def accept_suggestion(session: Session, *, actor: Actor, now: datetime, run_id: int) -> str:
    """Do what a rule suggested, or tried and failed, as the person; returns the order's number.

    The journal names the person and the rule. Raises ``Forbidden`` where an action needs more than the person may,
    ``Conflict`` (``suggestion_decided``) where somebody was quicker, and whatever the actions are refused with: then
    nothing happened and the suggestion stands.
    """
    run, number = _lock_offered(session, run_id)
    kept = dict(run.detail or {})
    cause = Cause(f"{run.rule_code}@{run.rule_version}", (*kept.get("chain", ()), run.rule_code))
    caused = act(session, run.order_id, kept["actions"], cause=cause, actor=actor, now=now)
    run.outcome, run.decided_at, run.decided_by = Outcome.ACCEPTED, now, actor.id
    run.detail = kept | {"events": caused}
    return number


@requires(Permission.TASK_WORK)
def dismiss_suggestion(session: Session, *, actor: Actor, now: datetime, run_id: int) -> str:
    """Say no to what a rule suggested; returns the order's number.

    Only who might do it may say no: ``Forbidden`` else. Raises as ``accept_suggestion`` does.
    """
    run, number = _lock_offered(session, run_id)
    for permission in sorted(permissions_for((run.detail or {}).get("actions", ()))):
        refuse_unless(actor, permission)
    run.outcome, run.decided_at, run.decided_by = Outcome.DISMISSED, now, actor.id
    return number


@requires(Permission.SYSTEM_RUN)
def deliver_again(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - as the door calls
    now: datetime,  # noqa: ARG001 - as the door calls
    number: str,
    sequence: int,
) -> None:
    """Let the rules answer an event of the journal once more: those that did already do nothing.

    For an event whose answer was lost, or for a rule that came later. Raises ``NotFound``.
    """
    order = lock_order(session, number)
    query = select(OrderEvent).where(OrderEvent.order_id == order.id, OrderEvent.sequence == sequence)
    event = session.scalars(query).one_or_none()
    if event is None:
        raise NotFound(f"Order {number} has no event {sequence}.", rows=[{"field": "sequence", "value": sequence}])
    chain = chain_of(session, order.id, sequence)
    again = Journalled(
        order.id, sequence, event.kind, event.from_status, event.to_status, event.rule, chain, event.payload
    )
    remember(session, [again])


def _lock_offered(session: Session, run_id: int) -> tuple[AutomationRun, str]:
    """The run and its order's number, both locked: the order first, as everybody does."""
    query = select(Order.number).join(AutomationRun, AutomationRun.order_id == Order.id)
    number = session.scalar(query.where(AutomationRun.id == run_id))
    if number is None:
        raise NotFound("There is no such suggestion.", code="unknown_suggestion", rows=[{"id": run_id}])
    lock_order(session, number)
    run = session.get_one(AutomationRun, run_id, populate_existing=True, with_for_update=True)
    if run.outcome not in _OFFERED:
        raise Conflict(
            "This suggestion was decided already.", code="suggestion_decided", rows=[{"outcome": run.outcome.value}]
        )
    return run, number
