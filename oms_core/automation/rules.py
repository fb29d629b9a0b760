"""Automation rules as people edit them: checked, saved as a new version, switched between modes, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.automation.models import AutomationRule
from oms_core.automation.rule_document import AutomationDocument, read_document, refuse_unknown
from oms_core.workflow.cel import compile_condition
from oms_core.workflow.saved_rules import fields_of, find_rule, store_rule
from oms_core.workflow.versions import VersionView, list_versions, version_of

KIND = "automation"


@dataclass(frozen=True, slots=True)
class AutomationView(AutomationDocument):
    """A rule as saved last; ``builder`` is None where its condition was written as CEL."""

    version: int

    def document(self) -> dict[str, Any]:
        """What ``save_automation`` takes to save it as it is."""
        return read_document(self.as_json()).as_json()


@requires(Permission.RULES_EDIT)
def save_automation(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = "",
    based_on: int | None = None,
) -> AutomationView:  # fmt: skip
    """Save a rule, new or changed, as its next version; it is in force with the commit where its mode is not off.

    ``document`` has the columns of the rule; with a ``builder`` that is what counts and ``condition`` is written from
    it. ``based_on`` is the version it was changed from, 0 for a new rule. Raises ``Invalid``: ``bad_rule`` (rows name
    the fields, ``actions[1].login``), ``bad_condition`` or ``bad_expression``; and ``Conflict``:
    ``stale_version`` naming who saved what since, ``code_taken`` where a new rule has the code of another.
    """
    return _save(session, document, actor=actor, now=now, note=note, based_on=based_on)


@requires(Permission.RULES_EDIT)
def set_mode(session: Session, *, actor: Actor, now: datetime, code: str, mode: str) -> AutomationView:
    """Switch a rule off, to suggesting, or to acting; a version of its own.

    Raises ``NotFound``, ``Invalid``, and ``Conflict`` (``stale_version``) where somebody saved it meanwhile.
    """
    known = read_automation(session, code)
    document = known.document() | {"mode": mode}
    return _save(session, document, actor=actor, now=now, note=f"mode {mode}", based_on=known.version)


@requires(Permission.RULES_EDIT)
def rollback_automation(
    session: Session, *, actor: Actor, now: datetime, code: str, version: int, based_on: int | None = None
) -> AutomationView:
    """Save an earlier version again, word for word, its mode too, as the newest.

    Raises as ``save_automation``, and ``NotFound``.
    """
    document = version_of(session, KIND, code, version)
    return _save(session, document, actor=actor, now=now, note=f"version {version} again", based_on=based_on)


@requires(Permission.WORKFLOW_VIEW)
def list_automation(session: Session) -> list[AutomationView]:
    """Every rule in the order of acting, those that are off too."""
    query = select(AutomationRule).order_by(AutomationRule.priority, AutomationRule.code)
    return [_view(row) for row in session.scalars(query)]


@requires(Permission.WORKFLOW_VIEW)
def read_automation(session: Session, code: str) -> AutomationView:
    """Read one rule; raises ``NotFound``."""
    return _view(find_rule(session, AutomationRule, code))


@requires(Permission.WORKFLOW_VIEW)
def list_automation_versions(session: Session, code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return list_versions(session, kind=KIND, code=code)


def add_automation(session: Session, document: Mapping[str, Any], *, actor: Actor, now: datetime, note: str) -> None:
    """Add a rule of ours without a trial: its condition is tried by the tests."""
    _store(session, read_document(document), actor=actor, now=now, note=note, based_on=None)


def _save(
    session: Session, document: Mapping[str, Any], *, actor: Actor, now: datetime, note: str, based_on: int | None
) -> AutomationView:
    rule = read_document(document)
    refuse_unknown(session, rule)
    compile_condition(rule.condition)
    return _store(session, rule, actor=actor, now=now, note=note, based_on=based_on)


def _store(
    session: Session, rule: AutomationDocument, *, actor: Actor, now: datetime, note: str, based_on: int | None
) -> AutomationView:
    return _view(
        store_rule(session, AutomationRule, rule, kind=KIND, actor=actor, now=now, note=note, based_on=based_on)
    )


def _view(row: AutomationRule) -> AutomationView:
    return AutomationView(**fields_of(row, AutomationView))
