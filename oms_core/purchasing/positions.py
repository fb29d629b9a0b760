"""Inventory positions: what a plan starts from, one row per product and warehouse that can be bought for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

# Waiting lines belong to the warehouse asked for, else to the channel's: there the goods will be missed.
POSITIONS = text(
    """
    WITH stocked AS (
        SELECT place.warehouse_id, level.product_id, sum(level.on_hand) AS on_hand, sum(level.reserved) AS reserved
        FROM stock_levels level JOIN locations place ON place.id = level.location_id
        WHERE place.kind = 'stock'
        GROUP BY place.warehouse_id, level.product_id
    ), coming AS (
        SELECT bought.warehouse_id, line.product_id, sum(line.quantity - line.received) AS on_order
        FROM purchase_order_lines line JOIN purchase_orders bought ON bought.id = line.purchase_order_id
        WHERE bought.state = 'ordered' AND line.received < line.quantity
        GROUP BY bought.warehouse_id, line.product_id
    ), waiting AS (
        SELECT coalesce(sale.warehouse_id, channel.warehouse_id) AS warehouse_id, line.product_id,
               sum(line.quantity - line.quantity_shipped - line.quantity_cancelled - coalesce(held.quantity, 0))
                   AS backordered
        FROM orders sale
        JOIN statuses ON statuses.code = sale.status AND statuses.group_code NOT IN ('preorder', 'done', 'cancelled')
        JOIN channels channel ON channel.id = sale.channel_id
        JOIN order_lines line ON line.order_id = sale.id AND line.supplier_id IS NULL
             AND line.quantity_shipped + line.quantity_cancelled < line.quantity
        LEFT JOIN LATERAL (
            SELECT sum(reservation.quantity) AS quantity FROM reservations reservation
            WHERE reservation.order_line_id = line.id AND reservation.state IN ('held', 'committed')
        ) held ON true
        GROUP BY 1, line.product_id
    ), preferred AS (
        SELECT DISTINCT ON (term.product_id) term.*
        FROM supply_terms term JOIN suppliers supplier ON supplier.id = term.supplier_id
        WHERE NOT supplier.ships_direct
        ORDER BY term.product_id, term.priority, term.supplier_id
    )
    SELECT product.id AS product_id, product.sku, warehouse.id AS warehouse_id, warehouse.code AS warehouse,
           supplier.id AS supplier_id, supplier.code AS supplier,
           coalesce(stocked.on_hand, 0) AS on_hand, coalesce(stocked.reserved, 0) AS reserved,
           coalesce(coming.on_order, 0) AS on_order, coalesce(waiting.backordered, 0) AS backordered,
           preferred.unit_cost, preferred.minimum_order_quantity, preferred.pack_size,
           coalesce(preferred.lead_time_days, 7) AS lead_time_days,
           policy.cycle_service_level, policy.review_period_days
    FROM products product
    JOIN preferred ON preferred.product_id = product.id
    JOIN suppliers supplier ON supplier.id = preferred.supplier_id
    CROSS JOIN warehouses warehouse
    LEFT JOIN stocked ON stocked.product_id = product.id AND stocked.warehouse_id = warehouse.id
    LEFT JOIN coming ON coming.product_id = product.id AND coming.warehouse_id = warehouse.id
    LEFT JOIN waiting ON waiting.product_id = product.id AND waiting.warehouse_id = warehouse.id
    JOIN LATERAL (
        SELECT * FROM replenishment_policies one
        WHERE one.warehouse_id = warehouse.id OR one.warehouse_id IS NULL
        ORDER BY one.warehouse_id NULLS LAST LIMIT 1
    ) policy ON true
    WHERE product.is_active AND NOT warehouse.is_virtual
    ORDER BY product.id, warehouse.id
    """
)


def list_positions(session: Session) -> Sequence[RowMapping]:
    """List every active product × warehouse with its preferred supplier's terms and the policy in force.

    Columns: product_id, sku, warehouse_id, warehouse, supplier_id, supplier; on_hand, reserved, on_order,
    backordered (asked for by open orders, not reserved); unit_cost, minimum_order_quantity, pack_size,
    lead_time_days (7 where the supplier states none); cycle_service_level, review_period_days.
    Products without a supplier of ours (sellers who ship themselves) are absent.
    """
    return session.execute(POSITIONS).mappings().all()


@requires(Permission.PURCHASE_VIEW)
def list_on_order(session: Session, *, sku: str | None = None, warehouse: str | None = None) -> list[dict[str, Any]]:
    """List the open lines of purchase orders, the earliest expected first."""
    query = text(
        """
        SELECT bought.number, supplier.name AS supplier, warehouse.code AS warehouse, product.sku,
               line.quantity - line.received AS open_quantity, line.expected_on, bought.ordered_at
        FROM purchase_order_lines line
        JOIN purchase_orders bought ON bought.id = line.purchase_order_id AND bought.state = 'ordered'
        JOIN suppliers supplier ON supplier.id = bought.supplier_id
        JOIN warehouses warehouse ON warehouse.id = bought.warehouse_id
        JOIN products product ON product.id = line.product_id
        WHERE line.received < line.quantity
          AND (CAST(:sku AS text) IS NULL OR product.sku = :sku)
          AND (CAST(:warehouse AS text) IS NULL OR warehouse.code = :warehouse)
        ORDER BY line.expected_on NULLS LAST, bought.number, line.position
        """
    )
    rows = session.execute(query, {"sku": sku, "warehouse": warehouse}).mappings()
    return [dict(row) for row in rows]
