"""COPY of frames into tables and of queries into frames, on one's own psycopg2 connection."""

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import polars as pl
from psycopg2 import InterfaceError, OperationalError, errors, sql
from sqlalchemy import Engine

from oms_core.errors import Busy, DatabaseAway

Cursor = Any  # psycopg2 ships no types
_SLICE_ROWS = 50_000


@contextmanager
def bulk_transaction(engine: Engine, *, keep: bool = True) -> Iterator[Cursor]:
    """Open one transaction without a statement timeout; commit at the end, roll back on any error.

    With ``keep=False`` it is rolled back in any case: a rehearsal that writes nothing. Raises ``Busy`` where others
    hold what it needs for too long, ``DatabaseAway`` where the server stops meanwhile.
    """
    connection = engine.raw_connection()
    try:
        cursor: Cursor = connection.cursor()
        with cursor:
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL oms.bulk = 'on'")  # 0004: its batch is its audit
            cursor.execute("SELECT set_config('oms.actor', id::text, true) FROM users WHERE login = 'system'")
            yield cursor
        if keep:
            connection.commit()
        else:
            connection.rollback()
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        connection.rollback()
        raise Busy("Others are working on the same rows; try again shortly. Nothing was written.") from error
    except BaseException as error:
        try:
            connection.rollback()
        except (OperationalError, InterfaceError):
            # The server rolled back by itself. The first error may be anything then: in a COPY psycopg2 loses its own.
            connection.invalidate()
            raise DatabaseAway("The database went away while rows were written; none was kept.") from error
        raise
    finally:
        connection.close()


def reserve_ids(cursor: Cursor, table: str, count: int, *, sequence: str | None = None) -> range:
    """Take ``count`` consecutive values of the table's identity, or of a ``sequence`` that its inserts draw from.

    The table is locked against writers for a moment only: rolling back to a savepoint gives up its locks, but
    never the values taken.
    """
    if count == 0:
        return range(0)
    cursor.execute("SELECT coalesce(%s, pg_get_serial_sequence(%s, 'id'))", (sequence, table))
    (name,) = cursor.fetchone()
    cursor.execute("SAVEPOINT reserving_ids")
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.Identifier(table)))
    cursor.execute("SELECT nextval(%s::regclass)", (name,))
    (first,) = cursor.fetchone()
    cursor.execute("SELECT setval(%s::regclass, %s)", (name, first + count - 1))
    cursor.execute("ROLLBACK TO SAVEPOINT reserving_ids")
    cursor.execute("RELEASE SAVEPOINT reserving_ids")
    return range(first, first + count)


def copy_frame(cursor: Cursor, table: str, frame: pl.DataFrame) -> int:
    r"""Append ``frame`` to ``table``, its columns by name; return the number of rows.

    Decimals are exact, null is NULL and the empty string stays one; instants must be UTC or without a zone (read
    as UTC); JSON goes as its text, bytes as ``\x…`` text, an array as ``{…}`` text.
    """
    if frame.is_empty():
        return 0
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in frame.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    cursor.copy_expert(statement, _CsvStream(frame))
    return frame.height


def read_frame(
    cursor: Cursor, query: str, schema: Mapping[str, pl.DataType | type[pl.DataType]], values: Sequence[Any] = ()
) -> pl.DataFrame:
    """Read a query by COPY with an exact schema, whose columns are the query's in its order."""
    buffer = io.BytesIO()
    cursor.copy_expert(f"COPY ({cursor.mogrify(query, values).decode()}) TO STDOUT (FORMAT csv)", buffer)
    if not buffer.tell():
        return pl.DataFrame(schema=schema)
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, schema=dict(schema))


class _CsvStream:
    """A frame as a file of CSV; the next slice is written while the server takes in the one before."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._pieces = _written_ahead(frame)
        self._piece = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        data = self._piece.read(size)
        while not data and (piece := next(self._pieces, None)) is not None:
            self._piece = piece
            data = piece.read(size)
        return data


def _written_ahead(frame: pl.DataFrame) -> Iterator[io.BytesIO]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = None
        for part in frame.iter_slices(_SLICE_ROWS):
            current, upcoming = upcoming, pool.submit(_written, part)
            if current is not None:
                yield current.result()
        if upcoming is not None:
            yield upcoming.result()


def _written(part: pl.DataFrame) -> io.BytesIO:
    buffer = io.BytesIO()
    part.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%.f+00")
    buffer.seek(0)
    return buffer
