"""Alerts: what the rules found, opened and closed by themselves, and who has seen them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role, User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.models import AlertRule, MetricAlert

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part of a rule's figure stands after its last finished day; ``is_open`` None: as it did before."""

    part: str
    is_open: bool | None
    since: date
    day: date
    value: Decimal | None
    expected: Decimal | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a look at a rule came to."""

    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class AlertView:
    """One notice; ``acknowledged_by`` is a name, ``days_looked_at`` how many days a threshold counts together."""

    id: int
    rule_id: int
    rule_name: str
    metric: str
    cut: str
    part: str
    kind: str
    days_looked_at: int
    opened_day: date
    day: date
    value: Decimal | None
    expected: Decimal | None
    opened_at: datetime
    closed_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str


@requires(Permission.SYSTEM_RUN)
def settle_alerts(
    session: Session, *, actor: Actor, now: datetime, rule_id: int, version: int, findings: Sequence[Finding]  # noqa: ARG001
) -> Settled:  # fmt: skip
    """Open, follow and close the alerts of a rule; nothing where the rule was changed since it was judged.

    One alert is one notice: as long as it is open no other is opened for the same part, and what is open without a
    finding any more is closed.
    """
    rule = session.get(AlertRule, rule_id, with_for_update=True, populate_existing=True)
    if rule is None or rule.version != version or not rule.is_active:
        return Settled(0, 0)
    query = select(MetricAlert).where(MetricAlert.rule_id == rule_id, MetricAlert.closed_at.is_(None))
    present = {alert.part: alert for alert in session.scalars(query.with_for_update())}
    opened, off = 0, {found.part: found for found in findings if found.is_open}
    stays = {found.part for found in findings if found.is_open is None}
    for part, found in off.items():
        alert = present.get(part)
        if alert is None:
            alert = MetricAlert(rule_id=rule_id, part=part, opened_day=found.since, opened_at=now)
            session.add(alert)
            opened += 1
        alert.day, alert.value, alert.expected = found.day, found.value, found.expected
    gone = [alert for part, alert in present.items() if part not in off and part not in stays]
    for alert in gone:
        alert.closed_at = now
    session.flush()
    return Settled(opened, len(gone))


@requires(Permission.ANALYTICS_VIEW)
def acknowledge_alert(session: Session, *, actor: Actor, now: datetime, alert_id: int, note: str = "") -> None:
    """Say that one has seen an alert and what one does about it; raises ``NotFound``, ``Conflict``, ``Invalid``."""
    told = note.strip()
    if len(told) > LONGEST_NOTE or "\0" in told:
        rows = [{"field": "note", "value": told[:60], "message": f"must be text of at most {LONGEST_NOTE} characters"}]
        raise Invalid("The note is too long.", code="malformed_note", rows=rows)
    alert = session.get(MetricAlert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None or not _concerns(session.get_one(AlertRule, alert.rule_id).roles, actor):
        raise NotFound("There is no such alert.", code="unknown_alert", rows=[{"id": alert_id}])
    if alert.acknowledged_at is not None:
        raise Conflict("Somebody has seen to this alert already.", code="alert_acknowledged")
    alert.acknowledged_by_id, alert.acknowledged_at, alert.note = actor.id, now, told


@requires(Permission.ANALYTICS_VIEW)
def list_alerts(
    session: Session, *, actor: Actor, now: datetime, channel: str, closed_days: int = 0
) -> list[AlertView]:
    """Alerts of a channel that concern who looks: open ones, those nobody has seen first, then lately closed ones."""
    query = (
        select(MetricAlert, AlertRule, User.name)
        .join(AlertRule, AlertRule.id == MetricAlert.rule_id)
        .join(Channel, Channel.id == AlertRule.channel_id)
        .outerjoin(User, User.id == MetricAlert.acknowledged_by_id)
        .where(
            Channel.code == channel,
            or_(MetricAlert.closed_at.is_(None), MetricAlert.closed_at > now - timedelta(days=closed_days)),
        )
        .order_by(
            MetricAlert.closed_at.is_not(None), MetricAlert.acknowledged_at.is_not(None),
            MetricAlert.opened_at.desc(), MetricAlert.id,
        )
    )  # fmt: skip
    return [
        AlertView(
            alert.id, rule.id, rule.name, rule.metric, rule.cut, alert.part, rule.kind.value, rule.days,
            alert.opened_day, alert.day, alert.value, alert.expected, alert.opened_at, alert.closed_at, name,
            alert.acknowledged_at, alert.note,
        )
        for alert, rule, name in session.execute(query).all()
        if _concerns(rule.roles, actor)
    ]  # fmt: skip


def _concerns(roles: Sequence[str], actor: Actor) -> bool:
    return not roles or Role.ADMIN in actor.roles or bool({role.value for role in actor.roles} & set(roles))
