"""The statements of a search: each way to find an order is a short range of an index; an OR would read every order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oms_core.db import Prepared
from oms_core.orders.views import Found

# How many a way may list before it is taken for too broad. Numbers and references of one beginning lie together in
# time, so going through the queue might pass the whole shop before it meets the first of them: they are listed longer.
CANDIDATES = {
    Found.EXACT_NUMBER: 2, Found.NUMBER: 20_000, Found.REFERENCE: 20_000, Found.TRACKING: 20_000,
    Found.CONTACT: 1_000, Found.NAME: 1_000, Found.PRODUCT: 5_000, Found.COMMENT: 2_000,
    "named": 5_000, "reached": 4_000,
}  # fmt: skip

# The orders of a way that is too broad to be listed, as conditions over ``o``. Scalar subqueries, not EXISTS: the
# planner would answer that from a hash of every contact and line there is. Nor should it look up thousands of customers
# one by one instead of going through the queue: what IS TRUE is asked of no index.
BROAD = {
    Found.NUMBER: "o.number >= :number AND o.number < :number_end",
    Found.REFERENCE: "o.external_ref >= :reference AND o.external_ref < :reference_end",
    Found.TRACKING: """(SELECT true FROM shipments k WHERE k.order_id = o.id AND k.tracking <> ''
        AND upper(k.tracking) >= :tracking AND upper(k.tracking) < :tracking_end LIMIT 1)""",
    Found.CONTACT: "(o.customer_id = ANY (CAST(:reached AS bigint[]))) IS TRUE",
    Found.NAME: "(o.customer_id = ANY (CAST(:named AS bigint[]))) IS TRUE",
    Found.PRODUCT: """(SELECT true FROM order_lines l
        WHERE l.order_id = o.id AND l.product_id = CAST(:product_id AS bigint) LIMIT 1)""",
    Found.COMMENT: """(to_tsvector('simple', o.comment) @@ CAST(:said AS tsquery)
        OR (SELECT true FROM order_events e WHERE e.order_id = o.id AND e.kind = 'order.commented'
            AND to_tsvector('simple', e.payload ->> 'text') @@ CAST(:said AS tsquery) LIMIT 1))""",
    "named": """(SELECT true FROM customers k
        WHERE k.id = o.customer_id AND to_tsvector('simple', k.name) @@ CAST(:name AS tsquery) LIMIT 1)""",
    "reached": """(SELECT true FROM contacts k WHERE k.customer_id = o.customer_id
        AND (k.normalised >= :contact AND k.normalised < :contact_end
             OR reverse(k.normalised) >= :digits AND reverse(k.normalised) < :digits_end) LIMIT 1)""",
}  # fmt: skip

FACTS = (
    "number", "number_end", "reference", "reference_end", "tracking", "tracking_end", "contact", "contact_end",
    "digits", "digits_end", "name", "exact", "said",
)  # fmt: skip


def candidates() -> str:
    """Compose one row for each way: how many it lists, and which."""
    most = CANDIDATES
    ways = {
        Found.EXACT_NUMBER: "SELECT id FROM orders WHERE number = $12",
        Found.NUMBER: f"SELECT id FROM orders WHERE number >= $1 AND number < $2 LIMIT {most[Found.NUMBER]}",
        Found.REFERENCE: f"""SELECT o.id FROM channels c CROSS JOIN LATERAL (
            SELECT id FROM orders WHERE channel_id = c.id AND external_ref >= $3 AND external_ref < $4
            LIMIT {most[Found.REFERENCE]}) o""",
        Found.TRACKING: f"""SELECT order_id AS id FROM shipments
            WHERE tracking <> '' AND upper(tracking) >= $5 AND upper(tracking) < $6 LIMIT {most[Found.TRACKING]}""",
        "reached": f"""(SELECT customer_id AS id FROM contacts
             WHERE normalised >= $7 AND normalised < $8 LIMIT {most["reached"]})
            UNION
            (SELECT customer_id FROM contacts
             WHERE reverse(normalised) >= $9 AND reverse(normalised) < $10 LIMIT {most["reached"]})""",
        Found.CONTACT: f"""SELECT o.id FROM reached f JOIN orders o ON o.customer_id = f.id
            WHERE (SELECT count(*) FROM reached) < {most["reached"]} LIMIT {most[Found.CONTACT]}""",
        "named": f"SELECT id FROM customers WHERE to_tsvector('simple', name) @@ $11 LIMIT {most['named']}",
        Found.NAME: f"""SELECT o.id FROM named f JOIN orders o ON o.customer_id = f.id
            WHERE (SELECT count(*) FROM named) < {most["named"]} LIMIT {most[Found.NAME]}""",
        "product_id": """SELECT id FROM products
            WHERE sku = ANY (ARRAY[$12, upper($12)]) ORDER BY sku = $12 DESC LIMIT 1""",
        Found.PRODUCT: f"""SELECT order_id AS id FROM order_lines
            WHERE product_id = (SELECT id FROM product_id) LIMIT {most[Found.PRODUCT]}""",
        Found.COMMENT: f"""(SELECT id FROM orders
             WHERE comment <> '' AND to_tsvector('simple', comment) @@ $13 LIMIT {most[Found.COMMENT]})
            UNION ALL
            (SELECT order_id FROM order_events WHERE kind = 'order.commented'
             AND to_tsvector('simple', payload ->> 'text') @@ $13 LIMIT {most[Found.COMMENT]})""",
    }  # fmt: skip
    lists = ", ".join(f"{way} AS MATERIALIZED ({query})" for way, query in ways.items())
    rows = " UNION ALL ".join(f"SELECT '{way}', count(*), array_agg(id)::text FROM {way}" for way in ways)
    return f"WITH {lists} {rows}"


PARAMETERS = (*["text"] * 10, "tsquery", "text", "tsquery")
FIND = Prepared("find_orders", PARAMETERS, candidates())


@dataclass(frozen=True, slots=True)
class Candidates:
    """What each way lists; arrays as the server writes them, which is how it reads them again."""

    rows: dict[str, tuple[int, str | None]]

    def count(self, way: str) -> int:
        """How many were listed."""
        return self.rows[way][0]

    def ids(self, way: str) -> str:
        """Which ones, as an array."""
        return self.rows[way][1] or "{}"


def find_candidates(session: Session, facts: Sequence[Any]) -> Candidates:
    """Ask for all ways at once; ``facts`` in the order of ``FACTS``."""
    rows = FIND.run(session, facts)
    return Candidates({str(way): (count, ids) for way, count, ids in rows})
