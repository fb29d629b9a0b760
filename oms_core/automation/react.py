"""Reacting: before a transaction commits, the rules that listen to what it journalled answer each event once.

Rules act as ``system``; the journal names the rule and its version beside. What a rule's acts lead to carries the
chain of rules that caused it, and no rule runs again within its own chain.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.automation.acting import act
from oms_core.automation.events import told_of
from oms_core.automation.models import Mode, Outcome
from oms_core.automation.rulebook import LiveRule, Rulebook, rulebook_of
from oms_core.automation.runs import Claim, claim_runs, offer, settle_run
from oms_core.automation.undoing import undone_when_refused
from oms_core.errors import OmsError
from oms_core.journal import Cause, Journalled, journalled
from oms_core.orders.hold_watch import watch_holds
from oms_core.orders.rule_context import contexts
from oms_core.tasks.asked_work import open_asked_work
from oms_core.tasks.progress import close_left_tasks
from oms_core.workflow.alerts import open_alert
from oms_core.workflow.models import Status

DEEPEST = 8
"""How many rules may cause each other in one chain."""
LOOP, ACTION_FAILED, CONDITION_FAILED = "rule_loop", "action_failed", "condition_failed"
_RACES = {"40001", "40P01"}  # serialization failure, deadlock
log = structlog.get_logger()


def react(session: Session, *, actor: Actor, now: datetime) -> None:
    """Answer everything that this transaction journalled, and what the answers journal in turn.

    Holds open and close first, and tasks of a status that was left end, so that rules see it. Where no rule listens
    nothing else is asked of the database but, where the use case has not read it, the state of the rules.
    """
    events = journalled(session)
    if not events:
        return
    answering = _Answering(session, actor, now)
    watched = answered = 0
    while answered < len(events):
        if watched < len(events):
            fresh = events[watched:]
            watch_holds(session, sorted({event.order_id for event in fresh}), actor=actor, now=now)
            close_left_tasks(session, fresh, actor=actor, now=now)
            open_asked_work(session, fresh, actor=actor, now=now)
            watched = len(events)
        answering.answer(events[answered], events[answered:])
        answered += 1
    answering.finish()


class _Answering:
    """One transaction's answers: the rules it sees, and the orders' contexts as long as they are true."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.book: Rulebook = rulebook_of(session)
        self._contexts: dict[tuple[str, int], dict[str, Any]] = {}
        self._groups: dict[str, str] = {}
        self._unclaimed: list[Claim] = []

    def answer(self, event: Journalled, waiting: list[Journalled]) -> None:
        """Let each rule that listens to the event answer it; ``waiting`` are the events whose turn comes with it."""
        listeners = self.book.by_event.get(event.kind)
        if listeners is None:
            return
        context = self._context(event, waiting, listeners.fields)
        judgement = listeners.judge(context)
        for rule in listeners.rules:
            if not rule.concerns(context, self.now):
                continue
            if error := judgement.failures.get(rule.code):
                self._tell_unjudged(rule, error)
            elif judgement.holds[rule.code] and self._run(rule, event):
                self._contexts.clear()  # what it did may have changed other orders too: served from its stock
                context = self._context(event, waiting, listeners.fields)
                judgement = listeners.judge(context)

    def _context(self, event: Journalled, waiting: list[Journalled], fields: frozenset[str]) -> dict[str, Any]:
        """The order as it stands, with what the event changed; read at once for all that wait with such an event."""
        if (event.kind, event.order_id) not in self._contexts:
            ids = sorted({other.order_id for other in waiting if other.kind == event.kind})
            found = contexts(self.session, ids, now=self.now, fields=fields)
            self._contexts |= {(event.kind, order_id): context for order_id, context in found.items()}
        known = self._contexts[event.kind, event.order_id]
        by = self.book.system if event.chain else self.actor
        told = told_of(event) | {"actor": by.login, "roles": sorted(role.value for role in by.roles)}
        if event.to_status and fields & {"change.from_group", "change.to_group"}:
            told |= {"from_group": self._group_of(event.from_status), "to_group": self._group_of(event.to_status)}
        return known | {"change": known["change"] | told}

    def _group_of(self, status: str | None) -> str:
        if not self._groups:
            rows = self.session.execute(select(Status.code, Status.group))
            self._groups = {code: group.value for code, group in rows}
        return self._groups.get(status or "", "")

    def _run(self, rule: LiveRule, event: Journalled) -> bool:
        """Answer one event by one rule, unless it was answered before; tells whether the order was acted on."""
        if rule.code in event.chain or len(event.chain) >= DEEPEST:
            self._unclaimed.append(Claim(rule, event, Outcome.STOPPED))
            return False
        if rule.mode is Mode.SUGGEST:
            self._unclaimed.append(Claim(rule, event, Outcome.SUGGESTED))
            return False
        claimed = claim_runs(self.session, [Claim(rule, event, Outcome.APPLIED)], now=self.now)
        return any(self._act(run_id, rule, event) for run_id in claimed)  # one at most

    def finish(self) -> None:
        """Write at once what was suggested or stopped: neither changes what other rules see."""
        claimed = claim_runs(self.session, self._unclaimed, now=self.now)
        suggested = [run_id for run_id, claim in claimed.items() if claim.outcome is Outcome.SUGGESTED]
        offer(self.session, suggested, now=self.now)
        for claim in claimed.values():
            if claim.outcome is Outcome.STOPPED:
                self._tell_loop(claim.rule, claim.event)

    def _act(self, run_id: int, rule: LiveRule, event: Journalled) -> bool:
        """Take the rule's actions, all or none; that it cannot is the rule's own, the person's change stays."""
        cause = Cause(rule.label, (*event.chain, rule.code))
        try:
            with undone_when_refused(self.session, acting_as=self.book.system, for_whom=self.actor):
                caused = act(
                    self.session, event.order_id, rule.actions, cause=cause, actor=self.book.system, now=self.now
                )
        except Exception as error:  # a rule that is broken, however it is, costs nobody their work
            if _code(error) in _RACES:
                raise  # nobody is at fault: the door does it all again
            log.warning("automation.rule_failed", rule=rule.label, order_id=event.order_id, exc_info=True)
            self._tell_failed(run_id, rule, event, error)
            return False
        settle_run(self.session, run_id, Outcome.APPLIED, {"events": caused})
        return bool(caused)

    def _tell_failed(self, run_id: int, rule: LiveRule, event: Journalled, error: Exception) -> None:
        told = _told(error)
        settle_run(self.session, run_id, Outcome.FAILED, {"error": told})
        self._alert(ACTION_FAILED, rule, event, f"Rule '{rule.name}' could not act: {told['message']}", told)

    def _tell_loop(self, rule: LiveRule, event: Journalled) -> None:
        message = f"Rule '{rule.name}' was stopped: what it did would have made it run again."
        self._alert(LOOP, rule, event, message, {"chain": list(event.chain)})

    def _tell_unjudged(self, rule: LiveRule, error: str) -> None:
        message = f"The condition of rule '{rule.name}' could not be judged; the rule does nothing."
        self._alert(CONDITION_FAILED, rule, None, message, {"error": error})

    def _alert(
        self, kind: str, rule: LiveRule, event: Journalled | None, message: str, details: Mapping[str, object]
    ) -> None:
        open_alert(
            self.session, kind=kind, reference=rule.code, message=message, now=self.now,
            details={"rule": rule.label, **details}, order_id=event.order_id if event else None,
        )  # fmt: skip


def _told(error: Exception) -> dict[str, object]:
    if isinstance(error, OmsError):
        return {"code": error.code, "message": str(error), "rows": error.rows}
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).partition("\n")[0]
    if code := _code(error):
        return {"code": code, "message": said}
    return {"code": "broken", "message": f"{type(cause).__name__}: {said}"}


def _code(error: Exception) -> str | None:
    """What the database calls the fault; None where it is none of its."""
    code: str | None = getattr(error.orig if isinstance(error, DBAPIError) else error, "pgcode", None)
    return code
