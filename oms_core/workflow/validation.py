"""Validation rules as people edit them: checked, saved as a new version, switched on and off, taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import NotFound
from oms_core.workflow.cel import compile_condition
from oms_core.workflow.rule_document import RuleDocument, read_document, refuse_unknown_scope
from oms_core.workflow.rule_models import ConfigVersion, Severity, ValidationRule
from oms_core.workflow.versions import VersionView, keep_version, list_versions, refuse_stale, version_of

KIND = "validation"


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as saved last; ``builder`` is None where its condition was written as CEL."""

    code: str
    version: int
    name: str
    severity: Severity
    changes: tuple[str, ...] | None
    to_statuses: tuple[str, ...] | None
    order_types: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    expression: str
    builder: Mapping[str, Any] | None
    message: str
    field: str
    active_from: datetime | None
    active_until: datetime | None
    is_active: bool
    position: int
    translations: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """What ``save_rule`` takes to save it as it is."""
        plain = {name: value for name, value in asdict(self).items() if name != "version"}
        return read_document(plain).as_json()


@requires(Permission.RULES_EDIT)
def save_rule(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = ""
) -> RuleView:
    """Save a rule, new or changed, as its next version; it binds from this transaction on where it is active.

    ``document`` has the columns of the rule; with a ``builder`` that is what counts and ``expression`` is written from
    it. Raises ``Invalid``: ``bad_rule`` (rows name the fields), ``bad_condition`` or ``bad_expression``.
    """
    rule = read_document(document)
    refuse_unknown_scope(session, rule)
    compile_condition(rule.expression)
    return _store(session, rule, actor=actor, now=now, note=note)


@requires(Permission.RULES_EDIT)
def activate_rule(session: Session, *, actor: Actor, now: datetime, code: str) -> RuleView:
    """Let a rule bind; raises ``NotFound``, and ``Conflict`` (``stale_version``) where somebody saved it meanwhile."""
    return _switch(session, code, is_active=True, actor=actor, now=now)


@requires(Permission.RULES_EDIT)
def deactivate_rule(session: Session, *, actor: Actor, now: datetime, code: str) -> RuleView:
    """Let a rule bind no longer; it stays in the list. Raises as ``activate_rule``."""
    return _switch(session, code, is_active=False, actor=actor, now=now)


@requires(Permission.RULES_EDIT)
def rollback_rule(session: Session, *, actor: Actor, now: datetime, code: str, version: int) -> RuleView:
    """Save an earlier version again, word for word, as the newest; raises ``NotFound``."""
    document = version_of(session, KIND, code, version)
    return save_rule(session, actor=actor, now=now, document=document, note=f"version {version} again")


@requires(Permission.WORKFLOW_VIEW)
def list_rules(session: Session) -> list[RuleView]:
    """Every rule in the order of asking, switched off ones too."""
    query = select(ValidationRule).order_by(ValidationRule.position, ValidationRule.code)
    return [_view(row) for row in session.scalars(query)]


@requires(Permission.WORKFLOW_VIEW)
def read_rule(session: Session, code: str) -> RuleView:
    """Read one rule; raises ``NotFound``."""
    return _view(_row(session, code))


@requires(Permission.WORKFLOW_VIEW)
def list_rule_versions(session: Session, code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return list_versions(session, kind=KIND, code=code)


def add_templates(
    session: Session, documents: Iterable[Mapping[str, Any]], *, actor: Actor, now: datetime, note: str
) -> None:
    """Add rules that are new and switched off, without a trial: nothing that is in force changes."""
    for rule in map(read_document, documents):
        if rule.is_active:
            raise ValueError(f"the template {rule.code} is switched on")
        kept = {"kind": KIND, "code": rule.code, "version": 1, "document": rule.as_json(), "note": note}
        session.add(ConfigVersion(**kept, actor_id=actor.id, recorded_at=now))
        session.add(ValidationRule(version=1, **_columns(rule)))
    session.flush()


def _store(
    session: Session, rule: RuleDocument, *, actor: Actor, now: datetime, note: str, based_on: int | None = None
) -> RuleView:
    version = keep_version(session, kind=KIND, code=rule.code, document=rule.as_json(), actor=actor, now=now, note=note)
    row = session.get(ValidationRule, rule.code, populate_existing=True) or ValidationRule(code=rule.code)
    refuse_stale(rule.code, row.version, based_on)
    for name, value in _columns(rule).items():
        setattr(row, name, value)
    row.version = version
    session.add(row)
    session.flush()
    return _view(row)


def _columns(rule: RuleDocument) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rule).items()}


def _switch(session: Session, code: str, *, is_active: bool, actor: Actor, now: datetime) -> RuleView:
    known = _view(_row(session, code))
    document = known.document() | {"is_active": is_active}
    rule = read_document(document)
    refuse_unknown_scope(session, rule)
    compile_condition(rule.expression)
    note = "switched on" if is_active else "switched off"
    return _store(session, rule, actor=actor, now=now, note=note, based_on=known.version)


def _row(session: Session, code: str) -> ValidationRule:
    row = session.get(ValidationRule, code)
    if row is None:
        raise NotFound(f"There is no rule '{code}'.", code="unknown_rule", rows=[{"field": "code", "value": code}])
    return row


def _view(row: ValidationRule) -> RuleView:
    return RuleView(
        row.code, row.version, row.name, row.severity, _tuple(row.changes), _tuple(row.to_statuses),
        _tuple(row.order_types), _tuple(row.channels), row.expression, row.builder, row.message, row.field,
        row.active_from, row.active_until, row.is_active, row.position, row.translations,
    )  # fmt: skip


def _tuple(codes: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if codes is None else tuple(codes)
