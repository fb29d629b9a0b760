"""Search in customers: by words of the name, a phone (its last digits too), an e-mail, or a tag."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.customers.registration import normalise_phone

CANDIDATES = 2_000
_SHORTEST, _SHORTEST_PHONE = 3, 4  # characters: a shorter beginning matches half the shop
_BEYOND = "\U0010ffff"  # sorts after every continuation of a prefix
_PERSONAL = ("name", "contact", "contact_end", "digits", "digits_end")

# Each way to find somebody is a short range of an index; an OR of them would read every customer.
_CANDIDATES = text(f"""
SELECT 'name' AS kind, array_agg(id) AS ids FROM (
    SELECT id FROM customers WHERE to_tsvector('simple', name) @@ CAST(:name AS tsquery) LIMIT {CANDIDATES}) n
UNION ALL
SELECT 'contact', array_agg(customer_id) FROM (
    SELECT customer_id FROM contacts WHERE normalised >= :contact AND normalised < :contact_end LIMIT {CANDIDATES}) k
UNION ALL
SELECT 'digits', array_agg(customer_id) FROM (
    SELECT customer_id FROM contacts
    WHERE reverse(normalised) >= :digits AND reverse(normalised) < :digits_end LIMIT {CANDIDATES}) d
UNION ALL
SELECT 'tag', array_agg(id) FROM (
    SELECT id FROM customers WHERE tags <> '{{}}' AND tags @> ARRAY[CAST(:tag AS text)] LIMIT {CANDIDATES}) t
""")
NAMED = "to_tsvector('simple', c.name) @@ CAST(:name AS tsquery)"


@dataclass(frozen=True, slots=True)
class Matches:
    """Who was found; where ``name`` is set, so many bear it that the list is gone through by it instead."""

    ids: Sequence[int]
    name: str | None


def find_matches(session: Session, q: str, *, by_person: bool) -> Matches:
    """Find the customers that ``q`` may mean; not ``by_person``, only by tag: nobody finds out what is hidden."""
    facts = _facts(q.replace("\0", "").strip())
    if not by_person:
        facts |= dict.fromkeys(_PERSONAL)
    found = {row.kind: row.ids or [] for row in session.execute(_CANDIDATES, facts)}
    is_broad = len(found["name"]) >= CANDIDATES
    return Matches(sorted({one for ids in found.values() for one in ids}), facts["name"] if is_broad else None)


def name_query(words: str) -> str | None:
    """Every word of a name as a prefix, in any order: ``anna kow`` finds Kowalska, Anna."""
    parts = re.findall(r"[^\W_]+", words.lower())
    if not parts or max(len(part) for part in parts) < 2 or "@" in words:
        return None
    return " & ".join(f"'{part}':*" for part in parts)


def _facts(word: str) -> dict[str, Any]:
    """Every reading of the word: where it is too short for one, that reading is NULL and finds nothing."""
    phone = normalise_phone(word) if re.fullmatch(r"[\d\s()+.\-/]+", word) else ""
    facts: dict[str, Any] = {"name": name_query(word), "tag": word.lower() or None}
    for field, prefix, shortest in (
        ("contact", phone or word.lower(), _SHORTEST),
        # The last digits: few people dial their own country's code.
        ("digits", phone[::-1] if not phone.startswith("+") else "", _SHORTEST_PHONE),
    ):
        usable = len(prefix) >= shortest
        facts[field], facts[f"{field}_end"] = (prefix, prefix + _BEYOND) if usable else (None, None)
    return facts
