"""Runs: a rule's answer to one event of one order, written at most once, and what was made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.automation.models import AutomationRule, AutomationRun, Mode, Outcome
from oms_core.automation.rulebook import LiveRule
from oms_core.journal import Journalled
from oms_core.orders.models import Order


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as people see it; ``rule`` is the code, ``name`` and ``translations`` are the rule's as it is now."""

    id: int
    rule: str
    version: int
    name: str
    translations: dict[str, Any]
    number: str
    event_sequence: int
    mode: Mode
    outcome: Outcome
    detail: dict[str, Any]
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None

    @property
    def event(self) -> str:
        """The kind of event that it answers."""
        return str(self.detail.get("event", ""))

    @property
    def actions(self) -> list[dict[str, Any]]:
        """What the rule does, as it stood then."""
        return list(self.detail.get("actions", ()))


def claim_run(
    session: Session, rule: LiveRule, event: Journalled, outcome: Outcome, *, now: datetime, **detail: object
) -> int | None:
    """Write that the rule answers the event and return the run's id; None where it did before.

    Of two writers at once the second waits for the first here, and goes on only if that one gave up.
    """
    kept = {
        "event": event.kind,
        "chain": list(event.chain),
        "actions": [dict(one) for one in rule.actions],
        **detail,
    }
    added = insert(AutomationRun).values(
        rule_code=rule.code, rule_version=rule.version, order_id=event.order_id, event_sequence=event.sequence,
        mode=rule.mode, outcome=outcome, detail=kept, created_at=now,
    )  # fmt: skip
    return session.scalar(added.on_conflict_do_nothing().returning(AutomationRun.id))


def settle_run(session: Session, run_id: int, outcome: Outcome, detail: Mapping[str, object]) -> None:
    """Write what became of a run."""
    run = update(AutomationRun).where(AutomationRun.id == run_id)
    session.execute(
        run.values(outcome=outcome, detail=AutomationRun.detail.op("||")(literal(dict(detail), JSONB))),
        execution_options={"synchronize_session": False},
    )


def replace_suggestions(session: Session, rule: LiveRule, order_id: int, *, by: int, now: datetime) -> None:
    """Take back what the rule suggested for the order before: the newest suggestion speaks of the order as it is."""
    older = update(AutomationRun).where(
        AutomationRun.rule_code == rule.code, AutomationRun.order_id == order_id,
        AutomationRun.outcome == Outcome.SUGGESTED, AutomationRun.id != by,
    )  # fmt: skip
    session.execute(
        older.values(outcome=Outcome.DISMISSED, decided_at=now), execution_options={"synchronize_session": False}
    )


_CAUSING = text("""
SELECT rule_code, detail->'chain' AS chain
FROM automation_runs WHERE order_id = :order_id AND detail->'events' @> to_jsonb(CAST(:sequence AS integer))
ORDER BY id LIMIT 1
""")


def chain_of(session: Session, order_id: int, sequence: int) -> tuple[str, ...]:
    """The rules whose acts led to an event, the first cause first; empty where people or time did it."""
    run = session.execute(_CAUSING, {"order_id": order_id, "sequence": sequence}).one_or_none()
    return () if run is None else (*run.chain, run.rule_code)


@requires(Permission.WORKFLOW_VIEW)
def list_runs(
    session: Session, *, rule: str | None = None, outcome: Outcome | None = None, limit: int = 100
) -> list[RunView]:
    """What rules did, the newest first."""
    return _runs(session, rule=rule, outcome=outcome, limit=limit)


@requires(Permission.ORDER_VIEW)
def list_suggestions(session: Session, *, number: str | None = None, limit: int = 100) -> list[RunView]:
    """What rules suggest for open orders, and what they failed to do there: somebody may do it in one click."""
    query = select(AutomationRun.id).join(Order, Order.id == AutomationRun.order_id)
    offered = query.where(AutomationRun.outcome == Outcome.SUGGESTED, Order.closed_at.is_(None))
    if number is not None:
        offered = offered.where(Order.number == number)
    ids = list(session.scalars(offered.order_by(AutomationRun.id.desc()).limit(limit)))
    return _runs(session, ids=ids, limit=limit)


@requires(Permission.WORKFLOW_VIEW)
def count_runs(session: Session, *, since: datetime) -> dict[str, dict[Outcome, int]]:
    """How often each rule ran from ``since`` on, by its code and what became of it."""
    query = (
        select(AutomationRun.rule_code, AutomationRun.outcome, func.count())
        .where(AutomationRun.created_at >= since)
        .group_by(AutomationRun.rule_code, AutomationRun.outcome)
    )
    counts: dict[str, dict[Outcome, int]] = {}
    for code, outcome, count in session.execute(query):
        counts.setdefault(code, {})[outcome] = count
    return counts


def _runs(
    session: Session, *, limit: int, rule: str | None = None, outcome: Outcome | None = None,
    ids: list[int] | None = None,
) -> list[RunView]:  # fmt: skip
    run = AutomationRun
    query = (
        select(
            run.id, run.rule_code, run.rule_version, func.coalesce(AutomationRule.name, run.rule_code),
            func.coalesce(AutomationRule.translations, text("'{}'::jsonb")), Order.number, run.event_sequence,
            run.mode, run.outcome, func.coalesce(run.detail, text("'{}'::jsonb")), run.created_at, run.decided_at,
            User.login,
        )
        .join(Order, Order.id == run.order_id)
        .outerjoin(AutomationRule, AutomationRule.code == run.rule_code)
        .outerjoin(User, User.id == run.decided_by)
        .order_by(run.id.desc())
        .limit(limit)
    )  # fmt: skip
    if rule is not None:
        query = query.where(run.rule_code == rule)
    if outcome is not None:
        query = query.where(run.outcome == outcome)
    if ids is not None:
        query = query.where(run.id.in_(ids))
    return [RunView(*row) for row in session.execute(query)]
