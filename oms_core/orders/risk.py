"""How likely open orders are to miss their first promise: scores, worked out elsewhere, kept beside the orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires

KEPT_AT_ONCE = 500
"""So many are written in one transaction at most: a new score waits for, and holds up, whoever changes its order."""
# Orders closed meanwhile, or gone, are left out.
_KEEP = text("""
INSERT INTO order_risks (order_id, milestone, probability, cause, served, scored_at)
SELECT t.order_id, t.milestone, round(t.probability, 4), t.cause, t.served, :scored_at
FROM unnest(
    CAST(:order_ids AS bigint[]), CAST(:milestones AS text[]), CAST(:probabilities AS numeric[]),
    CAST(:causes AS text[]), CAST(:served AS text[])
) AS t (order_id, milestone, probability, cause, served)
JOIN orders o ON o.id = t.order_id AND o.closed_at IS NULL
ORDER BY t.order_id
ON CONFLICT (order_id) DO UPDATE
SET milestone = excluded.milestone, probability = excluded.probability, cause = excluded.cause,
    served = excluded.served, scored_at = excluded.scored_at
""")
_FORGET = text("DELETE FROM order_risks WHERE scored_at < :scored_at")


@dataclass(frozen=True, slots=True)
class Score:
    """What was worked out of one open order: a probability between 0 and 1, and what raises it the most."""

    order_id: int
    milestone: str
    probability: Decimal
    cause: str | None
    served: str


@requires(Permission.SYSTEM_RUN)
def keep_risks(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - as the door calls
    now: datetime,  # noqa: ARG001
    scores: Sequence[Score],
    scored_at: datetime,
) -> int:
    """Keep these scores, ``KEPT_AT_ONCE`` at most, in the place of earlier ones; returns how many."""
    given = {
        "order_ids": [score.order_id for score in scores], "milestones": [score.milestone for score in scores],
        "probabilities": [score.probability for score in scores], "causes": [score.cause for score in scores],
        "served": [score.served for score in scores], "scored_at": scored_at,
    }  # fmt: skip
    return int(session.execute(_KEEP, given).rowcount)  # type: ignore[attr-defined]


@requires(Permission.SYSTEM_RUN)
def forget_risks(session: Session, *, actor: Actor, now: datetime, scored_at: datetime) -> int:  # noqa: ARG001
    """Forget what was scored before: these orders are closed, or nothing is told of them any more."""
    return int(session.execute(_FORGET, {"scored_at": scored_at}).rowcount)  # type: ignore[attr-defined]
