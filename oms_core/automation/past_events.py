"""Past events as rules would have been asked about them: each with its order as its transaction had left it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from oms_core.automation.events import told_of
from oms_core.journal import Journalled
from oms_core.orders.past_facts import Surroundings, facts_at
from oms_core.orders.past_orders import Act, Event, PastOrder, parted, tell_act
from oms_core.orders.rule_facts import context_of_facts
from oms_core.orders.rule_history import History, PastChange
from oms_core.orders.rule_parts import Change
from oms_core.workflow.rule_set import narrowed

# What a transaction tells after what was done in it, before rules answer: they see it already.
_FOLLOWS = {"hold.opened", "hold.closed", "approval.asked", "rule.warned"}
_PLACED = "order.placed"
_WARNED = "rule.warned"  # names the rule that warned: nobody acted
Acts = Sequence[list[Event]]


@dataclass(frozen=True, slots=True)
class Listening:
    """What is asked of the past: events of one kind, with these ``fields`` of their orders, for the rule ``code``."""

    event: str
    code: str
    fields: frozenset[str]


def past_events(history: History, asked: Listening) -> Iterator[tuple[PastOrder, Iterator[PastChange]]]:
    """Each order with its events of that kind, told lazily.

    What was imported counts as placed. The journal does not tell when within a transaction each rule acted: an event
    that people or time brought is seen before any rule answered, one that a rule caused after all had. What the rule
    itself caused is left out: it is stopped there.
    """
    for order in history.orders:
        events = [_as_heard(event) for event in history.journal.get(order.id, ())]
        yield order, _events_of(order, events, asked, history.around)


def _events_of(
    order: PastOrder, events: Sequence[Event], asked: Listening, around: Surroundings
) -> Iterator[PastChange]:
    for together in _seen_at_once(list(parted(events))):
        acts = [tell_act(order, act) for act in together]
        for event in (event for act in acts for event in act.events):
            if event.kind == asked.event and not (_is_caused(event) and _rule_of(event) == asked.code):
                yield _asked_about(order, event, by=acts[0].actor_id, asked=asked, around=around)
                if event.kind == _PLACED:
                    return  # once only: what followed need not be told


def _seen_at_once(acts: Acts) -> Iterator[Acts]:
    """Acts of one transaction that rules find done when they are asked: first what was done, then what rules did."""
    begun: list[list[Event]] = []
    for act in acts:
        goes_on = begun and act[0].at == begun[0][0].at and _is_caused(act[0]) == _is_caused(begun[0][0])
        if goes_on and (_is_caused(act[0]) or act[0].kind in _FOLLOWS):
            begun.append(act)
        else:
            if begun:
                yield begun
            begun = [act]
    if begun:
        yield begun


def _asked_about(
    order: PastOrder, event: Event, *, by: int, asked: Listening, around: Surroundings
) -> PastChange:  # fmt: skip
    context = context_of_facts(facts_at(order, event.at, around), Change(kind=""), event.at)
    context["change"] |= _change(event, by, around)
    act = Act(
        (event.kind,), event.at, event.actor_id, [event], from_status=event.from_status or "",
        to_status=event.to_status or "",
    )  # fmt: skip
    return PastChange(
        order.number, order.facts["channel"], event.at, order.manager, order.facts["total"], act,
        narrowed(context, asked.fields),
    )  # fmt: skip


def _change(event: Event, by: int, around: Surroundings) -> Mapping[str, object]:
    """What conditions are told of the event itself, and by whom."""
    login, roles = around.people.get(by, ("", []))
    told = told_of(
        Journalled(event.order_id, 0, event.kind, event.from_status, event.to_status, event.rule, (), event.payload)
    )
    told |= {"actor": login, "roles": sorted(roles)}
    if event.to_status:
        told["from_group"] = around.groups.get(event.from_status or "", "")
        told["to_group"] = around.groups.get(event.to_status, "")
    return told


def _as_heard(event: Event) -> Event:
    return replace(event, kind=_PLACED) if event.kind == "order.imported" else event


def _is_caused(event: Event) -> bool:
    return event.rule is not None and event.kind != _WARNED


def _rule_of(event: Event) -> str:
    return (event.rule or "").partition("@")[0]
