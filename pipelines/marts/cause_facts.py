"""What the record said about an order at the moment something of it was cancelled; the stated reason is left out."""

import polars as pl

from pipelines.journal_feed import INSTANT, Schema

# Words by which people note what they hear, in the languages of the screens and some neighbours'.
_PRICE = r"cheaper|lower price|match.{0,12}price|better price|taniej|niższ|дешевле|billiger|günstiger|更便宜"
_WRONG_PRICE = r"(price|cena|цена|preis|价格).{0,30}(wrong|mistake|error|błęd|ошиб|неверн|falsch|错)"
_SILENCE = r"nothing happens|no news|when will|still waiting|nic się nie dzieje|ничего не происходит|没有消息"
_NO_ANSWER = r"no answer|not answer|unreachable|nie odbiera|не отвечает|не берёт|无人接听"
_NO_CARRIER = r"carrier.{0,30}(not|never|fail|refus|late)|kurier.{0,20}nie|курьер.{0,20}не|перевозчик.{0,20}не"
_COLLECT = r"collect|pick(ed)? up|odebra|odbior|забрать|самовывоз|abhol|取货"
_NOT_FOUND = r"not found|missing|not on the shelf|nie ma na półce|не найден|не нашли|nicht gefunden|找不到"
# A hold that somebody opened by hand says what for in words.
_HELD_FOR = """CASE WHEN h.kind <> 'manual' THEN h.kind
    WHEN h.cause ~* 'fraud|stolen|oszust|мошен|betrug|欺诈' THEN 'fraud'
    WHEN h.cause ~* 'credit|kredyt|кредит|bonität|信用' THEN 'credit'
    WHEN h.cause ~* 'address|adres|адрес|地址' THEN 'address' ELSE h.kind END"""

SQL = f"""
WITH deeds AS (
    SELECT x.order_id, x.cancelled_at, min(x.previous_group) AS stage
    FROM cancellations x WHERE {{orders}} GROUP BY x.order_id, x.cancelled_at
)
SELECT d.order_id, d.stage, d.cancelled_at AT TIME ZONE 'UTC' AS cancelled_at,
       (o.duplicate_of_id IS NOT NULL OR twin.found)::text AS is_double, holds.kinds AS holds,
       (extract(epoch FROM d.cancelled_at - holds.unpaid_since) / 3600)::float8 AS unpaid_hours,
       (extract(epoch FROM d.cancelled_at - stay.entered_at) / 3600)::float8 AS stage_hours,
       (extract(epoch FROM d.cancelled_at - o.placed_at) / 3600)::float8 AS open_hours,
       lines.is_underpriced::text AS is_underpriced, lines.is_waiting::text AS is_waiting,
       coalesce(supply.has_failed, false)::text AS supplier_failed,
       (notes.is_promise_moved OR coalesce(supply.is_overdue, false)
        OR coalesce(d.cancelled_at > o.first_promised_at, false))::text AS is_promise_broken,
       coalesce(lost.found, false)::text AS is_lost, notes.misses, notes.asks_price::text AS asks_price,
       notes.says_wrong_price::text AS says_wrong_price, notes.complains::text AS complains,
       notes.blames_carrier::text AS blames_carrier, notes.not_found::text AS not_found,
       (notes.to_collect OR coalesce(m.kind = 'pickup', false))::text AS is_pickup, notes.quiet_hours,
       (notes.is_imported)::text AS is_imported
FROM deeds d
JOIN orders o ON o.id = d.order_id
LEFT JOIN delivery_methods m ON m.id = o.delivery_method_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM orders p
        WHERE p.customer_id = o.customer_id AND p.id < o.id AND p.placed_at <= o.placed_at
          AND p.placed_at > o.placed_at - interval '12 hours' AND (p.closed_at IS NULL OR p.closed_at > d.cancelled_at)
          AND (SELECT array_agg(l.product_id ORDER BY l.product_id) FROM order_lines l WHERE l.order_id = p.id)
            = (SELECT array_agg(l.product_id ORDER BY l.product_id) FROM order_lines l WHERE l.order_id = o.id)
    ) AS found
) twin
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg({_HELD_FOR}, ' '), '') AS kinds,
           min(h.opened_at) FILTER (WHERE h.kind IN ('payment', 'prepayment')) AS unpaid_since
    FROM order_holds h
    WHERE h.order_id = d.order_id AND h.opened_at < d.cancelled_at
      AND (h.closed_at IS NULL OR h.closed_at >= d.cancelled_at)
) holds
LEFT JOIN LATERAL (
    SELECT i.entered_at FROM status_intervals i
    WHERE i.order_id = d.order_id AND i.entered_at < d.cancelled_at ORDER BY i.visit DESC LIMIT 1
) stay ON true
CROSS JOIN LATERAL (
    SELECT coalesce(bool_and(l.unit_price < l.unit_cost / 2), false) AS is_underpriced,
           coalesce(bool_or(held.quantity < l.quantity), false) AS is_waiting
    FROM cancellations c
    JOIN order_lines l ON l.id = c.order_line_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.quantity), 0) AS quantity FROM reservations r
        WHERE r.order_line_id = l.id AND r.created_at < d.cancelled_at
    ) held
    WHERE c.order_id = d.order_id AND c.cancelled_at = d.cancelled_at AND l.supplier_id IS NULL
) lines
LEFT JOIN LATERAL (
    SELECT bool_or(e.found IS NOT NULL) AS has_failed,
           bool_or(p.ordered_at <= o.placed_at AND b.first_expected_on > o.placed_at::date
                   AND b.first_expected_on < d.cancelled_at::date
                   AND got.quantity < b.quantity) AS is_overdue
    FROM cancellations c
    JOIN order_lines l ON l.id = c.order_line_id
    JOIN purchase_order_lines b ON b.product_id = l.product_id
    JOIN purchase_orders p ON p.id = b.purchase_order_id
        AND (o.warehouse_id IS NULL OR p.warehouse_id = o.warehouse_id)
    LEFT JOIN LATERAL (
        SELECT 1 AS found FROM purchase_order_events v
        WHERE v.purchase_order_id = p.id AND v.kind = 'purchase_order.cancelled' AND v.occurred_at > o.placed_at
          AND v.occurred_at <= d.cancelled_at LIMIT 1
    ) e ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(y.quantity), 0) AS quantity FROM receipt_lines y JOIN receipts z ON z.id = y.receipt_id
        WHERE y.purchase_order_line_id = b.id AND z.received_at < d.cancelled_at
    ) got
    WHERE c.order_id = d.order_id AND c.cancelled_at = d.cancelled_at
      AND p.ordered_at > o.placed_at - interval '180 days' AND p.ordered_at < d.cancelled_at
) supply ON lines.is_waiting
LEFT JOIN LATERAL (
    SELECT true AS found
    FROM cancellations c
    JOIN order_lines l ON l.id = c.order_line_id
    JOIN stock_moves v ON v.product_id = l.product_id AND v.done_at <= d.cancelled_at
        AND v.done_at > d.cancelled_at - interval '4 hours'
    JOIN locations f ON f.id = v.from_location_id AND f.kind = 'stock'
        AND (o.warehouse_id IS NULL OR f.warehouse_id = o.warehouse_id)
    JOIN locations t ON t.id = v.to_location_id AND t.kind IN ('loss', 'count')
    WHERE c.order_id = d.order_id AND c.cancelled_at = d.cancelled_at LIMIT 1
) lost ON d.stage IN ('pick', 'ship')
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE n.outcome = 'no_answer' OR n.words ~* '{_NO_ANSWER}') AS misses,
           coalesce(bool_or(n.words ~* '{_PRICE}'), false) AS asks_price,
           coalesce(bool_or(n.words ~* '{_WRONG_PRICE}'), false) AS says_wrong_price,
           coalesce(bool_or(n.words ~* '{_SILENCE}'), false) AS complains,
           coalesce(bool_or(n.words ~* '{_NO_CARRIER}'), false) AS blames_carrier,
           coalesce(bool_or(n.words ~* '{_NOT_FOUND}'), false) AS not_found,
           coalesce(bool_or(n.words ~* '{_COLLECT}'), false) AS to_collect,
           coalesce(bool_or(n.kind = 'order.promised' OR n.is_moved), false) AS is_promise_moved,
           coalesce(bool_or(n.kind = 'order.imported'), false) AS is_imported,
           (extract(epoch FROM d.cancelled_at - max(n.occurred_at) FILTER (WHERE n.is_ours)) / 3600)::float8
               AS quiet_hours
    FROM (
        SELECT e.kind, e.occurred_at, e.payload->>'outcome' AS outcome,
               coalesce(e.payload->>'text', e.payload->>'note', '') AS words,
               e.kind = 'order.commented' AND e.payload ? 'from' AND e.payload ? 'to' AS is_moved,
               e.kind NOT IN ('order.commented', 'order.cancelled', 'line.cancelled') AS is_ours
        FROM order_events e
        WHERE e.order_id = d.order_id AND e.occurred_at <= d.cancelled_at
          AND NOT (e.occurred_at = d.cancelled_at
                   AND e.kind IN ('order.cancelled', 'line.cancelled', 'hold.closed', 'order.status_changed'))
    ) n
) notes
"""
SCHEMA: Schema = {
    "order_id": pl.Int64, "stage": pl.String, "cancelled_at": INSTANT,
    "is_double": pl.Boolean, "holds": pl.String,
    "unpaid_hours": pl.Float64, "stage_hours": pl.Float64, "open_hours": pl.Float64,
    "is_underpriced": pl.Boolean, "is_waiting": pl.Boolean,
    "supplier_failed": pl.Boolean, "is_promise_broken": pl.Boolean, "is_lost": pl.Boolean, "misses": pl.Int64,
    "asks_price": pl.Boolean, "says_wrong_price": pl.Boolean, "complains": pl.Boolean, "blames_carrier": pl.Boolean,
    "not_found": pl.Boolean, "is_pickup": pl.Boolean, "quiet_hours": pl.Float64, "is_imported": pl.Boolean,
}  # fmt: skip
