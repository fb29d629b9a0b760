"""Table dimensions: what codes in the marts stand for, and the facts about them that marts have copied."""

import polars as pl
from sqlalchemy import Connection

from pipelines.journal_feed import copy_frame
from pipelines.marts.mart import Mart, Schema

GRAIN = ("kind", "id")
SCHEMA: Schema = {"kind": pl.String, "id": pl.String, "code": pl.String, "label": pl.String, "facts": pl.String}
MART = Mart("dimensions", "", GRAIN, SCHEMA, partition_by=())

_DIMENSIONS = """
SELECT 'channel' AS kind, c.id::text AS id, c.code, c.name AS label,
       concat_ws('|', c.time_zone, c.day_start, w.code) AS facts
FROM channels c LEFT JOIN warehouses w ON w.id = c.warehouse_id
UNION ALL SELECT 'status', code, code, name, group_code FROM statuses
UNION ALL SELECT 'reason', code, code, label, concat_ws('|', fault, is_preventable) FROM cancel_reasons
UNION ALL SELECT 'manager', id::text, login, name, '' FROM users
UNION ALL SELECT 'warehouse', w.id::text, w.code, w.name, concat_ws('|', w.is_virtual, k.time_zone)
          FROM warehouses w LEFT JOIN work_calendars k ON k.id = w.calendar_id
UNION ALL SELECT 'supplier', id::text, code, name, '' FROM suppliers
UNION ALL SELECT 'category', id::text, code, name, '' FROM categories
UNION ALL SELECT 'product', id::text, sku, name, coalesce(category_id::text, '') FROM products
UNION ALL SELECT * FROM (
    SELECT DISTINCT ON (t.product_id) 'cost', t.product_id::text, p.sku, t.unit_cost::text, ''
    FROM supply_terms t JOIN products p ON p.id = t.product_id WHERE t.unit_cost IS NOT NULL
    ORDER BY t.product_id, t.priority, t.supplier_id) costs
UNION ALL SELECT 'working_days', c.id::text, c.code, jsonb_build_object(
    'weekdays', (SELECT coalesce(jsonb_agg(DISTINCT r.weekday), '[]') FROM calendar_rules r
                 WHERE r.calendar_id = c.calendar_id),
    'closed', (SELECT coalesce(jsonb_agg(DISTINCT x.day), '[]') FROM calendar_exceptions x
               WHERE x.calendar_id = c.calendar_id AND x.opens_at IS NULL),
    'open', (SELECT coalesce(jsonb_agg(DISTINCT x.day), '[]') FROM calendar_exceptions x
             WHERE x.calendar_id = c.calendar_id AND x.opens_at IS NOT NULL))::text, ''
FROM channels c WHERE c.calendar_id IS NOT NULL
"""


def read_dimensions(connection: Connection) -> pl.DataFrame:
    """Read every code with its label.

    Of kind ``cost`` the label is what the preferred supplier asks for a unit now, of ``working_days`` the weekdays,
    closed and open days of a channel: no mart has copied them.
    """
    return MART.shaped(
        copy_frame(connection, _DIMENSIONS, SCHEMA).lazy().with_columns(pl.col("facts").fill_null(""))
    ).collect()


def copied_facts_changed(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Tell whether a code or fact that marts have copied became another one, so that every day may be out of date.

    New entries and new labels touch no row of a mart.
    """
    kept = before.select(*GRAIN, "code", "facts").join(
        after, on=[*GRAIN, "code", "facts"], how="semi", nulls_equal=True
    )
    return kept.height < before.height
