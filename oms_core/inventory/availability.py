"""Availability: what lies where, what of it is promised, and what is still to come."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

_STOCK = text("""
WITH lying AS (
    SELECT o.warehouse_id, l.product_id, sum(l.on_hand) AS on_hand, sum(l.reserved) AS reserved
    FROM stock_levels l
    JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
    WHERE CAST(:sku AS text) IS NULL OR l.product_id = (SELECT id FROM products WHERE sku = :sku)
    GROUP BY o.warehouse_id, l.product_id
), coming AS (
    SELECT b.warehouse_id, l.product_id, sum(l.quantity - l.received) AS on_order
    FROM purchase_order_lines l
    JOIN purchase_orders b ON b.id = l.purchase_order_id AND b.state = 'ordered'
    WHERE l.received < l.quantity
      AND (CAST(:sku AS text) IS NULL OR l.product_id = (SELECT id FROM products WHERE sku = :sku))
    GROUP BY b.warehouse_id, l.product_id
)
SELECT p.sku, p.name, w.code AS warehouse,
       coalesce(s.on_hand, 0.000) AS on_hand, coalesce(s.reserved, 0.000) AS reserved,
       coalesce(s.on_hand - s.reserved, 0.000) AS available, coalesce(s.on_order, 0.000) AS on_order
FROM (lying FULL JOIN coming USING (warehouse_id, product_id)) s
JOIN products p ON p.id = s.product_id
JOIN warehouses w ON w.id = s.warehouse_id
WHERE (CAST(:warehouse AS text) IS NULL OR w.code = :warehouse)
  AND strpos(lower(p.sku || ' ' || p.name), lower(:q)) > 0
  AND (CAST(:after_sku AS text) IS NULL OR (p.sku, w.code) > (:after_sku, :after_warehouse))
ORDER BY p.sku, w.code
LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class StockRow:
    """A product in a warehouse: ``available = on_hand - reserved``; ``on_order`` is bought and not yet received."""

    sku: str
    name: str
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    on_order: Decimal


@requires(Permission.STOCK_VIEW)
def list_stock(
    session: Session, *, sku: str | None = None, warehouse: str | None = None, q: str | None = None,
    after: tuple[str, str] | None = None, limit: int | None = 100,
) -> list[StockRow]:  # fmt: skip
    """List what every warehouse has or awaits, by SKU and warehouse; ``after`` is the last row's, None: from the start.

    ``q`` is a part of the SKU or of the name. ``limit=None`` lists all.
    """
    after_sku, after_warehouse = after or (None, None)
    rows = session.execute(
        _STOCK,
        {
            "sku": sku, "warehouse": warehouse, "q": (q or "").strip(), "limit": limit,
            "after_sku": after_sku, "after_warehouse": after_warehouse,
        },
    )  # fmt: skip
    return [StockRow(*row) for row in rows]
