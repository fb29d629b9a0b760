"""What validation rules refused and warned of, kept to be measured; a refused change itself leaves no trace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.workflow.alerts import open_alert
from oms_core.workflow.rule_models import RuleHit, Severity
from oms_core.workflow.rule_set import Failure

REFUSED = "rule_broken"  # the code of a refusal by rules; its rows name rule and version
_LATEST = 50


@dataclass(frozen=True, slots=True)
class HitView:
    """One change that a rule refused or warned of; ``number`` is None where a placement was refused."""

    version: int
    severity: Severity
    number: str | None
    actor: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """What one version of a rule met since a moment; ``latest`` are the newest hits, the newest first."""

    refused: int
    warned: int
    latest: tuple[HitView, ...]


class RulesRefused(Invalid):
    """Rules refused a change; ``failures`` are those that could not be judged, to be told after the rollback."""

    def __init__(
        self, message: str, *, rows: Sequence[Mapping[str, Any]], failures: Sequence[Failure], order_id: int | None,
        number: str,
    ) -> None:  # fmt: skip
        super().__init__(message, code=REFUSED, rows=rows)
        self.failures = tuple(failures)
        self.order_id = order_id
        self.number = number


def tell_failures(
    session: Session, failures: Iterable[Failure], *, order_id: int | None, number: str, now: datetime
) -> None:
    """Raise an alert for each rule that could not be judged; ``order_id`` is None where no order is written yet."""
    for failure in failures:
        open_alert(
            session, kind="rule_failed", reference=failure.code, now=now, order_id=order_id,
            message=f"The rule '{failure.code}' could not be judged: {failure.error}",
            details={"version": failure.version, "error": failure.error, "number": number},
        )  # fmt: skip


def keep_hits(
    session: Session, rows: Iterable[Mapping[str, Any]], *, severity: Severity, number: str | None, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """Note that rules were hit: a row for each of ``rows``, which name ``rule`` and ``version``."""
    session.add_all(
        RuleHit(
            rule_code=row["rule"], rule_version=row["version"], severity=severity, number=number, actor_id=actor.id,
            occurred_at=now,
        )
        for row in rows
    )  # fmt: skip


@requires(Permission.WORKFLOW_VIEW)
def count_hits(session: Session, *, now: datetime, days: int = 30) -> dict[str, int]:
    """Hits of the last days by the code of the rule; a rule never hit is absent."""
    query = select(RuleHit.rule_code, func.count()).where(RuleHit.occurred_at >= now - timedelta(days=days))
    return {code: count for code, count in session.execute(query.group_by(RuleHit.rule_code))}  # noqa: C416 - typed


@requires(Permission.WORKFLOW_VIEW)
def measure_rule(session: Session, *, code: str, since: datetime, version: int | None = None) -> Measured:
    """Count what a rule, or one version of it, met from ``since`` on."""
    of_rule = [RuleHit.rule_code == code, RuleHit.occurred_at >= since]
    if version is not None:
        of_rule.append(RuleHit.rule_version == version)
    refused = func.count().filter(RuleHit.severity == Severity.REFUSE)
    counts = session.execute(select(refused, func.count()).select_from(RuleHit).where(*of_rule)).one()
    latest = (
        select(RuleHit.rule_version, RuleHit.severity, RuleHit.number, User.login, RuleHit.occurred_at)
        .join(User, User.id == RuleHit.actor_id)
        .where(*of_rule)
        .order_by(RuleHit.occurred_at.desc(), RuleHit.id.desc())
        .limit(_LATEST)
    )
    hits = tuple(HitView(*row) for row in session.execute(latest))
    return Measured(counts[0], counts[1] - counts[0], hits)
