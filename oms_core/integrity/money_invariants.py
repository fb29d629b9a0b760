"""The invariants of money: totals are the sums of their lines, nothing is paid or given back twice."""

from oms_core.integrity.invariant import Invariant

MONEY = (
    Invariant(
        "07_totals",
        "An order's total is the sum of its rounded lines and the shipping charge",
        """
        SELECT o.id AS order_id, NULL::int AS position, o.total, coalesce(l.gross, 0) + o.shipping AS should_be
        FROM orders o
        LEFT JOIN (
            SELECT order_id, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross FROM order_lines GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE o.total <> coalesce(l.gross, 0) + o.shipping OR o.gross <> coalesce(l.gross, 0)
           OR o.net <> coalesce(l.net, 0) OR o.tax <> coalesce(l.tax, 0)
        UNION ALL
        SELECT l.order_id, l.position, l.gross, l.quantity * l.unit_price - l.discount
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.gross <> l.net + l.tax
           -- The stated side (gross where prices include tax, else net) is within half a cent of its exact value.
           OR least(abs(l.quantity * l.unit_price - l.discount - l.gross),
                    abs(l.quantity * l.unit_price - l.discount - l.net))
              > CASE o.rounding_rule WHEN 'down' THEN 0.01 ELSE 0.005 END
        """,
    ),
    Invariant(
        "08_payments",
        "Allocations stay within their payment, refunds within what was paid, and orders know both",
        """
        SELECT NULL::bigint AS order_id, p.id AS payment_id, p.gross AS stated, a.gross AS summed
        FROM payments p JOIN (SELECT payment_id, sum(gross) AS gross FROM payment_allocations GROUP BY payment_id) a
            ON a.payment_id = p.id
        WHERE a.gross > p.gross
        UNION ALL
        SELECT o.id, NULL, o.paid, coalesce(a.gross, 0)
        FROM orders o
        LEFT JOIN (
            SELECT x.order_id, sum(x.gross) AS gross
            FROM payment_allocations x JOIN payments p ON p.id = x.payment_id AND p.state = 'received'
            GROUP BY x.order_id
        ) a ON a.order_id = o.id
        WHERE o.paid <> coalesce(a.gross, 0)
        UNION ALL
        SELECT o.id, NULL, o.refunded, coalesce(r.gross, 0)
        FROM orders o LEFT JOIN (SELECT order_id, sum(gross) AS gross FROM refunds GROUP BY order_id) r
            ON r.order_id = o.id
        WHERE o.refunded <> coalesce(r.gross, 0) OR o.refunded > o.paid
        """,
    ),
    Invariant(
        "15_invoices",
        "Invoices are numbered without gaps and are the sum of their lines",
        """
        SELECT s.kind, NULL::text AS number, s.next_sequence - 1 AS stated, count(i.id) AS found
        FROM invoice_series s LEFT JOIN invoices i ON i.kind = s.kind AND i.sequence < s.next_sequence
        GROUP BY s.kind, s.next_sequence HAVING count(i.id) <> s.next_sequence - 1
        UNION ALL
        SELECT i.kind, i.number, i.gross, coalesce(sum(x.gross), 0)
        FROM invoices i LEFT JOIN invoice_lines x ON x.invoice_id = i.id
        GROUP BY i.id HAVING i.gross <> coalesce(sum(x.gross), 0) OR i.net <> coalesce(sum(x.net), 0)
        """,
    ),
    Invariant(
        "16_invoiced",
        "Of every line at most what was shipped is billed, and at most what was billed is credited",
        """
        SELECT l.order_id, l.position, l.quantity_shipped AS shipped, b.billed, b.credited
        FROM order_lines l
        JOIN (SELECT x.order_line_id,
                     coalesce(sum(x.quantity) FILTER (WHERE i.kind = 'invoice'), 0) AS billed,
                     coalesce(sum(x.quantity) FILTER (WHERE i.kind = 'credit_note'), 0) AS credited
              FROM invoice_lines x JOIN invoices i ON i.id = x.invoice_id GROUP BY 1) b ON b.order_line_id = l.id
        WHERE b.billed - b.credited NOT BETWEEN 0 AND l.quantity_shipped OR b.credited > l.quantity_returned
        """,
    ),
)
