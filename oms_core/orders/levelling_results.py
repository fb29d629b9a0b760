"""What came of levelling: measured from the journal against what was foreseen, and fixed once its hours are over."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from math import inf

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

MOST = 10


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What became of one order given to somebody else, until the hours counted were over.

    ``touched``: the taker did something to it. ``finished``: the stage it was in then ended; ``in_time`` before its
    promise, too. ``moved_back``: it was given to the giver again.
    """

    number: str
    giver: str
    taker: str
    minutes: float
    touched: bool
    finished: bool
    in_time: bool
    moved_back: bool


@dataclass(frozen=True, slots=True)
class LevellingResult:
    """One levelling: the highest load foreseen (infinite where who is away had work), and what came of its moves.

    ``kept`` are the orders that the givers held and kept: of them ``kept_in_time`` finished their stage as moved ones
    are counted, which is what the moves are compared with.
    """

    decided_at: datetime
    until: datetime
    by: str
    highest_before: float
    highest_after: float
    moves: tuple[MoveResult, ...]
    kept: int
    kept_in_time: int

    def is_final(self, now: datetime) -> bool:
        """Tell whether the hours counted are over, so that nothing of it changes any more."""
        return now >= self.until

    @property
    def minutes(self) -> float:
        """What the moved orders were expected to take altogether."""
        return sum(move.minutes for move in self.moves)

    @property
    def finished_minutes(self) -> float:
        """The expected minutes of those that finished their stage."""
        return sum(move.minutes for move in self.moves if move.finished)


_LEVELLINGS = text("""
SELECT v.id, v.decided_at, v.until, u.name AS by FROM work_levellings v JOIN users u ON u.id = v.actor_id
ORDER BY v.decided_at DESC, v.id DESC LIMIT :most
""")
_LOADS = text("""
SELECT levelling_id, capacity_minutes AS capacity, minutes_before AS before, minutes_after AS after
FROM work_levelling_loads WHERE levelling_id = ANY (CAST(:ids AS bigint[]))
""")
# The stay an order was in when it was given away: its end is the end of the work that was levelled.
_STAY = """
LEFT JOIN LATERAL (
    SELECT s.left_at FROM status_intervals s
    WHERE s.order_id = o.id AND s.entered_at <= v.decided_at AND (s.left_at IS NULL OR s.left_at > v.decided_at)
    ORDER BY s.visit LIMIT 1) stay ON true
"""
_FINISHED = "coalesce(stay.left_at <= v.until, false)"
_IN_TIME = f"{_FINISHED} AND (o.promised_at IS NULL OR stay.left_at <= o.promised_at)"
_MOVES = text(f"""
SELECT m.levelling_id, o.number, g.login AS giver, t.login AS taker, m.minutes,
       EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.actor_id = m.taker_id AND e.rule IS NULL
               AND e.kind <> 'order.assigned' AND e.occurred_at > v.decided_at AND e.occurred_at <= v.until) AS touched,
       {_FINISHED} AS finished, {_IN_TIME} AS in_time,
       EXISTS (SELECT FROM assignment_intervals a WHERE a.order_id = o.id AND a.user_id = m.giver_id
               AND a.assigned_at > v.decided_at AND a.assigned_at <= v.until) AS moved_back
FROM work_levelling_moves m
JOIN work_levellings v ON v.id = m.levelling_id
JOIN orders o ON o.id = m.order_id
JOIN users g ON g.id = m.giver_id
JOIN users t ON t.id = m.taker_id {_STAY}
WHERE v.id = ANY (CAST(:ids AS bigint[])) ORDER BY m.levelling_id, o.id
""")
_KEPT = text(f"""
SELECT v.id AS levelling_id, count(*) AS kept, count(*) FILTER (WHERE {_IN_TIME}) AS in_time
FROM work_levellings v
JOIN assignment_intervals a ON a.user_id IN (
        SELECT m.giver_id FROM work_levelling_moves m WHERE m.levelling_id = v.id)
    AND a.assigned_at < v.decided_at AND (a.left_at IS NULL OR a.left_at > v.decided_at)
JOIN orders o ON o.id = a.order_id AND (o.closed_at IS NULL OR o.closed_at > v.decided_at) AND NOT o.is_test
{_STAY}
WHERE v.id = ANY (CAST(:ids AS bigint[])) GROUP BY v.id
""")


@requires(Permission.ANALYTICS_VIEW)
def list_levellings(session: Session) -> list[LevellingResult]:
    """List the last levellings with what came of them so far, the latest first."""
    rows = session.execute(_LEVELLINGS, {"most": MOST}).all()
    ids = {"ids": [row.id for row in rows]}
    moves: dict[int, list[MoveResult]] = defaultdict(list)
    for levelling_id, number, giver, taker, minutes, *came in session.execute(_MOVES, ids):
        moves[levelling_id].append(MoveResult(number, giver, taker, float(minutes), *came))
    highest: dict[int, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for row in session.execute(_LOADS, ids):
        before, after = highest[row.levelling_id]
        capacity = float(row.capacity)
        highest[row.levelling_id] = (
            max(before, _load(float(row.before), capacity)), max(after, _load(float(row.after), capacity)),
        )  # fmt: skip
    kept = {row.levelling_id: (row.kept, row.in_time) for row in session.execute(_KEPT, ids)}
    return [
        LevellingResult(
            row.decided_at, row.until, row.by, *highest[row.id], tuple(moves[row.id]), *kept.get(row.id, (0, 0))
        )
        for row in rows
    ]


def _load(minutes: float, capacity: float) -> float:
    if minutes <= 0:
        return 0.0
    return minutes / capacity if capacity > 0 else inf
