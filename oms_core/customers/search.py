"""Search in customers: by words of the name, a phone (its last digits too), an e-mail, or a tag."""

import re
from typing import Any

from oms_core.customers.registration import normalise_phone

_SHORTEST, _SHORTEST_PHONE = 3, 4  # characters: a shorter beginning matches half the shop
_BEYOND = "\U0010ffff"  # sorts after every continuation of a prefix
_PERSONAL = ("name", "contact", "contact_end", "digits", "digits_end")
# As many as are looked at of those a search means: to bear a common name is common, to share a phone's beginning, too.
_NAMED, _REACHED = 50_000, 5_000

# Each way to find somebody is a short range of an index. An OR of them would read every customer, and so would going
# through the list until a page is full, where those meant came long ago.
MATCHED = f"""matched AS MATERIALIZED (
    SELECT id FROM (
        SELECT id FROM customers WHERE to_tsvector('simple', name) @@ CAST(:name AS tsquery) LIMIT {_NAMED}) n
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts
        WHERE normalised >= :contact AND normalised < :contact_end LIMIT {_REACHED}) k
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts
        WHERE reverse(normalised) >= :digits AND reverse(normalised) < :digits_end LIMIT {_REACHED}) d
    UNION
    SELECT id FROM customers WHERE tags <> '{{}}' AND tags @> ARRAY[CAST(:word AS text)]
), """


def search_facts(q: str, *, by_person: bool) -> dict[str, Any]:
    """What ``MATCHED`` is asked; not ``by_person``, only tags: nobody finds out by a search what is hidden from them.

    Where the words are no phone, or too short for a reading, that reading is NULL and finds nothing.
    """
    word = q.replace("\0", "").strip()
    phone = normalise_phone(word) if re.fullmatch(r"[\d\s()+.\-/]+", word) else ""
    facts: dict[str, Any] = {"name": name_query(word), "word": word.lower()}
    for field, prefix, shortest in (
        ("contact", phone or word.lower(), _SHORTEST),
        # The last digits: few people dial their own country's code.
        ("digits", phone[::-1] if not phone.startswith("+") else "", _SHORTEST_PHONE),
    ):
        usable = len(prefix) >= shortest
        facts[field], facts[f"{field}_end"] = (prefix, prefix + _BEYOND) if usable else (None, None)
    return facts if by_person else facts | dict.fromkeys(_PERSONAL)


def name_query(words: str) -> str | None:
    """Every word of a name as a prefix, in any order: ``anna kow`` finds Kowalska, Anna."""
    parts = re.findall(r"[^\W_]+", words.lower())
    if not parts or max(len(part) for part in parts) < 2 or "@" in words:
        return None
    return " & ".join(f"'{part}':*" for part in parts)
