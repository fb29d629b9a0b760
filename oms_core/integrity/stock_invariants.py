"""The invariants of stock: moves are what lies there, reservations are what is promised."""

from oms_core.integrity.invariant import Invariant

STOCK = (
    Invariant(
        "01_on_hand",
        "Done moves in − out are what lies at each stock or transit location",
        """
        SELECT location_id, product_id, coalesce(m.quantity, 0) AS moved, coalesce(l.on_hand, 0) AS on_hand
        FROM (
            SELECT e.location_id, e.product_id, sum(e.quantity) AS quantity
            FROM (
                SELECT to_location_id AS location_id, product_id, quantity FROM stock_moves WHERE state = 'done'
                UNION ALL
                SELECT from_location_id, product_id, -quantity FROM stock_moves WHERE state = 'done'
            ) e
            JOIN locations p ON p.id = e.location_id AND p.kind IN ('stock', 'transit')
            GROUP BY e.location_id, e.product_id
        ) m
        FULL JOIN stock_levels l USING (location_id, product_id)
        WHERE coalesce(m.quantity, 0) <> coalesce(l.on_hand, 0)
        """,
    ),
    Invariant(
        "02_reserved",
        "Held and committed reservations are what is reserved, and no line has more than it has open",
        """
        SELECT location_id, product_id, NULL::bigint AS order_line_id,
               coalesce(r.quantity, 0) AS reservations, coalesce(l.reserved, 0) AS reserved
        FROM (
            SELECT location_id, product_id, sum(quantity) AS quantity FROM reservations
            WHERE state IN ('held', 'committed') GROUP BY location_id, product_id
        ) r
        FULL JOIN stock_levels l USING (location_id, product_id)
        WHERE coalesce(r.quantity, 0) <> coalesce(l.reserved, 0)
        UNION ALL
        SELECT NULL, l.product_id, l.id, r.quantity, l.quantity - l.quantity_shipped - l.quantity_cancelled
        FROM (
            SELECT order_line_id, sum(quantity) AS quantity FROM reservations
            WHERE state IN ('held', 'committed') GROUP BY order_line_id
        ) r
        JOIN order_lines l ON l.id = r.order_line_id
        WHERE r.quantity > l.quantity - l.quantity_shipped - l.quantity_cancelled
        """,
    ),
    Invariant(
        "09_expired",
        "No reservation is held more than one sweep past its time",
        """
        SELECT id, order_line_id, expires_at FROM reservations
        WHERE state = 'held' AND expires_at < now() - interval '5 minutes'
        """,
    ),
    Invariant(
        "10_purchases",
        "What was received of a purchase is the sum of its receipts",
        """
        SELECT l.id AS purchase_order_line_id, l.received, coalesce(r.quantity, 0) AS receipts
        FROM purchase_order_lines l
        LEFT JOIN (
            SELECT purchase_order_line_id, sum(quantity) AS quantity FROM receipt_lines GROUP BY purchase_order_line_id
        ) r ON r.purchase_order_line_id = l.id
        WHERE l.received <> coalesce(r.quantity, 0)
        """,
    ),
    Invariant(
        "14_transfers",
        "Of a transfer no more arrives than was sent",
        """
        SELECT e.reference, e.product_id, sum(e.quantity) AS in_transit
        FROM (
            SELECT m.reference, m.product_id, m.quantity FROM stock_moves m
            JOIN locations p ON p.id = m.to_location_id AND p.kind = 'transit' WHERE m.state = 'done'
            UNION ALL
            SELECT m.reference, m.product_id, -m.quantity FROM stock_moves m
            JOIN locations p ON p.id = m.from_location_id AND p.kind = 'transit' WHERE m.state = 'done'
        ) e
        GROUP BY e.reference, e.product_id HAVING sum(e.quantity) < 0
        """,
    ),
)
