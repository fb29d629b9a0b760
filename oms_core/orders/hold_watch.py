"""Holds that open and close by themselves: what is due is compared with what is open, and the difference is made.

Holds are an overlay: opening and closing one by itself counts no version, so that what a use case just returned to its
caller stays good.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor
from oms_core.access.permissions import Permission, requires
from oms_core.journal import Entry, record
from oms_core.orders import approval_requests
from oms_core.orders import hold_sql as sql
from oms_core.orders.approval_rules import Consequence
from oms_core.orders.hold_facts import OrderFacts, StandingHold, read_facts
from oms_core.orders.hold_plan import HoldPlan, Judged, plan_of
from oms_core.orders.hold_rules import HoldDue
from oms_core.orders.models import OrderHold
from oms_core.workflow.alerts import close_alert, open_alert
from oms_core.workflow.policies_in_force import PoliciesInForce, policies_in_force

ALERT = "order_held"
MOST_CHANGED = 200
"""So many orders does one transaction of the sweep lock and change at most."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many orders changed, and after which order id the sweep goes on (None: it is through)."""

    changed: int
    next_after: int | None


def watch_holds(session: Session, order_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Open and close what changed for these orders, which the transaction has locked; nothing else happens to them.

    Where no policy is active that is one small statement.
    """
    if not order_ids:
        return
    session.flush()
    policies = policies_in_force(session)
    if not policies.are_none:
        _settle(session, list(order_ids), policies, actor=actor, now=now)


@requires(Permission.SYSTEM_RUN)
def sweep_holds(session: Session, *, actor: Actor, now: datetime, after: int = 0, limit: int = 1_000) -> Swept:
    """Open and close what time or a changed policy brought, for the next ``limit`` orders after the id ``after``.

    Where more than ``MOST_CHANGED`` of them change, the sweep goes on after the last that did. Orders that
    somebody is changing right now are left out: their own change looks after them.
    """
    policies = policies_in_force(session)
    given = {"after": after, "limit": limit, "all": not policies.are_none}
    ids = list(session.scalars(sql.CANDIDATES, given))
    changing = [plan.facts.id for plan in _plans(session, ids, policies, now=now) if not plan.is_idle]
    now_changed = sorted(changing)[:MOST_CHANGED]
    free = list(session.scalars(sql.LOCK_FREE, {"ids": now_changed})) if now_changed else []
    changed = _settle(session, free, policies, actor=actor, now=now)
    if len(now_changed) < len(changing):
        return Swept(changed, now_changed[-1])
    return Swept(changed, ids[-1] if len(ids) == limit else None)


def _settle(
    session: Session, order_ids: Sequence[int], policies: PoliciesInForce, *, actor: Actor, now: datetime
) -> int:
    """Carry out what is planned for these locked orders; returns how many changed."""
    plans = [plan for plan in _plans(session, order_ids, policies, now=now) if not plan.is_idle]
    entries: list[Entry] = []
    for plan in plans:
        entries += _follow_limits(session, plan, actor=actor, now=now)
        entries += _make_difference(session, plan, now=now)
        _alert(session, plan, now=now)
    record(session, entries, actor_id=actor.id)
    return len(plans)


def _plans(session: Session, order_ids: Sequence[int], policies: PoliciesInForce, *, now: datetime) -> list[HoldPlan]:
    if not order_ids:
        return []
    return [plan_of(facts, policies) for facts in read_facts(session, order_ids, policies, now=now)]


def _follow_limits(session: Session, plan: HoldPlan, *, actor: Actor, now: datetime) -> list[Entry]:
    """Ask for approval, let a request speak of what is now, or take it back."""
    entries: list[Entry] = []
    for judged in plan.judged:
        if judged.verdict.action is Consequence.WITHDRAW and judged.asked is not None:
            entries.append(approval_requests.withdraw(session, judged.asked.id, actor_id=actor.id, now=now))
        elif judged.verdict.action is Consequence.ASK:
            entries.append(_ask(session, plan.facts, judged, actor=actor, now=now))
        elif judged.verdict.action is Consequence.UPDATE:
            _update(session, plan.facts, judged, actor=actor, now=now)
    return entries


def _ask(session: Session, facts: OrderFacts, judged: Judged, *, actor: Actor, now: datetime) -> Entry:
    terms, measured = judged.beyond()
    header = facts.header
    # What the system itself finds was brought about by whoever answers for the order.
    by_system = actor.login == SYSTEM and header["manager_id"] is not None
    return approval_requests.ask(
        session, terms, order_id=facts.id, calendar_id=header["calendar_id"], measured=measured.value,
        details=_lines_at_fault(facts, measured.positions),
        requested_by=header["manager_id"] if by_system else actor.id, now=now,
    )  # fmt: skip


def _update(session: Session, facts: OrderFacts, judged: Judged, *, actor: Actor, now: datetime) -> None:
    terms, measured = judged.beyond()
    if judged.asked is not None:
        approval_requests.update(
            session, judged.asked.id, terms, measured=measured.value,
            details=_lines_at_fault(facts, measured.positions), actor_id=actor.id, now=now,
        )  # fmt: skip


def _lines_at_fault(facts: OrderFacts, positions: Collection[int]) -> Mapping[str, object]:
    skus = {line.position: line.sku for line in facts.lines}
    return {"lines": [{"position": position, "sku": skus[position]} for position in positions]}


def _make_difference(session: Session, plan: HoldPlan, *, now: datetime) -> list[Entry]:
    order_id, entries = plan.facts.id, []
    for hold in plan.to_close:
        _write(session, hold.id, closed_at=func.greatest(OrderHold.opened_at, now))
        entries.append(_told(order_id, "hold.closed", hold, now))
    for hold, due in plan.to_reword:
        _write(session, hold.id, cause=due.cause, details=dict(due.details))
    for due in plan.to_open:
        kind, reference = due.key
        session.add(
            OrderHold(
                order_id=order_id, kind=kind, reference=reference, cause=due.cause, details=dict(due.details),
                opened_at=now,
            )
        )  # fmt: skip
        entries.append(_told(order_id, "hold.opened", due, now))
    session.flush()
    return entries


def _write(session: Session, hold_id: int, **values: object) -> None:
    session.execute(update(OrderHold).where(OrderHold.id == hold_id).values(**values))


def _told(order_id: int, event: str, hold: StandingHold | HoldDue, now: datetime) -> Entry:
    return Entry(order_id, event, now, payload={"kind": hold.kind, "reference": hold.reference, "cause": hold.cause})


def _alert(session: Session, plan: HoldPlan, *, now: datetime) -> None:
    for reference in plan.alerts_gone:
        close_alert(session, kind=ALERT, reference=reference, now=now)
    for reference, due in plan.alerts_due.items():
        number = plan.facts.header["number"]
        message = f"Order {number} is in work, yet: {due.cause}" if plan.is_in_work else f"Order {number}: {due.cause}"
        details = {"number": number, "kind": due.kind.value, "in_work": plan.is_in_work, **due.details}
        open_alert(
            session, kind=ALERT, reference=reference, message=message, now=now, details=details, order_id=plan.facts.id
        )
