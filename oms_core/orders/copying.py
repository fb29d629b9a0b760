"""Copying an order: the form of a new one that begins with what an earlier one held."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.editing import address_text
from oms_core.customers.privacy import sees_personal_data
from oms_core.errors import NotFound
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine

_ORDER = text("""
SELECT o.id, h.code AS channel, h.is_simulated, o.type, coalesce(c.merged_into_id, c.id) AS customer_id, o.ship_to,
       d.code AS delivery_method
FROM orders o
JOIN channels h ON h.id = o.channel_id
JOIN customers c ON c.id = o.customer_id
LEFT JOIN delivery_methods d ON d.id = o.delivery_method_id AND d.is_active
WHERE o.number = :number
""")
_LINES = text("""
SELECT p.sku, sum(l.quantity) AS quantity FROM order_lines l JOIN products p ON p.id = l.product_id AND p.is_active
WHERE l.order_id = :order_id GROUP BY p.sku ORDER BY min(l.position)
""")


@requires(Permission.ORDER_VIEW)
def copy_of(session: Session, *, actor: Actor, number: str) -> EntryDocument:
    """Give a form with the customer, goods and delivery of an order; raises ``NotFound``.

    Prices are those of today: what was agreed once was agreed for that order. What is no longer sold is left out; an
    order of a simulated channel is copied for the desk.
    """
    found = session.execute(_ORDER, {"number": number.replace("\0", "")}).one_or_none()
    if found is None:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number[:40]}])
    sees_address = found.ship_to is not None and sees_personal_data(actor)
    address = address_text(found.ship_to) if sees_address else ""
    lines = session.execute(_LINES, {"order_id": found.id})
    return EntryDocument(
        channel="desk" if found.is_simulated else found.channel,
        order_type=found.type,
        customer=EntryCustomer(id=found.customer_id, address=address),
        lines=tuple(EntryLine(sku, format(quantity.normalize(), "f")) for sku, quantity in lines),
        delivery_method=found.delivery_method or "",
        copied_from=number,
    )
