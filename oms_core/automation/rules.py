"""Automation rules as people edit them: checked, saved as a new version, switched between modes, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.automation.models import AutomationRule, Mode
from oms_core.automation.rule_document import AutomationDocument, read_document, refuse_unknown
from oms_core.errors import NotFound
from oms_core.workflow.cel import compile_condition
from oms_core.workflow.versions import VersionView, keep_version, list_versions, refuse_stale, version_of

KIND = "automation"


@dataclass(frozen=True, slots=True)
class AutomationView:
    """A rule as saved last; ``builder`` is None where its condition was written as CEL."""

    code: str
    version: int
    name: str
    event: str
    condition: str
    builder: Mapping[str, Any] | None
    actions: tuple[dict[str, Any], ...]
    mode: Mode
    priority: int
    order_types: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    active_from: datetime | None
    active_until: datetime | None
    translations: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """What ``save_automation`` takes to save it as it is."""
        plain = {name: value for name, value in asdict(self).items() if name != "version"}
        return read_document(plain).as_json()


@requires(Permission.RULES_EDIT)
def save_automation(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = ""
) -> AutomationView:
    """Save a rule, new or changed, as its next version; it is in force with the commit where its mode is not off.

    ``document`` has the columns of the rule; with a ``builder`` that is what counts and ``condition`` is written from
    it. Raises ``Invalid``: ``bad_rule`` (rows name the fields, ``actions[1].login``), ``bad_condition`` or
    ``bad_expression``.
    """
    rule = read_document(document)
    refuse_unknown(session, rule)
    compile_condition(rule.condition)
    return _store(session, rule, actor=actor, now=now, note=note)


@requires(Permission.RULES_EDIT)
def set_mode(session: Session, *, actor: Actor, now: datetime, code: str, mode: str) -> AutomationView:
    """Switch a rule off, to suggesting, or to acting; a version of its own.

    Raises ``NotFound``, ``Invalid``, and ``Conflict`` (``stale_version``) where somebody saved it meanwhile.
    """
    known = read_automation(session, code)
    rule = read_document(known.document() | {"mode": mode})
    refuse_unknown(session, rule)
    compile_condition(rule.condition)
    return _store(session, rule, actor=actor, now=now, note=f"mode {mode}", based_on=known.version)


@requires(Permission.RULES_EDIT)
def rollback_automation(session: Session, *, actor: Actor, now: datetime, code: str, version: int) -> AutomationView:
    """Save an earlier version again, word for word, its mode too, as the newest; raises ``NotFound``."""
    document = version_of(session, KIND, code, version)
    return save_automation(session, actor=actor, now=now, document=document, note=f"version {version} again")


@requires(Permission.WORKFLOW_VIEW)
def list_automation(session: Session) -> list[AutomationView]:
    """Every rule in the order of acting, those that are off too."""
    query = select(AutomationRule).order_by(AutomationRule.priority, AutomationRule.code)
    return [_view(row) for row in session.scalars(query)]


@requires(Permission.WORKFLOW_VIEW)
def read_automation(session: Session, code: str) -> AutomationView:
    """Read one rule; raises ``NotFound``."""
    row = session.get(AutomationRule, code)
    if row is None:
        raise NotFound(f"There is no rule '{code}'.", code="unknown_rule", rows=[{"field": "code", "value": code}])
    return _view(row)


@requires(Permission.WORKFLOW_VIEW)
def list_automation_versions(session: Session, code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return list_versions(session, kind=KIND, code=code)


def add_automation(session: Session, document: Mapping[str, Any], *, actor: Actor, now: datetime, note: str) -> None:
    """Add a rule of ours without a trial: its condition is tried by the tests."""
    _store(session, read_document(document), actor=actor, now=now, note=note)


def _store(
    session: Session, rule: AutomationDocument, *, actor: Actor, now: datetime, note: str, based_on: int | None = None
) -> AutomationView:
    version = keep_version(session, kind=KIND, code=rule.code, document=rule.as_json(), actor=actor, now=now, note=note)
    row = session.get(AutomationRule, rule.code, populate_existing=True) or AutomationRule(code=rule.code)
    refuse_stale(rule.code, row.version, based_on)
    for name, value in asdict(rule).items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    row.version = version
    session.add(row)
    session.flush()
    return _view(row)


def _view(row: AutomationRule) -> AutomationView:
    return AutomationView(
        row.code, row.version, row.name, row.event, row.condition, row.builder, tuple(row.actions), row.mode,
        row.priority, _tuple(row.order_types), _tuple(row.channels), row.active_from, row.active_until,
        row.translations,
    )  # fmt: skip


def _tuple(codes: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if codes is None else tuple(codes)
