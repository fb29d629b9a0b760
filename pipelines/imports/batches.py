"""Batches: one import at a time, files known by their content, and a record of what was rejected or untidy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from oms_core.access.actors import Actor
from oms_core.errors import Busy
from pipelines.bulk import Cursor, copy_frame
from pipelines.imports.report import Rejections, Warnings
from pipelines.imports.source import SourceFile

FILE_ALREADY_IMPORTED = "file_already_imported"
_LOCK_KEY = 0x636164_01  # of pg_advisory locks: the imports of Cadence


@dataclass(frozen=True)
class BatchKind:
    """What makes a file the same file again: the kind of import, its channel and its mapping."""

    kind: str
    channel_id: int | None = None
    mapping: str = ""


def take_turn(cursor: Cursor) -> None:
    """Keep other imports out until this transaction ends; raises ``Busy`` where one is running."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK_KEY,))
    if not cursor.fetchone()[0]:
        raise Busy("Another import is running; try again when it is done.", code="import_running")


def find_imported(cursor: Cursor, kind: BatchKind, files: Iterable[SourceFile]) -> dict[str, int]:
    """Find which of these files an active batch of this kind holds: name → the newest such batch."""
    cursor.execute(
        "SELECT f.sha256, max(b.id) FROM import_files f JOIN import_batches b ON b.id = f.batch_id"
        " WHERE b.state = 'active' AND b.kind = %s AND b.channel_id IS NOT DISTINCT FROM %s AND b.mapping = %s"
        " GROUP BY 1",
        (kind.kind, kind.channel_id, kind.mapping),
    )
    batches = dict(cursor.fetchall())
    return {file.name: batches[file.sha256] for file in files if file.sha256 in batches}


def open_batch(cursor: Cursor, kind: BatchKind, files: Sequence[SourceFile], actor: Actor) -> int:
    """Record a batch with its files (those that no active batch holds yet); return its id."""
    imported = find_imported(cursor, kind, files)
    cursor.execute(
        "INSERT INTO import_batches (kind, channel_id, mapping, started_at, actor_id)"
        " VALUES (%s, %s, %s, clock_timestamp(), %s) RETURNING id",
        (kind.kind, kind.channel_id, kind.mapping, actor.id),
    )
    batch_id: int = cursor.fetchone()[0]
    for file in files:
        if file.name not in imported:
            cursor.execute(
                "INSERT INTO import_files (batch_id, name, sha256, row_count) VALUES (%s, %s, %s, %s)",
                (batch_id, file.name[:200], file.sha256, file.row_count),
            )
    return batch_id


def record_rows(cursor: Cursor, batch_id: int, rejections: Rejections, warnings: Warnings) -> None:
    """Record the rejected rows and, by reference, the warnings of a batch."""
    rejected = rejections.frame().with_columns(severity=pl.lit("error"))
    remarks = warnings.frame().with_columns(severity=pl.lit("warning"), file=pl.lit(""))
    rows = pl.concat([rejected, remarks], how="diagonal").with_columns(batch_id=pl.lit(batch_id))
    copy_frame(cursor, "import_rows", rows.with_columns(pl.col("reason").fill_null("")))
