"""The automation rules in force, compiled once in a process: all that listen to an event are asked at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor, find_actor
from oms_core.automation.models import AutomationRule, Mode
from oms_core.workflow import cel_engine as cel
from oms_core.workflow.cel import Compiled, ConditionFailed, evaluate, load_condition
from oms_core.workflow.rule_set import NO_RULES, SEEN, STAMP, narrowed


@dataclass(frozen=True, slots=True, eq=False)
class LiveRule:
    """A rule that is not off; ``condition`` is None, ``error`` says why, where what was saved no longer compiles."""

    code: str
    version: int
    name: str
    event: str
    actions: Sequence[Mapping[str, Any]]
    mode: Mode
    order_types: frozenset[str] | None
    channels: frozenset[str] | None
    active_from: datetime | None
    active_until: datetime | None
    condition: Compiled | None
    error: str

    @property
    def label(self) -> str:
        """The rule as the journal names it."""
        return f"{self.code}@{self.version}"

    def concerns(self, context: Mapping[str, Any], now: datetime) -> bool:
        """Tell whether the order is in its scope and ``now`` in its active period, the end excluded."""
        order = context["order"]
        return (
            (self.order_types is None or order["type"] in self.order_types)
            and (self.channels is None or order["channel"] in self.channels)
            and not (self.active_from is not None and now < self.active_from)
            and not (self.active_until is not None and now >= self.active_until)
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which rules' conditions hold, and why others could not be judged; both by code."""

    holds: Mapping[str, bool]
    failures: Mapping[str, str]


class Listeners:
    """The rules that listen to one kind of event, the first to act first, and the ``fields`` they ask for."""

    def __init__(self, rules: Sequence[LiveRule]) -> None:
        self.rules = tuple(rules)
        self._able = [(rule, rule.condition) for rule in rules if rule.condition is not None]
        self.fields = frozenset[str]().union(*(condition.fields for _, condition in self._able))
        if any(rule.channels is not None for rule in rules):
            self.fields |= {"order.channel"}  # by which a rule's scope is told
        texts = ",\n".join(f"({condition.text})" for _, condition in self._able)
        self._program = cel.compile(f"[{texts}]") if self._able else None

    def judge(self, context: Mapping[str, Any]) -> Judgement:
        """Ask every rule about a context, all at once; where that fails, one by one: a failing one does not hold."""
        asked = narrowed(context, self.fields)
        failures = {rule.code: rule.error for rule in self.rules if rule.condition is None}
        try:
            answers = evaluate(self._program, asked) if self._program else []
            if all(isinstance(answer, bool) for answer in answers):
                codes = [rule.code for rule, _ in self._able]
                return Judgement(dict(zip(codes, answers, strict=True)), failures)
        except ConditionFailed:
            pass
        holds = {}
        for rule, condition in self._able:
            try:
                holds[rule.code] = condition.holds(asked)
            except ConditionFailed as error:
                failures[rule.code] = str(error)
        return Judgement(holds, failures)


class Rulebook:
    """Every automation rule that is not off, by the event it listens to; ``system`` acts for them."""

    def __init__(self, stamp: str, rules: Sequence[LiveRule], system: Actor) -> None:
        self.stamp = stamp
        self.system = system
        kinds = {rule.event for rule in rules}
        self.by_event = {kind: Listeners([rule for rule in rules if rule.event == kind]) for kind in kinds}


_IN_FORCE: WeakKeyDictionary[Engine, Rulebook] = WeakKeyDictionary()


def rulebook_of(session: Session) -> Rulebook:
    """The rules as this transaction sees them; their state is asked for once, unless the use case has read it."""
    stamp = session.info.get(SEEN)
    if stamp is None:
        stamp = session.info[SEEN] = session.scalar(text(STAMP)) or NO_RULES
    bound = session.get_bind()
    engine = bound.engine if isinstance(bound, Connection) else bound
    known = _IN_FORCE.get(engine)
    if known is None or known.stamp != stamp:
        rules = _load(session) if stamp else []
        known = _IN_FORCE[engine] = Rulebook(stamp, rules, find_actor(session, SYSTEM))
    return known


def _load(session: Session) -> list[LiveRule]:
    query = select(AutomationRule).where(AutomationRule.mode != Mode.OFF)
    query = query.order_by(AutomationRule.priority, AutomationRule.code)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    return [_compiled(row) for row in rows]


def _compiled(row: AutomationRule) -> LiveRule:
    condition, error = None, ""
    try:
        condition = load_condition(row.condition)
    except ConditionFailed as failed:
        error = str(failed)
    return LiveRule(
        row.code, row.version, row.name, row.event, row.actions, row.mode, _among(row.order_types),
        _among(row.channels), row.active_from, row.active_until, condition, error,
    )  # fmt: skip


def _among(codes: Sequence[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)
