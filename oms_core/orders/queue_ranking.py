"""The best match first: the page of a search, its ways one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oms_core.orders.queue_sql import IN_STATUSES
from oms_core.orders.search import Matches, Tier, join

AFTER = "(o.placed_at, o.id) < (CAST(:after_key AS timestamptz), :after_id)"
_AFTER_LISTED = f"(f.rank > :after_rank OR f.rank = :after_rank AND {AFTER})"


@dataclass(frozen=True, slots=True)
class _Segment:
    """Neighbouring ranks that one part of the statement reads: several that are listed, or one too broad for it."""

    tiers: tuple[Tier, ...]

    @property
    def first(self) -> int:
        return self.tiers[0].rank

    @property
    def last(self) -> int:
        return self.tiers[-1].rank

    @property
    def condition(self) -> str | None:
        return self.tiers[0].condition


def ranked(
    where: str, matches: Matches, *, statuses: Sequence[str] | None, after_rank: int | None, limit: int
) -> tuple[str, dict[str, Any]]:
    """Compose the ids of a page in the order of rank, then the newest first; an order counts by its best way.

    The parts stand in the order of rank, and Append runs them in that order until the page is full: a later, slower
    way is not even begun. (Parts with a LIMIT of their own are never run in parallel.)
    """
    if statuses is not None:
        where = f"{where} AND {IN_STATUSES}"
    parts, values = [], {"listed": _ranked_ids(matches), "ranks": _ranks(matches)}
    for segment in _segments(matches):
        if after_rank is not None and segment.last < after_rank:
            continue
        better = [tier for tier in matches.tiers if tier.rank < segment.first]
        conditions = [where, *(f"NOT coalesce({tier.condition}, false)" for tier in better if tier.condition)]
        if segment.condition is None:
            conditions.append(f"f.rank BETWEEN {segment.first:d} AND {segment.last:d}")
            conditions += [] if after_rank is None else [_AFTER_LISTED]
            rank, source = "f.rank", "found f JOIN orders o ON o.id = f.id"
        else:
            conditions.append(f"({segment.condition})")
            conditions.append(f"o.id <> ALL (CAST(:better_{segment.first:d} AS bigint[]))")
            values[f"better_{segment.first:d}"] = join(tier.ids for tier in better)
            conditions += [AFTER] if after_rank == segment.first else []
            rank, source = f"{segment.first:d}", "orders o"
        parts.append(f"""(SELECT o.id, {rank} AS rank, o.placed_at AS sort_key FROM {source}
            WHERE {" AND ".join(conditions)} ORDER BY rank, o.placed_at DESC, o.id DESC LIMIT {limit:d})""")
    return _whole(parts, limit), values


def _whole(parts: Sequence[str], limit: int) -> str:
    rows = " UNION ALL ".join(parts) or "SELECT 0::bigint AS id, 0 AS rank, now() AS sort_key WHERE false"
    return f"""
        WITH found AS MATERIALIZED (
            SELECT id, min(rank) AS rank
            FROM unnest(CAST(:listed AS bigint[]), CAST(:ranks AS int[])) AS listed (id, rank) GROUP BY id
        )
        SELECT id, sort_key::text, rank FROM ({rows}) o LIMIT {limit:d}"""


def _segments(matches: Matches) -> list[_Segment]:
    segments: list[_Segment] = []
    for tier in matches.tiers:
        if segments and segments[-1].condition is None and tier.condition is None:
            segments[-1] = _Segment((*segments[-1].tiers, tier))
        else:
            segments.append(_Segment((tier,)))
    return segments


def _ranked_ids(matches: Matches) -> str:
    return join(tier.ids for tier in matches.tiers)


def _ranks(matches: Matches) -> str:
    """The rank of each listed order, in the same order."""
    counts = ((tier.rank, tier.ids.count(",") + 1) for tier in matches.tiers if tier.ids != "{}")
    return "{" + ",".join(",".join([str(rank)] * count) for rank, count in counts) + "}"
