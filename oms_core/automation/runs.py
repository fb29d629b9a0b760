"""Runs: a rule's answer to one event of one order, written at most once, and what was made of it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
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


@dataclass(frozen=True, slots=True)
class Claim:
    """A rule that is about to answer an event, and what is to be written of it."""

    rule: LiveRule
    event: Journalled
    outcome: Outcome

    def detail(self) -> dict[str, Any]:
        """What is kept of the run, whatever becomes of it."""
        event = self.event
        actions = [dict(one) for one in self.rule.actions]
        return {"event": event.kind, "chain": list(event.chain), "actions": actions}


_CLAIM = text("""
INSERT INTO automation_runs
    (rule_code, rule_version, order_id, event_sequence, mode, outcome, detail, created_at)
SELECT g.*, CAST(:now AS timestamptz)
FROM unnest(
    CAST(:rules AS text[]), CAST(:versions AS integer[]), CAST(:orders AS bigint[]), CAST(:sequences AS integer[]),
    CAST(:modes AS text[]), CAST(:outcomes AS text[]), CAST(:details AS jsonb[])
) AS g (rule_code, rule_version, order_id, event_sequence, mode, outcome, detail)
ORDER BY g.order_id, g.event_sequence, g.rule_code
ON CONFLICT DO NOTHING
RETURNING id, rule_code, order_id, event_sequence
""")
# The newest suggestion speaks of the order as it is; those before it are taken back.
_TAKE_BACK = text("""
UPDATE automation_runs older SET outcome = 'dismissed', decided_at = CAST(:now AS timestamptz)
FROM automation_runs newer
WHERE newer.id = ANY (:ids) AND newer.outcome = 'suggested'
  AND older.rule_code = newer.rule_code AND older.order_id = newer.order_id AND older.outcome = 'suggested'
  AND older.id < newer.id
""")


def claim_runs(session: Session, claims: Sequence[Claim], *, now: datetime) -> dict[int, Claim]:
    """Write that rules answer events; returns what was written by the id of its run, answers of before left out.

    Of two writers at once the second waits for the first here, and goes on only if that one gave up.
    """
    if not claims:
        return {}
    rows = session.execute(
        _CLAIM,
        {
            "rules": [claim.rule.code for claim in claims],
            "versions": [claim.rule.version for claim in claims],
            "orders": [claim.event.order_id for claim in claims],
            "sequences": [claim.event.sequence for claim in claims],
            "modes": [claim.rule.mode.value for claim in claims],
            "outcomes": [claim.outcome.value for claim in claims],
            "details": [json.dumps(claim.detail()) for claim in claims],
            "now": now,
        },
    ).all()
    known = {(claim.rule.code, claim.event.order_id, claim.event.sequence): claim for claim in claims}
    return {row.id: known[row.rule_code, row.order_id, row.event_sequence] for row in rows}


def offer(session: Session, suggested: Collection[int], *, now: datetime) -> None:
    """Let new suggestions take the place of older ones of the same rule for the same order."""
    if suggested:
        session.execute(_TAKE_BACK, {"ids": sorted(suggested), "now": now})


def settle_run(session: Session, run_id: int, outcome: Outcome, detail: Mapping[str, object]) -> None:
    """Write what became of a run."""
    run = update(AutomationRun).where(AutomationRun.id == run_id)
    session.execute(
        run.values(outcome=outcome, detail=AutomationRun.detail.op("||")(literal(dict(detail), JSONB))),
        execution_options={"synchronize_session": False},
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
    return _runs(session, ids=ids, limit=limit) if ids else []


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
