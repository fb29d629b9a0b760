"""The directory of customers: list, search, and who a form may mean; fast in a shop of a million."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.models import CustomerKind
from oms_core.customers.privacy import HIDDEN, hidden, sees_personal_data
from oms_core.customers.search import MATCHED, search_facts
from oms_core.customers.segment_conditions import Conditions
from oms_core.customers.segments import conditions_of
from oms_core.customers.views import CustomerPage, CustomerRow, Found
from oms_core.errors import Invalid

MAX_PAGE = 500
EXPORTED_AT_MOST = 100_000

# Figures are read for the rows of the page alone, by each customer's own range of the index.
PAGE = """
WITH {given}page AS MATERIALIZED (
    SELECT c.id FROM {listed} {joined} WHERE {where} ORDER BY c.id DESC LIMIT :limit
)
SELECT c.id, c.name, c.kind, c.region, c.tags,
       (SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'phone' ORDER BY k.id LIMIT 1) AS phone,
       (SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'email' ORDER BY k.id LIMIT 1) AS email,
       m.login AS manager, m.name AS manager_name, f.orders, f.open_orders, coalesce(f.value, 0.00) AS value,
       n.currency, f.last_order_at, c.created_at
FROM page p JOIN customers c ON c.id = p.id
LEFT JOIN users m ON m.id = c.manager_id
LEFT JOIN LATERAL (
    SELECT currency FROM orders WHERE customer_id = c.id ORDER BY placed_at DESC LIMIT 1
) n ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS orders, count(*) FILTER (WHERE o.closed_at IS NULL) AS open_orders,
           sum(o.total - o.refunded) FILTER (WHERE o.currency = n.currency) AS value, max(o.placed_at) AS last_order_at
    FROM orders o
    WHERE o.customer_id = c.id
      AND NOT o.status = ANY (ARRAY(SELECT code FROM statuses WHERE group_code = 'cancelled'))
) f ON true
ORDER BY c.id DESC
"""


@requires(Permission.CUSTOMER_VIEW)
def list_customers(
    session: Session, *, actor: Actor, q: str = "", segment: int | None = None, tag: str | None = None,
    kind: str | None = None, manager: str | None = None, cursor: str | None = None, limit: int = 50,
    now: datetime | None = None,
) -> CustomerPage:  # fmt: skip
    """Read one page of the customers that meet all filters, who came last first; merged ones are left out.

    ``q`` is words of a name, a phone or its last digits, an e-mail, or a tag; who may not see personal data finds by
    tag alone. Raises ``Invalid`` naming the field, ``NotFound`` for the segment.
    """
    conditions = _conditions(
        session, actor, q=q, segment=segment, tag=tag, kind=kind, manager=manager, now=now or datetime.now(UTC)
    )
    if cursor is not None:
        conditions.require("c.id < :after", after=_decoded(cursor))
    size = max(1, min(limit, MAX_PAGE))
    rows = _rows(session, conditions, actor, limit=size + 1)
    return CustomerPage(tuple(rows[:size]), _encoded(rows[size - 1].id) if len(rows) > size else None)


@requires(Permission.CUSTOMER_VIEW)
def export_customers(
    session: Session, *, actor: Actor, q: str = "", segment: int | None = None, tag: str | None = None,
    kind: str | None = None, manager: str | None = None, now: datetime | None = None,
) -> list[CustomerRow]:  # fmt: skip
    """Read all who meet the filters of ``list_customers``, up to ``EXPORTED_AT_MOST``."""
    conditions = _conditions(
        session, actor, q=q, segment=segment, tag=tag, kind=kind, manager=manager, now=now or datetime.now(UTC)
    )
    return _rows(session, conditions, actor, limit=EXPORTED_AT_MOST)


@requires(Permission.CUSTOMER_VIEW)
def find_customers(session: Session, *, actor: Actor, q: str, limit: int = 8) -> list[Found]:
    """Find whom a form may mean as somebody types; nothing for an empty ``q``."""
    if not q.strip():
        return []
    page = list_customers(session, actor=actor, q=q, limit=limit)
    return [Found(row.id, row.name, row.kind, row.phone, row.email, row.orders, row.last_order_at) for row in page.rows]


@requires(Permission.CUSTOMER_VIEW)
def name_customers(session: Session, *, actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    """Read the names of customers by their ids; unknown ids are left out, names are hidden as in the list."""
    if not sees_personal_data(actor):
        return dict.fromkeys(ids, HIDDEN)
    rows = session.execute(text("SELECT id, name FROM customers WHERE id = ANY(:ids)"), {"ids": list(ids)})
    return {row.id: row.name for row in rows}


def row_for(row: CustomerRow, actor: Actor) -> CustomerRow:
    """The row as this reader may see it."""
    if sees_personal_data(actor):
        return row
    return replace(row, name=HIDDEN, phone=hidden(row.phone), email=hidden(row.email))


def _conditions(
    session: Session, actor: Actor, *, q: str, segment: int | None, tag: str | None, kind: str | None,
    manager: str | None, now: datetime,
) -> Conditions:  # fmt: skip
    conditions = Conditions() if segment is None else conditions_of(session, segment, now=now)
    conditions.require("c.merged_into_id IS NULL")
    if q.strip():
        facts = search_facts(q, by_person=sees_personal_data(actor))
        conditions.narrow(MATCHED, "(SELECT id FROM matched ORDER BY id DESC) m JOIN customers c ON c.id = m.id", facts)
    if tag is not None:
        conditions.require("c.tags <> '{}' AND c.tags @> ARRAY[CAST(:tag AS text)]", tag=tag)
    if kind is not None:
        conditions.require("c.kind = :kind", kind=_kind(kind))
    if manager is not None:
        conditions.require("c.manager_id = (SELECT id FROM users WHERE login = :manager)", manager=manager)
    return conditions


def _rows(session: Session, conditions: Conditions, actor: Actor, *, limit: int) -> list[CustomerRow]:
    rows = session.execute(text(conditions.fill(PAGE)), conditions.values | {"limit": limit}).mappings()
    return [row_for(CustomerRow(**{**row, "tags": tuple(row["tags"])}), actor) for row in rows]


def _kind(value: str) -> str:
    if value not in set(CustomerKind):
        rows = [{"field": "kind", "value": value, "message": "must be b2b or b2c"}]
        raise Invalid(f"There is no kind '{value}'.", code="invalid_customer", rows=rows)
    return value


def _encoded(customer_id: int) -> str:
    return base64.urlsafe_b64encode(str(customer_id).encode()).decode()


def _decoded(cursor: str) -> Any:  # noqa: ANN401 - an id
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error):
        rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows) from None
