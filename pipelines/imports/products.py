"""Products of one's own from CSV or XLSX: new ones added, known ones changed in what the file says."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission
from pipelines.bulk import Cursor, bulk_transaction, copy_frame
from pipelines.imports.batches import (
    FILE_ALREADY_IMPORTED,
    BatchKind,
    find_imported,
    open_batch,
    record_rows,
    take_turn,
)
from pipelines.imports.checking import CheckedRows
from pipelines.imports.making import ChangedRows, note_loaded
from pipelines.imports.report import ImportReport, Rejections, Warnings
from pipelines.imports.source import LINE, SourceFile, read_own_file

# Our columns with their kind in the database; a file needs the first two and may lack the rest.
_COLUMNS = {
    "sku": "varchar", "name": "varchar", "price": "numeric", "category": "varchar", "uom": "varchar",
    "barcode": "varchar", "tax_rate": "numeric", "supplier": "varchar", "unit_cost": "numeric",
    "minimum_order_quantity": "numeric", "pack_size": "numeric", "lead_time_days": "smallint",
}  # fmt: skip
_LIMITS = {"sku": 100, "name": 300, "category": 100, "uom": 20, "barcode": 60, "supplier": 100}
_KIND = BatchKind("products")
# Run in this order over the table `incoming`; an absent value leaves what is known as it is.
_STEPS = {
    "categories": "INSERT INTO categories (code, name) SELECT DISTINCT category, category FROM incoming"
    " WHERE category IS NOT NULL ON CONFLICT (code) DO NOTHING",
    "changed": """
        UPDATE products p SET name = i.name, category_id = coalesce(c.id, p.category_id), uom = coalesce(i.uom, p.uom),
               barcode = coalesce(i.barcode, p.barcode), tax_rate = coalesce(i.tax_rate, p.tax_rate)
        FROM incoming i LEFT JOIN categories c ON c.code = i.category
        WHERE p.sku = i.sku
          AND (p.name, p.category_id, p.uom, p.barcode, p.tax_rate) IS DISTINCT FROM
              (i.name, coalesce(c.id, p.category_id), coalesce(i.uom, p.uom), coalesce(i.barcode, p.barcode),
               coalesce(i.tax_rate, p.tax_rate))""",
    "products": """
        INSERT INTO products (sku, name, category_id, uom, barcode, tax_rate)
        SELECT i.sku, i.name, c.id, coalesce(i.uom, 'pcs'), i.barcode, coalesce(i.tax_rate, 0)
        FROM incoming i LEFT JOIN categories c ON c.code = i.category
        ORDER BY i.line ON CONFLICT (sku) DO NOTHING""",
    "prices": """
        INSERT INTO prices (price_list_id, product_id, valid_from, unit_price)
        SELECT l.id, p.id, %(now)s, i.price
        FROM incoming i JOIN products p ON p.sku = i.sku JOIN price_lists l ON l.code = 'standard'
        WHERE i.price IS NOT NULL AND i.price IS DISTINCT FROM (
            SELECT unit_price FROM prices WHERE price_list_id = l.id AND product_id = p.id AND min_quantity = 1
            AND valid_from <= %(now)s ORDER BY valid_from DESC LIMIT 1)
        ON CONFLICT (price_list_id, product_id, min_quantity, valid_from)
        DO UPDATE SET unit_price = excluded.unit_price""",
    "suppliers": "INSERT INTO suppliers (code, name) SELECT DISTINCT supplier, supplier FROM incoming"
    " WHERE supplier IS NOT NULL ON CONFLICT (code) DO NOTHING",
    "supply_terms": """
        INSERT INTO supply_terms AS t
            (supplier_id, product_id, unit_cost, minimum_order_quantity, pack_size, lead_time_days)
        SELECT s.id, p.id, i.unit_cost, coalesce(i.minimum_order_quantity, 1), coalesce(i.pack_size, 1),
               i.lead_time_days
        FROM incoming i JOIN products p ON p.sku = i.sku JOIN suppliers s ON s.code = i.supplier
        ON CONFLICT (supplier_id, product_id) DO UPDATE SET
            unit_cost = coalesce(excluded.unit_cost, t.unit_cost),
            minimum_order_quantity = excluded.minimum_order_quantity, pack_size = excluded.pack_size,
            lead_time_days = coalesce(excluded.lead_time_days, t.lead_time_days)
        WHERE (t.unit_cost, t.minimum_order_quantity, t.pack_size, t.lead_time_days) IS DISTINCT FROM
              (coalesce(excluded.unit_cost, t.unit_cost), excluded.minimum_order_quantity, excluded.pack_size,
               coalesce(excluded.lead_time_days, t.lead_time_days))""",
}

_NAMED = "product_id IN (SELECT id FROM products WHERE sku IN (SELECT sku FROM incoming))"
# What a file of products may change, the key of a row, and which rows it may concern.
_CHANGED = {
    "products": (("id",), "sku IN (SELECT sku FROM incoming)"),
    "prices": (("price_list_id", "product_id", "min_quantity", "valid_from"), _NAMED),
    "supply_terms": (("supplier_id", "product_id"), _NAMED),
}


def import_products(
    engine: Engine, path: Path, *, dry_run: bool = False, actor: Actor, now: datetime | None = None
) -> ImportReport:
    """Take in a file of products; ``price`` goes to the standard list from ``now`` on, where it differs.

    A product with a ``supplier`` (a code, made where unknown) gets terms of supply. ``dry_run`` keeps nothing.
    Raises ``Invalid`` where a column is missing, ``Busy`` where another import runs.
    """
    refuse_unless(actor, Permission.IMPORT_RUN)
    rejections, warnings = Rejections(), Warnings()
    file = read_own_file(path, needs=["sku", "name"], rejections=rejections)
    rows = _check(file, rejections)
    with bulk_transaction(engine, keep=not dry_run) as cursor:
        take_turn(cursor)
        imported = find_imported(cursor, _KIND, [file])
        warnings.add(FILE_ALREADY_IMPORTED, list(imported))
        created, changes = _put(cursor, rows, now or datetime.now(UTC))
        batch_id = max(imported.values(), default=None)
        if any(created.values()):
            batch_id = open_batch(cursor, _KIND, [file], actor)
            record_rows(cursor, batch_id, rejections, warnings)
            for change in changes:
                change.note(cursor, batch_id, only_known=change.table == "products")
            note_loaded(cursor, batch_id)
    return ImportReport(
        batch=None if dry_run else batch_id,
        files={file.name: file.row_count},
        created=created,
        unchanged=rows.height - created["products"] - created["changed"],
        rejected=rejections.frame(),
        warnings=warnings,
    )


def _check(file: SourceFile, rejections: Rejections) -> pl.DataFrame:
    rows = CheckedRows(file, rejections)
    absent = [pl.lit(None, pl.String).alias(name) for name in _COLUMNS if name not in rows.frame.columns]
    rows.frame = rows.frame.with_columns(absent)
    rows.require("sku", "name")
    rows.limit(_LIMITS)
    rows.read_numbers("price")
    rows.read_numbers("tax_rate", "unit_cost", decimals=4)
    rows.refuse(pl.col("tax_rate") > 1, "tax_rate", "out_of_range", "must be a fraction: 0.23 is 23 %")
    rows.read_numbers("minimum_order_quantity", "pack_size", decimals=3, above=True)
    rows.read_whole_numbers("lead_time_days")
    rows.refuse(pl.col("lead_time_days") > 3650, "lead_time_days", "out_of_range", "is more than ten years")
    rows.refuse_duplicates("sku")
    return rows.frame.select(LINE, *_COLUMNS)


def _put(cursor: Cursor, rows: pl.DataFrame, now: datetime) -> tuple[dict[str, int], list[ChangedRows]]:
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    cursor.execute(f"CREATE TEMPORARY TABLE incoming (line bigint, {columns}) ON COMMIT DROP")
    copy_frame(cursor, "incoming", rows.rename({LINE: "line"}))
    changes = [ChangedRows(cursor, table, key, which) for table, (key, which) in _CHANGED.items()]
    written = {}
    for step, statement in _STEPS.items():
        cursor.execute(statement, {"now": now})
        written[step] = cursor.rowcount
    return written, changes
