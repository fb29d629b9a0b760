"""The rules at the door of every write: what is about to be committed is judged as it would stand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.catalog.models import Channel
from oms_core.journal import Entry, record
from oms_core.orders.models import Order
from oms_core.orders.rule_context import read_contexts, read_facts
from oms_core.orders.rule_facts import context_of_facts
from oms_core.orders.rule_parts import Change, Facts
from oms_core.orders.rule_placement import Proposed, placement_context
from oms_core.orders.stages import OrderState, status_of, stored
from oms_core.workflow.models import Group
from oms_core.workflow.rule_hits import RulesRefused, keep_hits, tell_failures
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.rule_set import Breach, RuleSet, Scope, Verdict, known_rules, narrowed, rules_in_force

__all__ = ["Change", "checked", "foreseen_breaches", "refuse_breaches", "refuse_placement", "tell_warnings"]

_CHANNELS: WeakKeyDictionary[RuleSet, dict[int, str]] = WeakKeyDictionary()


def checked(session: Session, order: Order, change: Change, *, actor: Actor, now: datetime) -> OrderState:
    """Judge a changed order, then count its next version: the last step of every use case that changes one.

    Raises ``Invalid`` (``rule_broken``) as ``refuse_breaches`` does; what only warns is told with the state.
    """
    warned = refuse_breaches(session, order, change, actor=actor, now=now)
    return replace(stored(session, order), warnings=tuple(breach.message for breach in warned))


def refuse_breaches(session: Session, order: Order, change: Change, *, actor: Actor, now: datetime) -> list[Breach]:
    """Judge an order as this transaction leaves it; returns what only warns, which the journal was told.

    ``change.to`` is worked out from where the order is. Raises ``Invalid`` (``rule_broken``; rows name rule, version,
    field and message). A rule that cannot be judged refuses nothing and raises an alert.
    """
    change = _completed(session, order, change, actor)
    verdict = _verdict(session, order, change, now)
    if verdict is None:
        return []
    warned = _refuse(session, verdict, order_id=order.id, number=order.number, now=now)
    tell_warnings(session, warned, order_id=order.id, number=order.number, actor=actor, now=now)
    return warned


def foreseen_breaches(
    session: Session, order: Order, change: Change, *, after: Callable[[Facts, frozenset[str]], Facts], actor: Actor,
    now: datetime,
) -> tuple[Breach, ...]:  # fmt: skip
    """Judge what is only planned: ``after`` makes of the facts as they are those as they would be, sure of its fields.

    Returns what refuses and what only warns; nothing is written, a rule that cannot be judged says nothing.
    """
    rules = rules_in_force(session)
    before = status_of(session, order.status)
    told = replace(change, from_group=before.group.value, actor=actor.login, roles=_roles(actor))
    everything = rules.fields_of(change.kind)
    _stamp, found = read_facts(session, [order.id], fields=everything)
    facts = after(found[order.id], everything)
    if facts.order.status != order.status:
        told = replace(told, to=facts.order.status, to_group=facts.order.group)
    scope = _scope(session, rules, order, told, now)
    if scope is None:
        return ()
    return scope.judge(narrowed(context_of_facts(facts, told, now), scope.fields)).breaches


def refuse_placement(session: Session, proposed: Proposed, *, actor: Actor, now: datetime) -> list[Breach]:
    """Judge an order before it is written; ``tell_warnings`` follows once it is. Raises as ``refuse_breaches``."""
    rules = rules_in_force(session, proposed.facts.rules_stamp)
    request, first = proposed.request, proposed.facts.first_status
    scope = rules.scope_of("place", to=first, order_type=request.order_type, channel=request.channel, now=now)
    if scope is None:
        return []
    change = Change("place", to=first, to_group=Group.NEW.value, actor=actor.login, roles=_roles(actor))
    context = placement_context(session, proposed, change=change, now=now, fields=scope.fields)
    verdict = scope.judge(narrowed(context, scope.fields))
    # The order is not written yet, so an alert cannot refer to it.
    return _refuse(session, verdict, order_id=None, number=proposed.facts.number, now=now)


def tell_warnings(
    session: Session, warned: Sequence[Breach], *, order_id: int, number: str, actor: Actor, now: datetime
) -> None:
    """Tell the order's journal which rules warned, each with its version."""
    entries = [
        Entry(order_id, "rule.warned", now, payload=breach.row() | {"name": breach.name}, rule=breach.label)
        for breach in warned
    ]
    record(session, entries, actor_id=actor.id)
    if warned:
        rows = [breach.row() for breach in warned]
        keep_hits(session, rows, severity=Severity.WARN, number=number, actor=actor, now=now)


def _completed(session: Session, order: Order, change: Change, actor: Actor) -> Change:
    before = change.from_status or order.status
    moved = before != order.status
    return replace(
        change, from_status=before, from_group=status_of(session, before).group.value, actor=actor.login,
        to=order.status if moved else "", roles=_roles(actor),
        to_group=status_of(session, order.status).group.value if moved else "",
    )  # fmt: skip


def _roles(actor: Actor) -> list[str]:
    return sorted(role.value for role in actor.roles)


def _verdict(session: Session, order: Order, change: Change, now: datetime) -> Verdict | None:
    """Judge by the rules this process knows; where others are in force meanwhile, by those. None: nothing watches."""
    rules = known_rules(session) or rules_in_force(session)
    while True:
        scope = _scope(session, rules, order, change, now)
        if scope is None:
            current = rules_in_force(session)
            if current is rules:
                return None
            rules = current
            continue
        stamp, found = read_contexts(session, [order.id], now=now, change=change, fields=scope.fields)
        current = rules_in_force(session, stamp)
        if current is rules:
            return scope.judge(narrowed(found[order.id], scope.fields))
        rules = current


def _scope(session: Session, rules: RuleSet, order: Order, change: Change, now: datetime) -> Scope | None:
    channels = _CHANNELS.setdefault(rules, {})
    channel = channels.get(order.channel_id)
    if channel is None:
        channel = channels[order.channel_id] = session.get_one(Channel, order.channel_id).code
    return rules.scope_of(change.kind, to=change.to or None, order_type=order.type, channel=channel, now=now)


def _refuse(session: Session, verdict: Verdict, *, order_id: int | None, number: str, now: datetime) -> list[Breach]:
    refused = [breach for breach in verdict.breaches if breach.severity is Severity.REFUSE]
    if refused:
        told = " ".join(breach.message for breach in refused)
        rows = [breach.row() for breach in refused]
        # An alert written here would be rolled back with the change: the refusal carries what failed.
        raise RulesRefused(told, rows=rows, failures=verdict.failures, order_id=order_id, number=number)
    tell_failures(session, verdict.failures, order_id=order_id, number=number, now=now)
    return [breach for breach in verdict.breaches if breach.severity is Severity.WARN]
