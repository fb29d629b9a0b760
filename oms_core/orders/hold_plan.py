"""The difference between the holds that are due and those that are open, order by order. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from oms_core.orders.approval_models import ApprovalState
from oms_core.orders.approval_rules import Asked, Consequence, Measure, Verdict, judge, measure
from oms_core.orders.hold_facts import OrderFacts, StandingHold
from oms_core.orders.hold_rules import HELD_GROUPS, WORK_GROUPS, HoldDue, HoldSituation, Unapproved, holds_due
from oms_core.workflow.policies_in_force import PoliciesInForce
from oms_core.workflow.policy_terms import ApprovalTerms, Subject

_WITHDRAWN = Verdict(Consequence.WITHDRAW, stands=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """A limit, what was measured against it, the request there is, and what follows."""

    terms: ApprovalTerms | None
    measured: Measure | None
    asked: Asked | None
    verdict: Verdict

    def beyond(self) -> tuple[ApprovalTerms, Measure]:
        """The limit and the value beyond it: a verdict that asks has both."""
        if self.terms is None or self.measured is None:
            raise TypeError("Nothing was measured beyond a limit.")
        return self.terms, self.measured


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """What is to be done for one order; alerts by their reference."""

    facts: OrderFacts
    is_in_work: bool
    judged: Sequence[Judged]
    to_open: Sequence[HoldDue]
    to_close: Sequence[StandingHold]
    to_reword: Sequence[tuple[StandingHold, HoldDue]]
    alerts_due: Mapping[str, HoldDue]
    alerts_gone: frozenset[str]

    @property
    def is_idle(self) -> bool:
        """Tell whether all is as it should be."""
        acts = any(judged.verdict.action is not Consequence.NOTHING for judged in self.judged)
        return not (acts or self.to_open or self.to_close or self.to_reword or self.alerts_due or self.alerts_gone)


def plan_of(facts: OrderFacts, policies: PoliciesInForce) -> HoldPlan:
    """Plan for one order; where work has begun nothing opens and nothing is asked, an alert says so instead."""
    is_in_work = facts.group in WORK_GROUPS
    judged = list(_judge(facts, policies))
    due = {hold.key: hold for hold in holds_due(_situation(facts, judged), policies.holds)}
    watched = {(hold.kind, hold.reference): hold for hold in facts.holds if hold.details is not None}
    taken = {(hold.kind, hold.reference) for hold in facts.holds}  # somebody's own hold may bear the same name
    number, suffix = facts.header["number"], ":work" if is_in_work else ""
    wanted = {f"{number}:{':'.join(key)}{suffix}": hold for key, hold in due.items()}
    return HoldPlan(
        facts=facts,
        is_in_work=is_in_work,
        judged=[one for one in judged if one.verdict.action is Consequence.WITHDRAW or not is_in_work],
        to_open=[hold for key, hold in due.items() if key not in taken and not is_in_work],
        to_close=[hold for key, hold in watched.items() if key not in due],
        to_reword=[(hold, due[key]) for key, hold in watched.items() if key in due and hold.cause != due[key].cause],
        alerts_due={reference: hold for reference, hold in wanted.items() if reference not in facts.alerts},
        alerts_gone=facts.alerts - wanted.keys(),
    )


def _judge(facts: OrderFacts, policies: PoliciesInForce) -> Iterator[Judged]:
    """Judge by every limit that speaks of the order; a request under a limit that is no more is taken back."""
    in_force = {
        terms.code: terms
        for terms in policies.approvals
        if terms.subject is not Subject.REFUND and terms.scope.covers(facts.header["channel"], facts.header["type"])
    }
    for code in sorted(in_force.keys() | facts.asked.keys()):
        terms, asked = in_force.get(code), facts.asked.get(code)
        if terms is None or facts.group not in HELD_GROUPS + WORK_GROUPS:
            is_pending = asked is not None and asked.state is ApprovalState.OPEN
            verdict = _WITHDRAWN if is_pending else Verdict(Consequence.NOTHING, stands=False)
            yield Judged(terms, None, asked, verdict)
        else:
            measured = measure(terms, facts.lines, facts.header["total"])
            yield Judged(terms, measured, asked, judge(terms, measured, asked))


def _situation(facts: OrderFacts, judged: Sequence[Judged]) -> HoldSituation:
    header = facts.header
    return HoldSituation(
        group=facts.group,
        **{name: header[name] for name in ("type", "channel", "customer_kind", "currency", "total", "paid")},
        promised_at=header["promised_at"],
        expected_at=facts.expected_at,
        risk=facts.risk,
        risk_cause=facts.risk_cause,
        missing=facts.missing,
        warned=facts.warned,
        unapproved=tuple(_unapproved(one) for one in judged if one.verdict.stands),
    )


def _unapproved(judged: Judged) -> Unapproved:
    terms, _ = judged.beyond()
    asked = judged.asked
    is_refused = (
        judged.verdict.action is Consequence.NOTHING and asked is not None and (asked.state is ApprovalState.REFUSED)
    )
    return Unapproved(terms.code, terms.name, is_refused, asked.note if asked is not None and is_refused else "")
