"""What of a customer's goods may come back: lines that were shipped and are with them still."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

LOOKED_BACK = 50  # orders: who returns what they bought before the last fifty opens that order

_RETURNABLE = text("""
SELECT o.number, o.version, o.placed_at, l.position, p.sku, p.name, l.quantity_shipped - l.quantity_returned AS quantity
FROM (SELECT id, number, version, placed_at FROM orders WHERE customer_id = :customer_id
      ORDER BY placed_at DESC, id DESC LIMIT :looked_back) o
JOIN order_lines l ON l.order_id = o.id AND l.quantity_shipped > l.quantity_returned
JOIN products p ON p.id = l.product_id
WHERE NOT EXISTS (SELECT FROM returns r WHERE r.order_id = o.id AND r.received_at IS NULL)
ORDER BY o.placed_at DESC, o.id DESC, l.position
""")


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """How much of the line at ``position`` is with the customer."""

    position: int
    sku: str
    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Returnable:
    """An order of which something may come back, and for which no return is asked for yet."""

    number: str
    version: int
    placed_at: datetime
    lines: tuple[ReturnableLine, ...]


@requires(Permission.ORDER_RETURN)
def list_returnable(session: Session, *, customer_id: int) -> list[Returnable]:
    """List the customer's orders of which something may come back, the newest first."""
    rows = session.execute(_RETURNABLE, {"customer_id": customer_id, "looked_back": LOOKED_BACK})
    return [
        Returnable(number, version, placed_at, tuple(ReturnableLine(*row[3:]) for row in lines))
        for (number, version, placed_at), lines in groupby(rows, key=lambda row: tuple(row[:3]))
    ]
