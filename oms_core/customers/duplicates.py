"""Doubles: customers who share a phone or an e-mail, those of like names first."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.privacy import HIDDEN, sees_personal_data

ALIKE = 0.75  # of 1: the same words in another order, a letter mistyped, an initial for a name
_PHONE_DIGITS = 9  # with the country's code or without it, a phone is one by its last digits
MOST_PAIRS = 200

_WAY = f"""k.customer_id, k.kind, k.value,
           CASE WHEN k.kind = 'phone' THEN right(k.normalised, {_PHONE_DIGITS}) ELSE k.normalised END AS same"""
_SHARED = """
WITH ways AS MATERIALIZED ({ways}), shared AS (
    SELECT kind, same FROM ways WHERE length(same) >= 5
    GROUP BY kind, same HAVING count(DISTINCT customer_id) > 1 LIMIT :limit
)
SELECT DISTINCT ON (least(a.customer_id, b.customer_id), greatest(a.customer_id, b.customer_id))
       a.customer_id AS id, c.name, c.version, c.created_at,
       (SELECT count(*) FROM orders WHERE customer_id = c.id) AS orders,
       b.customer_id AS other_id, d.name AS other_name, d.version AS other_version, d.created_at AS other_created_at,
       (SELECT count(*) FROM orders WHERE customer_id = d.id) AS other_orders, a.kind, a.value
FROM shared s
JOIN ways a USING (kind, same) JOIN ways b USING (kind, same)
JOIN customers c ON c.id = a.customer_id JOIN customers d ON d.id = b.customer_id
WHERE {pairs}
ORDER BY least(a.customer_id, b.customer_id), greatest(a.customer_id, b.customer_id), a.kind LIMIT :limit
"""
_EVERYBODY = text(_SHARED.format(ways=f"SELECT {_WAY} FROM contacts k", pairs="a.customer_id < b.customer_id"))
# The contacts of one customer are few, and whoever shares one is found by an index: no need to look at all there are.
_OF_ONE = text(
    _SHARED.format(
        ways=f"""
    SELECT k.* FROM (
        SELECT kind, normalised, reverse(right(normalised, {_PHONE_DIGITS})) AS ending
        FROM contacts WHERE customer_id = :id
    ) mine CROSS JOIN LATERAL (
        SELECT {_WAY} FROM contacts k WHERE k.normalised = mine.normalised AND k.kind = mine.kind
        UNION
        SELECT {_WAY} FROM contacts k
        WHERE mine.kind = 'phone' AND k.kind = 'phone'
          AND reverse(k.normalised) >= mine.ending AND reverse(k.normalised) < mine.ending || '\U0010ffff'
    ) k""",
        pairs="a.customer_id = :id AND b.customer_id <> :id",
    )
)


@dataclass(frozen=True, slots=True)
class Double:
    """One of a pair."""

    id: int
    name: str
    version: int
    created_at: datetime
    orders: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers who share a contact; ``likeness`` of their names from 0 to 1. The one of more orders is first."""

    kept: Double
    gone: Double
    kind: str
    contact: str
    likeness: float

    @property
    def is_likely(self) -> bool:
        """Tell whether it is one customer: people of one household share a phone, but not a name."""
        return self.likeness >= ALIKE


@requires(Permission.CUSTOMER_VIEW)
def find_duplicates(
    session: Session, *, actor: Actor, customer_id: int | None = None, limit: int = MOST_PAIRS
) -> list[Pair]:
    """Find pairs who share a contact, of everybody or of one customer; those of like names first."""
    facts = {"limit": max(1, min(limit, MOST_PAIRS)), "id": customer_id}
    rows = session.execute(_EVERYBODY if customer_id is None else _OF_ONE, facts)
    pairs = []
    for row in rows:
        one, other = Double(*row[:5]), Double(*row[5:10])
        if (other.orders, -other.id) > (one.orders, -one.id):
            one, other = other, one
        pairs.append(Pair(one, other, row.kind, row.value, likeness(one.name, other.name)))
    pairs.sort(key=lambda pair: (-pair.likeness, pair.kept.id, pair.gone.id))
    return pairs if sees_personal_data(actor) else [_hidden(pair) for pair in pairs]


def likeness(one: str, other: str) -> float:
    """How alike two names are, whatever the order of their words; an initial is like any name that begins with it."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0.0
    fewer, more = sorted((first, second), key=lambda words: (len(words), words))
    best: float = sum(max(_word_likeness(word, candidate) for candidate in more) for word in fewer)
    return best / len(fewer) * math.sqrt(len(fewer) / len(more))


def _words(name: str) -> Sequence[str]:
    return re.findall(r"[^\W_]+", name.casefold())


def _word_likeness(one: str, other: str) -> float:
    if 1 in {len(one), len(other)} and one[0] == other[0]:
        return 0.9
    return SequenceMatcher(None, min(one, other), max(one, other)).ratio()


def _hidden(pair: Pair) -> Pair:
    return replace(pair, kept=replace(pair.kept, name=HIDDEN), gone=replace(pair.gone, name=HIDDEN), contact=HIDDEN)
