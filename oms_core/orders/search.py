"""Search in orders: by number, reference, customer, phone, e-mail or SKU."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.customers.registration import normalise_phone

CANDIDATES = 2_000
_SHORTEST = 3  # characters of a prefix: shorter ones match half the shop
_SHORTEST_PHONE = 5
_OF_CUSTOMERS = ("name", "contact", "contact_end", "digits", "digits_end")
_KINDS = {"number", "reference", "customer", "product"}
_BEYOND = "\U0010ffff"  # sorts after every continuation of a prefix

# Scalar subqueries, not EXISTS: the planner would answer that from a hash of every contact and line there is.
CUSTOMER_FOUND = """
    (SELECT true FROM customers k
     WHERE k.id = o.customer_id AND to_tsvector('simple', k.name) @@ CAST(:name AS tsquery) LIMIT 1)
    OR (SELECT true FROM contacts k
        WHERE k.customer_id = o.customer_id
          AND (k.normalised >= :contact AND k.normalised < :contact_end
               OR reverse(k.normalised) >= :digits AND reverse(k.normalised) < :digits_end) LIMIT 1)"""
PRODUCT_FOUND = "(SELECT true FROM order_lines l WHERE l.order_id = o.id AND l.product_id = :product_id LIMIT 1)"

# One row per condition: the orders that meet it, and whether there are more than the candidates. Each condition is
# a short index range; an OR of them would read every order.
_CANDIDATES = text(f"""
WITH by_number AS (
    SELECT id FROM orders WHERE number >= :word AND number < :word_end ORDER BY number DESC LIMIT {CANDIDATES}
), by_reference AS (
    SELECT o.id FROM channels c CROSS JOIN LATERAL (
        SELECT id FROM orders
        WHERE channel_id = c.id AND external_ref >= :reference AND external_ref < :reference_end LIMIT {CANDIDATES}
    ) o
), customers_found AS (
    SELECT id FROM (
        SELECT id FROM customers WHERE to_tsvector('simple', name) @@ CAST(:name AS tsquery) LIMIT {CANDIDATES}
    ) named
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts WHERE normalised >= :contact AND normalised < :contact_end LIMIT {CANDIDATES}
    ) reached
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts
        WHERE reverse(normalised) >= :digits AND reverse(normalised) < :digits_end LIMIT {CANDIDATES}
    ) phoned
), by_customer AS (
    SELECT o.id FROM customers_found f JOIN orders o ON o.customer_id = f.id LIMIT {CANDIDATES}
), product AS (
    SELECT id FROM products WHERE sku = ANY (ARRAY[:sku, upper(:sku)]) ORDER BY sku = :sku DESC LIMIT 1
), by_product AS (
    SELECT order_id AS id FROM order_lines WHERE product_id = (SELECT id FROM product) LIMIT {CANDIDATES}
)
SELECT 'number' AS kind, array_agg(id) AS ids FROM by_number
UNION ALL SELECT 'reference', array_agg(id) FROM by_reference
UNION ALL SELECT 'customer', array_agg(id) FROM by_customer
UNION ALL SELECT 'customer_id', array_agg(id) FROM customers_found
UNION ALL SELECT 'product', array_agg(id) FROM by_product
UNION ALL SELECT 'product_id', array_agg(id) FROM product
""")


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found: ``order_ids`` in full, and beside them conditions too broad to list.

    These are SQL over ``o`` with their values: so many orders match them that it is quicker to meet these on the way
    through the queue.
    """

    order_ids: Sequence[int]
    broad: Sequence[str]
    values: Mapping[str, Any]


def find_matches(session: Session, q: str, *, by_customer: bool) -> Matches:
    """Find the orders that ``q`` may mean; at most a few thousand by each condition.

    Not ``by_customer``: names, phones and e-mails are not looked at, so that nobody finds out what is hidden from them.
    """
    word = q.replace("\0", "").strip()
    facts = _facts(word) | ({} if by_customer else dict.fromkeys(_OF_CUSTOMERS))
    found = {row.kind: row.ids or [] for row in session.execute(_CANDIDATES, facts)}
    broad = {}
    # Customers are cut off too: then some of their orders may be missing though these are few.
    if max(len(found["customer"]), len(found["customer_id"])) >= CANDIDATES:
        broad["customer"] = CUSTOMER_FOUND
    if len(found["product"]) >= CANDIDATES:
        broad["product"] = PRODUCT_FOUND
        facts["product_id"] = found["product_id"][0]
    listed = {order_id for kind in _KINDS - broad.keys() for order_id in found[kind]}
    return Matches(order_ids=sorted(listed), broad=list(broad.values()), values=facts if broad else {})


def _facts(word: str) -> dict[str, Any]:
    """Every reading of the word: where it is no number or too short, that reading is NULL and finds nothing."""
    phone = normalise_phone(word) if re.fullmatch(r"[\d\s()+.\-/]+", word) else ""
    facts: dict[str, Any] = {"name": _name_query(word), "sku": word}
    for field, prefix, shortest in (
        ("word", word, _SHORTEST),
        ("reference", word, _SHORTEST),
        ("contact", phone or word.lower(), _SHORTEST),
        # The last digits of a phone: few people dial their own country's code.
        ("digits", phone[::-1] if not phone.startswith("+") else "", _SHORTEST_PHONE),
    ):
        usable = len(prefix) >= shortest
        facts[field], facts[f"{field}_end"] = (prefix, prefix + _BEYOND) if usable else (None, None)
    return facts


def _name_query(word: str) -> str | None:
    """Every word of a name as a prefix, in any order: ``anna kow`` finds Kowalska, Anna."""
    words = re.findall(r"[^\W_]+", word.lower())
    if not words or max(len(part) for part in words) < 2 or "@" in word:
        return None
    return " & ".join(f"'{part}':*" for part in words)
