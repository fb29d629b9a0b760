"""Search in orders: by number, reference, customer, phone, e-mail or SKU."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.customers.registration import normalise_phone

CANDIDATES = 2_000
_SHORTEST = 3  # characters of a prefix: shorter ones match half the shop
_KINDS = {"number", "reference", "customer", "product"}
_BEYOND = "\U0010ffff"  # sorts after every continuation of a prefix

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
        SELECT customer_id FROM contacts WHERE normalised >= :email AND normalised < :email_end LIMIT {CANDIDATES}
    ) mailed
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts WHERE normalised >= :phone AND normalised < :phone_end LIMIT {CANDIDATES}
    ) phoned
    UNION
    SELECT customer_id FROM (
        SELECT customer_id FROM contacts WHERE normalised >= :plus AND normalised < :plus_end LIMIT {CANDIDATES}
    ) phoned_abroad
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
UNION ALL SELECT 'product', array_agg(id) FROM by_product
UNION ALL SELECT 'product_id', array_agg(id) FROM product
""")


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found: ``order_ids`` in full, and beside them conditions too broad to list.

    ``name`` is a tsquery over customers' names, ``product_id`` a product: set where so many orders match that it is
    quicker to meet them on the way through the queue.
    """

    order_ids: Sequence[int]
    name: str | None = None
    product_id: int | None = None


def find_matches(session: Session, q: str) -> Matches:
    """Find the orders that ``q`` may mean; at most a few thousand by each condition."""
    word = q.replace("\0", "").strip()
    name = _name_query(word)
    phone = normalise_phone(word) if re.fullmatch(r"[\d\s()+.\-/]{5,}", word) else ""
    facts: dict[str, str | None] = {"name": name, "sku": word}
    for field, prefix in (
        ("word", word), ("reference", word), ("email", word.lower()),
        ("phone", phone), ("plus", f"+{phone}" if phone and not phone.startswith("+") else ""),
    ):  # fmt: skip
        usable = len(prefix) >= _SHORTEST
        facts[field], facts[f"{field}_end"] = (prefix, prefix + _BEYOND) if usable else (None, None)
    found = {row.kind: row.ids or [] for row in session.execute(_CANDIDATES, facts)}
    broad = {kind for kind in ("customer", "product") if len(found[kind]) == CANDIDATES}
    return Matches(
        order_ids=sorted({order_id for kind in _KINDS - broad for order_id in found[kind]}),
        name=name if "customer" in broad else None,
        product_id=found["product_id"][0] if "product" in broad else None,
    )


def _name_query(word: str) -> str | None:
    """Every word of a name as a prefix, in any order: ``anna kow`` finds Kowalska, Anna."""
    words = [part for part in re.findall(r"[^\W_]+", word.lower()) if part]
    if not words or max(len(part) for part in words) < 2 or "@" in word:
        return None
    return " & ".join(f"'{part}':*" for part in words)
