"""Stock of one's own from CSV or XLSX: each row a receipt from outside, once per file and line."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.inventory.backorders import lock_to_serve, reserve_backorders
from oms_core.inventory.movements import ReceiptRequest, receive
from pipelines.bulk import Cursor, read_frame
from pipelines.imports.batches import (
    FILE_ALREADY_IMPORTED,
    BatchKind,
    find_imported,
    open_batch,
    record_rows,
    take_turn,
)
from pipelines.imports.checking import CheckedRows
from pipelines.imports.making import ChangedRows
from pipelines.imports.registers import known_ids
from pipelines.imports.rehearsal import rehearsal, through_the_door
from pipelines.imports.report import ImportReport, Rejections, Warnings
from pipelines.imports.source import LINE, SourceFile, read_own_file

_KIND = BatchKind("stock")
_NEEDS = ["sku", "warehouse", "quantity"]


def import_stock(
    engine: Engine, path: Path, *, dry_run: bool = False, actor: Actor, now: datetime | None = None
) -> ImportReport:
    """Receive the rows of a file (sku, warehouse, quantity and perhaps unit_cost) into stock, all at one moment.

    A line of the same file that was received before is left unchanged; lines that wait for the goods are served.
    ``dry_run`` keeps nothing. Raises ``Invalid`` where a column is missing, ``Busy`` where another import runs.
    """
    refuse_unless(actor, Permission.IMPORT_RUN)
    rejections = Rejections()
    file = read_own_file(path, needs=_NEEDS, rejections=rejections)
    facts = {"file": file, "unreadable": rejections, "keep": not dry_run}
    at = now or datetime.now(UTC)
    if dry_run:
        with rehearsal(engine, actor, at) as (_, run):
            report: ImportReport = run(_receive_file, **facts)
    else:
        report = through_the_door(engine, actor, at)(_receive_file, **facts)
    return report


@requires(Permission.STOCK_RECEIVE)
def _receive_file(
    session: Session, *, actor: Actor, now: datetime, file: SourceFile, unreadable: Rejections, keep: bool
) -> ImportReport:
    cursor: Cursor = session.connection().connection.cursor()
    take_turn(cursor)
    rejections, warnings = unreadable.copy(), Warnings()  # the door may call this again
    rows = _check(cursor, file, rejections)
    imported = find_imported(cursor, _KIND, [file])
    warnings.add(FILE_ALREADY_IMPORTED, list(imported))
    new = rows.join(_received_lines(cursor, file), on=LINE, how="anti", maintain_order="left")
    batch_id = max(imported.values(), default=None)
    if not new.is_empty():
        batch_id = open_batch(cursor, _KIND, [file], actor)
        products = known_ids(cursor, "products", "sku").filter(pl.col("key").is_in(new["sku"].implode()))["id"]
        product_ids = products.sort().to_list()
        lock_to_serve(session, product_ids)
        which = f"product_id IN ({', '.join(map(str, product_ids))})"
        levels = ChangedRows(cursor, "stock_levels", ("location_id", "product_id"), which)
        _receive_rows(session, new, file, actor=actor, now=now, reference=f"import:{batch_id}")
        reserve_backorders(session, actor=actor, now=now, product_ids=product_ids)
        levels.note(cursor, batch_id)
        record_rows(cursor, batch_id, rejections, warnings)
    return ImportReport(
        batch=batch_id if keep else None,
        files={file.name: file.row_count},
        created={"receipts": new.height},
        unchanged=rows.height - new.height,
        rejected=rejections.frame(),
        warnings=warnings,
    )


def _check(cursor: Cursor, file: SourceFile, rejections: Rejections) -> pl.DataFrame:
    rows = CheckedRows(file, rejections)
    if "unit_cost" not in rows.frame.columns:
        rows.frame = rows.frame.with_columns(unit_cost=pl.lit(None, pl.String))
    rows.require(*_NEEDS)
    rows.read_numbers("quantity", decimals=3, above=True)
    rows.read_numbers("unit_cost", decimals=4)
    rows.refuse_unknown("sku", known_ids(cursor, "products", "sku")["key"], "product")
    rows.refuse_unknown("warehouse", known_ids(cursor, "warehouses", "code", "NOT is_virtual")["key"], "warehouse")
    return rows.frame


def _received_lines(cursor: Cursor, file: SourceFile) -> pl.DataFrame:
    """Lines of this very file that are in the books already; the first part of a key stands for the file."""
    prefix = _key(file, "")
    return read_frame(
        cursor,
        "SELECT split_part(substr(idempotency_key, %s), '#', 1) FROM stock_moves"
        " WHERE idempotency_key >= %s AND idempotency_key < %s",
        {LINE: pl.Int64},
        (len(prefix) + 1, prefix, prefix[:-1] + ";"),  # ';' comes right after ':'
    )


def _receive_rows(
    session: Session, rows: pl.DataFrame, file: SourceFile, *, actor: Actor, now: datetime, reference: str
) -> None:
    cursor: Cursor = session.connection().connection.cursor()
    products, locations = known_ids(cursor, "products", "sku"), known_ids(cursor, "locations", "code")
    placed = rows.join(products, left_on="sku", right_on="key").join(
        locations.rename({"id": "location_id"}), left_on="warehouse", right_on="key"
    )
    in_order_of_locks = placed.sort("location_id", "id", LINE)
    facts = in_order_of_locks.select(LINE, "sku", "warehouse", "quantity", "unit_cost").iter_rows()
    for line, sku, warehouse, quantity, unit_cost in facts:
        receive(
            session,
            actor=actor,
            now=now,
            warehouse=warehouse,
            lines=[ReceiptRequest(sku, quantity, unit_cost)],
            reference=reference,
            idempotency_key=_key(file, str(line)),
        )


def _key(file: SourceFile, line: str) -> str:
    return f"import:{file.sha256}:{line}"
