"""The validation rules in force, compiled: all that watch one kind of change are asked in a single evaluation."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from oms_core.workflow.cel import Compiled, ConditionFailed, load_condition
from oms_core.workflow.rule_models import Severity, ValidationRule
from oms_core.workflow.rule_program import RuleProgram

# The transaction that wrote the counter is part of it: a number that was rolled back may come again for other rules.
STAMP = "SELECT revision || '/' || xmin FROM config_revisions WHERE kind = 'rules'"
NO_RULES = ""
SEEN = "rules_revision"  # where a session keeps the stamp that its transaction sees


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a change breaks; ``message`` is the rule's own, ``field`` names what is at fault."""

    code: str
    version: int
    severity: Severity
    name: str
    message: str
    field: str

    @property
    def label(self) -> str:
        """The rule and its version as the journal names them."""
        return f"{self.code}@{self.version}"

    def row(self) -> dict[str, Any]:
        """As a refusal tells it."""
        return {"rule": self.code, "version": self.version, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that could not be judged, and why: it refuses nothing, somebody must look at it."""

    code: str
    version: int
    error: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about a change."""

    breaches: tuple[Breach, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule in force; ``condition`` is None, ``error`` says why, where what was saved no longer compiles."""

    breach: Breach
    condition: Compiled | None
    error: str
    changes: frozenset[str] | None
    to_statuses: frozenset[str] | None
    order_types: frozenset[str] | None
    channels: frozenset[str] | None
    active_from: datetime | None
    active_until: datetime | None

    def watches(self, change: str, *, to: str | None, order_type: str, channel: str) -> bool:
        """Tell whether a change is within the scope; ``to`` is the status it leads to, None where it stays."""
        return all(
            among is None or one in among
            for among, one in (
                (self.changes, change), (self.to_statuses, to), (self.order_types, order_type), (self.channels, channel)
            )
        )  # fmt: skip

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether ``now`` lies in the active period, its end excluded."""
        return not (self.active_from and now < self.active_from) and not (
            self.active_until and now >= self.active_until
        )


class Scope:
    """The rules that watch one kind of change, and the ``fields`` they ask for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.able = [rule for rule in rules if rule.condition is not None]
        self.fields = frozenset[str]().union(*(rule.condition.fields for rule in self.able if rule.condition))
        self._program = RuleProgram([rule.condition for rule in self.able if rule.condition])

    def judge(self, context: dict[str, Any]) -> Verdict:
        """Ask every rule about a context that has all of ``fields``; a rule that fails is told apart."""
        failures = [_failure(rule, rule.error) for rule in self.rules if rule.condition is None]
        holds = self._ask(context, failures)
        broken = tuple(rule.breach for rule in self.able if not holds[rule.breach.code])
        return Verdict(broken, tuple(failures))

    def _ask(self, context: dict[str, Any], failures: list[Failure]) -> dict[str, bool]:
        """All at once; where that fails, one by one."""
        codes = [rule.breach.code for rule in self.able]
        with suppress(ConditionFailed):
            return dict(zip(codes, self._program.answers(context), strict=True))
        holds = {}
        for rule in self.able:
            try:
                holds[rule.breach.code] = rule.condition is None or rule.condition.holds(context)
            except ConditionFailed as error:
                holds[rule.breach.code] = True
                failures.append(_failure(rule, str(error)))
        return holds


class RuleSet:
    """Every rule in force, by the scope it watches."""

    def __init__(self, stamp: str, rules: Sequence[Rule]) -> None:
        self.stamp = stamp
        self.rules = tuple(rules)
        self._watching: dict[tuple[str, str | None, str, str], tuple[Rule, ...]] = {}
        self._scopes: dict[tuple[Rule, ...], Scope] = {}
        self._fields: dict[str, frozenset[str]] = {}

    def fields_of(self, change: str) -> frozenset[str]:
        """Every field that rules ask for which watch such a change of some order."""
        if change not in self._fields:
            watching = [rule for rule in self.rules if rule.changes is None or change in rule.changes]
            asked = (rule.condition.fields for rule in watching if rule.condition)
            self._fields[change] = frozenset[str]().union(*asked)
        return self._fields[change]

    def scope_of(self, change: str, *, to: str | None, order_type: str, channel: str, now: datetime) -> Scope | None:
        """The rules that watch such a change now; None where there is none."""
        key = (change, to, order_type, channel)
        watching = self._watching.get(key)
        if watching is None:
            watching = tuple(
                rule for rule in self.rules if rule.watches(change, to=to, order_type=order_type, channel=channel)
            )
            self._watching[key] = watching
        now_watching = tuple(rule for rule in watching if rule.is_in_force(now))
        if not now_watching:
            return None
        if now_watching not in self._scopes:
            self._scopes[now_watching] = Scope(now_watching)
        return self._scopes[now_watching]


_IN_FORCE: WeakKeyDictionary[Engine, RuleSet] = WeakKeyDictionary()


def rules_in_force(session: Session, stamp: str | None = None) -> RuleSet:
    """The rules as this transaction sees them, compiled once in a process; ``stamp`` spares asking for their state."""
    stamp = session.scalar(text(STAMP)) if stamp is None else stamp
    session.info[SEEN] = stamp = stamp or NO_RULES
    known = known_rules(session)
    if known is None or known.stamp != stamp:
        known = _IN_FORCE[_engine(session)] = RuleSet(stamp, _load(session) if stamp else ())
    return known


def known_rules(session: Session) -> RuleSet | None:
    """The rules as this process saw them last: they may have changed since, so compare the stamp."""
    return _IN_FORCE.get(_engine(session))


def _engine(session: Session) -> Engine:
    bound = session.get_bind()
    return bound.engine if isinstance(bound, Connection) else bound


def _load(session: Session) -> list[Rule]:
    query = select(ValidationRule).where(ValidationRule.is_active)
    query = query.order_by(ValidationRule.position, ValidationRule.code)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    return [_compiled(row) for row in rows]


def _compiled(row: ValidationRule) -> Rule:
    condition, error = None, ""
    try:
        condition = load_condition(row.expression)
    except ConditionFailed as failed:
        error = str(failed)
    breach = Breach(row.code, row.version, row.severity, row.name, row.message, row.field)
    return Rule(
        breach, condition, error, _among(row.changes), _among(row.to_statuses), _among(row.order_types),
        _among(row.channels), row.active_from, row.active_until,
    )  # fmt: skip


def _among(codes: Sequence[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)


def _failure(rule: Rule, error: str) -> Failure:
    return Failure(rule.breach.code, rule.breach.version, error)


def narrowed(context: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """Only what is asked for: every field costs its conversion."""
    wanted, of_line = _by_part(fields)
    narrow: dict[str, Any] = {part: {name: context[part][name] for name in names} for part, names in wanted}
    if of_line:
        narrow["lines"] = [{name: line[name] for name in of_line} for line in context["lines"]]
    return narrow


@lru_cache(maxsize=256)
def _by_part(fields: frozenset[str]) -> tuple[Sequence[tuple[str, Sequence[str]]], Sequence[str]]:
    """The names of fields by the part they are of, and those of lines."""
    wanted: dict[str, list[str]] = {}
    for path in sorted(fields):
        part, _, name = path.partition(".")
        wanted.setdefault(part, []).append(name)
    of_line = wanted.pop("line", [])
    return tuple(wanted.items()), of_line
