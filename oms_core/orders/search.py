"""Search in orders: by number, reference, tracking number, customer, phone, e-mail, SKU or words of a comment."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oms_core.customers.registration import normalise_phone
from oms_core.orders.search_sql import BROAD, CANDIDATES, FACTS, Candidates, find_candidates
from oms_core.orders.views import Found

_SHORTEST = 3  # characters of a beginning: shorter ones match half the shop
_SHORTEST_NUMBER = 4
_SHORTEST_PHONE = 5
_OF_CUSTOMERS = ("name", "contact", "contact_end", "digits", "digits_end")
_BEYOND = "\U0010ffff"  # sorts after every continuation of a beginning
RANKS = {found: rank for rank, found in enumerate(Found)}


@dataclass(frozen=True, slots=True)
class Tier:
    """The orders that are met in one way: listed in full, or as a condition over ``o`` where they are too many.

    So many meet the condition that it is quicker to find them on the way through the queue.
    """

    rank: int
    ids: str = "{}"
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found, the best way first; ``values`` are those of the conditions."""

    tiers: Sequence[Tier]
    values: Mapping[str, Any]

    @property
    def broad(self) -> list[str]:
        """The conditions too broad to list."""
        return [tier.condition for tier in self.tiers if tier.condition is not None]

    @property
    def listed(self) -> str:
        """Every listed order as one array."""
        return join(tier.ids for tier in self.tiers)


def find_matches(session: Session, q: str, *, by_customer: bool) -> Matches:
    """Find the orders that ``q`` may mean; at most some thousands by each condition.

    Not ``by_customer``: names, phones and e-mails are not looked at, so that nobody finds out what is hidden from them.
    """
    word = q.replace("\0", "").strip()
    facts = _facts(word) | ({} if by_customer else dict.fromkeys(_OF_CUSTOMERS))
    found = find_candidates(session, [facts[name] for name in FACTS])
    values = facts | {
        "product_id": found.ids("product_id").strip("{}") or None,
        "named": found.ids("named"),
        "reached": found.ids("reached"),
    }
    tiers = [_tier(way, found) for way in Found]
    return Matches([tier for tier in tiers if tier.condition or tier.ids != "{}"], values)


def _tier(way: Found, found: Candidates) -> Tier:
    customers = {Found.NAME: "named", Found.CONTACT: "reached"}.get(way)
    # Customers are cut off too: then some of their orders may be missing though these are few.
    if customers is not None and found.count(customers) >= CANDIDATES[customers]:
        return Tier(RANKS[way], condition=BROAD[customers])
    if found.count(way) >= CANDIDATES[way]:
        return Tier(RANKS[way], condition=BROAD[way])
    return Tier(RANKS[way], found.ids(way))


def _facts(word: str) -> dict[str, Any]:
    """Every reading of the word: where it is no number or too short, that reading is NULL and finds nothing."""
    phone = normalise_phone(word) if re.fullmatch(r"[\d\s()+.\-/]+", word) else ""
    facts: dict[str, Any] = {"name": _word_query(word, 2), "said": _word_query(word, _SHORTEST), "exact": word}
    for field, prefix, shortest in (
        ("number", word, _SHORTEST_NUMBER),
        ("reference", word, _SHORTEST),
        ("tracking", word.upper(), _SHORTEST_PHONE),
        ("contact", phone or word.lower(), _SHORTEST),
        # The last digits of a phone: few people dial their own country's code.
        ("digits", phone[::-1] if not phone.startswith("+") else "", _SHORTEST_PHONE),
    ):
        usable = len(prefix) >= shortest
        facts[field], facts[f"{field}_end"] = (prefix, prefix + _BEYOND) if usable else (None, None)
    return facts


def _word_query(word: str, shortest: int) -> str | None:
    """Every word as a beginning, in any order: ``anna kow`` finds Kowalska, Anna."""
    words = re.findall(r"[^\W_]+", word.lower())
    if not words or max(len(part) for part in words) < shortest or "@" in word:
        return None
    return " & ".join(f"'{part}':*" for part in words)


def join(arrays: Iterable[str]) -> str:
    """Join arrays as the server writes them."""
    return "{" + ",".join(inner for array in arrays if (inner := array.strip("{}"))) + "}"
