"""Validation rules as people edit them: checked, saved as a new version, switched on and off, taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.workflow.cel import compile_condition
from oms_core.workflow.rule_document import RuleDocument, read_document, refuse_unknown_scope
from oms_core.workflow.rule_models import ConfigVersion, ValidationRule
from oms_core.workflow.saved_rules import columns_of, fields_of, find_rule, store_rule
from oms_core.workflow.versions import VersionView, list_versions, version_of

KIND = "validation"


@dataclass(frozen=True, slots=True)
class RuleView(RuleDocument):
    """A rule as saved last; ``builder`` is None where its condition was written as CEL."""

    version: int

    def document(self) -> dict[str, Any]:
        """What ``save_rule`` takes to save it as it is."""
        return read_document(self.as_json()).as_json()


@requires(Permission.RULES_EDIT)
def save_rule(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = "",
    based_on: int | None = None,
) -> RuleView:  # fmt: skip
    """Save a rule, new or changed, as its next version; it binds from this transaction on where it is active.

    ``document`` has the columns of the rule; with a ``builder`` that is what counts and ``expression`` is written from
    it. ``based_on`` is the version it was changed from, 0 for a new rule. Raises ``Invalid``: ``bad_rule`` (rows name
    the fields), ``bad_condition`` or ``bad_expression``; and ``Conflict``: ``stale_version`` naming who saved what
    since, ``code_taken`` where a new rule has the code of another.
    """
    return _save(session, document, actor=actor, now=now, note=note, based_on=based_on)


@requires(Permission.RULES_EDIT)
def activate_rule(session: Session, *, actor: Actor, now: datetime, code: str) -> RuleView:
    """Let a rule bind; raises ``NotFound``, and ``Conflict`` (``stale_version``) where somebody saved it meanwhile."""
    return _switch(session, code, is_active=True, actor=actor, now=now)


@requires(Permission.RULES_EDIT)
def deactivate_rule(session: Session, *, actor: Actor, now: datetime, code: str) -> RuleView:
    """Let a rule bind no longer; it stays in the list. Raises as ``activate_rule``."""
    return _switch(session, code, is_active=False, actor=actor, now=now)


@requires(Permission.RULES_EDIT)
def rollback_rule(
    session: Session, *, actor: Actor, now: datetime, code: str, version: int, based_on: int | None = None
) -> RuleView:
    """Save an earlier version again, word for word, as the newest; raises as ``save_rule``, and ``NotFound``."""
    document = version_of(session, KIND, code, version)
    return _save(session, document, actor=actor, now=now, note=f"version {version} again", based_on=based_on)


@requires(Permission.WORKFLOW_VIEW)
def list_rules(session: Session) -> list[RuleView]:
    """Every rule in the order of asking, switched off ones too."""
    query = select(ValidationRule).order_by(ValidationRule.position, ValidationRule.code)
    return [_view(row) for row in session.scalars(query)]


@requires(Permission.WORKFLOW_VIEW)
def read_rule(session: Session, code: str) -> RuleView:
    """Read one rule; raises ``NotFound``."""
    return _view(find_rule(session, ValidationRule, code))


@requires(Permission.WORKFLOW_VIEW)
def list_rule_versions(session: Session, code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return list_versions(session, kind=KIND, code=code)


@requires(None)
def list_rule_translations(session: Session, messages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What rules say in other languages, by their messages: for whoever was refused or warned with them."""
    query = select(ValidationRule.message, ValidationRule.translations).order_by(
        ValidationRule.is_active, ValidationRule.code
    )
    rows = session.execute(query.where(ValidationRule.message.in_(messages), ValidationRule.translations != {}))
    return {row.message: row.translations for row in rows}


def add_templates(
    session: Session, documents: Iterable[Mapping[str, Any]], *, actor: Actor, now: datetime, note: str
) -> None:
    """Add rules that are new and switched off, without a trial: nothing that is in force changes."""
    for rule in map(read_document, documents):
        if rule.is_active:
            raise ValueError(f"the template {rule.code} is switched on")
        kept = {"kind": KIND, "code": rule.code, "version": 1, "document": rule.as_json(), "note": note}
        session.add(ConfigVersion(**kept, actor_id=actor.id, recorded_at=now))
        session.add(ValidationRule(version=1, **columns_of(rule)))
    session.flush()


def _save(
    session: Session, document: Mapping[str, Any], *, actor: Actor, now: datetime, note: str, based_on: int | None
) -> RuleView:
    rule = read_document(document)
    refuse_unknown_scope(session, rule)
    compile_condition(rule.expression)
    return _view(
        store_rule(session, ValidationRule, rule, kind=KIND, actor=actor, now=now, note=note, based_on=based_on)
    )


def _switch(session: Session, code: str, *, is_active: bool, actor: Actor, now: datetime) -> RuleView:
    known = read_rule(session, code)
    document = known.document() | {"is_active": is_active}
    note = "switched on" if is_active else "switched off"
    return _save(session, document, actor=actor, now=now, note=note, based_on=known.version)


def _view(row: ValidationRule) -> RuleView:
    return RuleView(**fields_of(row, RuleView))
