"""Reading quotations: the list, and one whole with what it would take to make it an order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.privacy import HIDDEN, sees_personal_data
from oms_core.errors import Invalid, NotFound
from oms_core.orders.quotation_views import QuotationCard, QuotationLineView, QuotationRow, QuotationState

# The day is that of the channel: an offer runs out at its midnight.
STATE = """
CASE WHEN q.order_id IS NOT NULL THEN 'ordered' WHEN q.declined_at IS NOT NULL THEN 'declined'
     WHEN q.valid_until < (CAST(:now AS timestamptz) AT TIME ZONE h.time_zone)::date THEN 'expired' ELSE 'open' END
"""
_ROW = f"""
SELECT q.number, {STATE} AS state, q.customer_id, c.name AS customer, h.code AS channel, q.currency, q.total,
       (SELECT count(*) FROM quotation_lines l WHERE l.quotation_id = q.id) AS line_count,
       q.valid_until, q.created_at, u.name AS created_by, o.number AS "order", q.version
"""
_FROM = """
FROM quotations q
JOIN customers c ON c.id = q.customer_id
JOIN channels h ON h.id = q.channel_id
JOIN users u ON u.id = q.created_by
LEFT JOIN orders o ON o.id = q.order_id
"""
_LIST = text(f"""
{_ROW}, q.id
{_FROM}
WHERE (CAST(:state AS text) IS NULL OR {STATE} = :state)
  AND (CAST(:customer_id AS bigint) IS NULL OR q.customer_id = :customer_id)
  AND (:q = '' OR upper(q.number) LIKE upper(:q) || '%'
       OR :by_person AND to_tsvector('simple', c.name) @@ plainto_tsquery('simple', :q))
  AND (CAST(:before AS bigint) IS NULL OR q.id < :before)
ORDER BY q.id DESC
LIMIT :limit
""")
_ONE = text(f"""
{_ROW}, q.id, q.order_type, q.net, q.tax, q.gross, q.shipping, q.comment, q.ship_to, d.code AS delivery_method,
       q.declined_at
{_FROM}
LEFT JOIN delivery_methods d ON d.id = q.delivery_method_id
WHERE q.number = :number
""")
_LINES = text("""
SELECT l.position, p.sku, p.name, p.uom, l.quantity, l.unit_price, l.discount, l.tax_rate, l.net, l.tax, l.gross,
       (SELECT unit_price FROM prices
        WHERE price_list_id = h.price_list_id AND product_id = p.id
          AND min_quantity <= greatest(l.quantity, 1) AND valid_from <= :now
        ORDER BY min_quantity DESC, valid_from DESC LIMIT 1) AS list_price,
       CASE WHEN :sees_cost THEN
            (SELECT unit_cost FROM supply_terms WHERE product_id = p.id ORDER BY priority LIMIT 1) END AS unit_cost,
       (SELECT coalesce(sum(s.on_hand - s.reserved), 0) FROM stock_levels s
        JOIN locations o ON o.id = s.location_id AND o.kind = 'stock' WHERE s.product_id = p.id) AS available
FROM quotation_lines l
JOIN quotations q ON q.id = l.quotation_id
JOIN channels h ON h.id = q.channel_id
JOIN products p ON p.id = l.product_id
WHERE l.quotation_id = :id
ORDER BY l.position
""")
_ROW_FIELDS = tuple(QuotationRow.__slots__)


@requires(Permission.ORDER_VIEW)
def list_quotations(
    session: Session, *, actor: Actor, now: datetime, state: str | None = None, customer_id: int | None = None,
    q: str = "", cursor: str | None = None, limit: int = 50,
) -> tuple[Sequence[QuotationRow], str | None]:  # fmt: skip
    """List quotations, the newest first, with the cursor of the next page (None: there is none).

    ``q`` is the beginning of a number, or words of the customer's name for who may see it.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        row = {"field": "cursor", "value": cursor[:100], "message": "is not of this list"}
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=[row])
    if state is not None and state not in set(QuotationState):
        row = {"field": "state", "value": state[:40], "message": "is unknown"}
        raise Invalid("There is no such state.", code="unknown_state", rows=[row])
    facts = {
        "now": now, "state": state, "customer_id": customer_id, "limit": limit + 1,
        "q": q.replace("\0", "").replace("%", "").replace("_", "").replace("\\", "").strip(),
        "by_person": sees_personal_data(actor), "before": None if cursor is None else int(cursor),
    }  # fmt: skip
    rows = session.execute(_LIST, facts).all()
    shown = [_row(row, actor) for row in rows[:limit]]
    return shown, str(rows[limit - 1].id) if len(rows) > limit else None


@requires(Permission.ORDER_VIEW)
def read_quotation(session: Session, *, actor: Actor, number: str, now: datetime) -> QuotationCard:
    """Read a quotation with its lines, what is free of them and what they would cost now; raises ``NotFound``."""
    found = session.execute(_ONE, {"number": number.replace("\0", ""), "now": now}).one_or_none()
    if found is None:
        raise unknown_quotation(number)
    sees_cost = actor.may(Permission.COST_VIEW)
    lines = session.execute(_LINES, {"id": found.id, "now": now, "sees_cost": sees_cost})
    ship_to = found.ship_to if found.ship_to is None or sees_personal_data(actor) else {"text": HIDDEN}
    return QuotationCard(
        _row(found, actor), found.order_type, found.net, found.tax, found.gross, found.shipping, found.comment,
        ship_to, found.delivery_method, found.declined_at, tuple(QuotationLineView(*line) for line in lines),
    )  # fmt: skip


def unknown_quotation(number: str) -> NotFound:
    """The refusal where no quotation has this number."""
    return NotFound(f"There is no quotation {number[:40]}.", code="unknown_quotation", rows=[{"number": number[:40]}])


def _row(found: Any, actor: Actor) -> QuotationRow:  # noqa: ANN401 - a row of SQL
    row = QuotationRow(**{name: getattr(found, name) for name in _ROW_FIELDS})
    row = replace(row, state=QuotationState(row.state))
    return row if sees_personal_data(actor) else replace(row, customer=HIDDEN)
