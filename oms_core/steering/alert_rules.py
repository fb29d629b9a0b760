"""Rules of alerts: which figure of a channel is watched, by bounds or against its own history, and who is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role, User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.models import AlertKind, AlertRule, MetricAlert

MOST_RULES = 100
SENSITIVITIES = (Decimal(5), Decimal(4), Decimal(3))
"""How many times the usual wandering is off, from calm to keen."""
_CODE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """A rule as it is set; of a threshold ``days`` finished days count together, of a deviation the sensitivity."""

    name: str
    channel: str
    metric: str
    kind: str
    cut: str = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    days: int = 1
    sensitivity: Decimal = SENSITIVITIES[1]
    roles: Sequence[str] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that is kept."""

    id: int
    terms: RuleTerms
    version: int
    owner_name: str


def keep_rule(
    session: Session, *, actor: Actor, now: datetime, terms: RuleTerms, rule_id: int | None = None,
    version: int | None = None,
) -> int:  # fmt: skip
    """Keep a rule, or change the one of this id; returns its id.

    Raises ``Invalid`` (``invalid_alert_rule``) naming fields, ``NotFound`` and ``Conflict`` (``stale_version``,
    ``too_many_rules``).
    """
    channel_id = session.scalar(select(Channel.id).where(Channel.code == terms.channel))
    if faults := _faults(terms, is_known_channel=channel_id is not None):
        raise Invalid("The rule cannot be kept so.", code="invalid_alert_rule", rows=faults)
    if rule_id is None:
        if (session.scalar(select(func.count()).select_from(AlertRule)) or 0) >= MOST_RULES:
            raise Conflict(f"There are {MOST_RULES} rules already.", code="too_many_rules")
        rule = AlertRule(owner_id=actor.id, created_at=now)
        session.add(rule)
    else:
        rule = _locked(session, rule_id, version)
        rule.version += 1
    rule.name, rule.channel_id, rule.metric, rule.cut = terms.name.strip(), channel_id or 0, terms.metric, terms.cut
    rule.kind, rule.lower_bound, rule.upper_bound = AlertKind(terms.kind), terms.lower, terms.upper
    rule.days, rule.sensitivity, rule.roles = terms.days, terms.sensitivity, sorted(set(terms.roles))
    rule.is_active = terms.is_active
    session.flush()
    if not rule.is_active:
        close_alerts_of(session, rule.id, now=now)
    return rule.id


@requires(Permission.ANALYTICS_EDIT)
def remove_rule(session: Session, *, actor: Actor, now: datetime, rule_id: int, version: int) -> None:  # noqa: ARG001
    """Forget a rule and what it raised; raises ``NotFound`` and ``Conflict`` (``stale_version``)."""
    rule = _locked(session, rule_id, version)
    session.execute(delete(MetricAlert).where(MetricAlert.rule_id == rule.id))
    session.delete(rule)


@requires(Permission.ANALYTICS_VIEW)
def list_rules(session: Session, *, channel: str | None = None, only_active: bool = False) -> list[RuleView]:
    """Rules by name, of one channel or of all."""
    query = (
        select(AlertRule, Channel.code, User.name)
        .join(Channel, Channel.id == AlertRule.channel_id)
        .join(User, User.id == AlertRule.owner_id)
        .order_by(AlertRule.name, AlertRule.id)
    )
    if channel is not None:
        query = query.where(Channel.code == channel)
    if only_active:
        query = query.where(AlertRule.is_active)
    return [
        RuleView(rule.id, _terms(rule, code), rule.version, name) for rule, code, name in session.execute(query).all()
    ]


def close_alerts_of(session: Session, rule_id: int, *, now: datetime) -> None:
    """Close what a rule raised and is open: nobody looks any more."""
    open_ones = select(MetricAlert).where(MetricAlert.rule_id == rule_id, MetricAlert.closed_at.is_(None))
    for alert in session.scalars(open_ones.with_for_update()):
        alert.closed_at = now


def _terms(rule: AlertRule, channel: str) -> RuleTerms:
    return RuleTerms(
        rule.name, channel, rule.metric, rule.kind.value, rule.cut, rule.lower_bound, rule.upper_bound, rule.days,
        rule.sensitivity, tuple(rule.roles), rule.is_active,
    )  # fmt: skip


def _faults(terms: RuleTerms, *, is_known_channel: bool) -> list[dict[str, Any]]:
    bounds = [bound for bound in (terms.lower, terms.upper) if bound is not None]
    checks = (
        ("name", terms.name, 1 <= len(terms.name.strip()) <= 100 and terms.name.isprintable(),
         "must be text of 1 to 100 characters"),
        ("channel", terms.channel, is_known_channel, "is unknown"),
        ("metric", terms.metric, _CODE.fullmatch(terms.metric) is not None, "is unknown"),
        ("cut", terms.cut, len(terms.cut) <= 20, "is unknown"),
        ("kind", terms.kind, terms.kind in set(AlertKind), "is unknown"),
        ("lower_bound", "", terms.kind != AlertKind.THRESHOLD or bool(bounds), "is needed, or an upper one"),
        ("upper_bound", "", len(bounds) < 2 or bounds[0] < bounds[1], "must be above the lower one"),
        ("lower_bound", "", all(one.is_finite() and abs(one) < Decimal(10) ** 13 for one in bounds),
         "is no number that can be a bound"),
        ("days", str(terms.days), 1 <= terms.days <= 28, "must be from 1 to 28"),
        ("sensitivity", str(terms.sensitivity), terms.sensitivity in SENSITIVITIES, "is unknown"),
        ("roles", "", set(terms.roles) <= set(Role), "is unknown"),
    )  # fmt: skip
    return [{"field": field, "value": value[:60], "message": message}
            for field, value, is_sound, message in checks if not is_sound]  # fmt: skip


def _locked(session: Session, rule_id: int, version: int | None) -> AlertRule:
    rule = session.get(AlertRule, rule_id, with_for_update=True, populate_existing=True)
    if rule is None:
        raise NotFound("There is no such rule of alerts.", code="unknown_alert_rule", rows=[{"id": rule_id}])
    if version is not None and version != rule.version:
        rows = [{"field": "version", "given": version, "current": rule.version}]
        raise Conflict("Somebody saved this rule meanwhile.", code="stale_version", rows=rows)
    return rule
