"""Files as they came: every column as text, every row with its line, unreadable rows told apart."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from oms_core.errors import Invalid
from pipelines.imports.report import Rejections

LINE = "_line"
SEPARATORS = (",", ";", "\t")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class SourceFile:
    """A file's readable rows as text with their line (column ``_line``; the header is 1) and its content's hash.

    A row whose quoted text runs over several lines bears the first. The hash is of the unpacked content, so that a
    packed copy is known as the same file.
    """

    name: str
    sha256: str
    frame: pl.DataFrame
    row_count: int


def read_csv_file(path: Path, *, needs: Sequence[str], rejections: Rejections, encoding: str = "utf-8") -> SourceFile:
    """Read CSV (packed by gzip or not) as text; unreadable rows are rejected, the rest stays.

    The header tells whether commas, semicolons or tabs part the columns.

    Raises ``Invalid`` where the file has no header or lacks a column it ``needs``.
    """
    data = path.read_bytes()
    if data.startswith(_GZIP):
        data = _unpack(data, path.name)
    digest = hashlib.sha256(data).hexdigest()
    if encoding.lower() not in {"utf-8", "utf8"}:
        data = data.decode(encoding, errors="replace").encode()
    before = _RejectedHere(path.name, rejections)
    separator = _separator(data)
    frame = _read_quickly(data, separator)
    if frame is None:
        frame = _read_carefully(data, separator, before)
    _require_columns(path.name, frame, needs)
    return SourceFile(path.name, digest, frame, frame.height + before.count)


def is_sheet(name: str) -> bool:
    """Tell a workbook by its name."""
    return name.lower().endswith(".xlsx")


def read_own_file(path: Path, *, needs: Sequence[str], rejections: Rejections, encoding: str = "utf-8") -> SourceFile:
    """Read a file of one's own: XLSX by its ending, anything else as CSV."""
    if is_sheet(path.name):
        return read_sheet_file(path, needs=needs)
    return read_csv_file(path, needs=needs, rejections=rejections, encoding=encoding)


def read_sheet_file(path: Path, *, needs: Sequence[str]) -> SourceFile:
    """Read the first sheet of a workbook as text; the line is the sheet's row."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        frame = pl.read_excel(
            path, engine="calamine", infer_schema_length=0, drop_empty_rows=False, drop_empty_cols=False
        )
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError) as error:
        raise Invalid(f"{path.name} cannot be read as a workbook: {error}", code="unreadable_file") from error
    frame = frame.select(pl.all().cast(pl.String)).with_row_index(LINE, offset=2).cast({LINE: pl.Int64})
    frame = frame.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
    _require_columns(path.name, frame, needs)
    return SourceFile(path.name, digest, frame, frame.height)


@dataclass
class _RejectedHere:
    file: str
    rejections: Rejections
    count: int = 0

    def add(self, line: int, reason: str) -> None:
        self.rejections.add(self.file, [line], column="", code="unreadable", reason=reason)
        self.count += 1


def _unpack(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise Invalid(f"{name} is damaged: it cannot be unpacked.", code="unreadable_file") from error


def _require_columns(name: str, frame: pl.DataFrame, needs: Sequence[str]) -> None:
    missing = [column for column in needs if column not in frame.columns]
    if missing:
        present = [column for column in frame.columns if column != LINE]
        raise Invalid(
            f"{name} lacks the column {', '.join(missing)}; it has {', '.join(present)}.",
            code="missing_column",
            rows=[{"file": name, "field": column} for column in missing],
        )


def _separator(data: bytes) -> str:
    header = data.partition(b"\n")[0]
    return max(SEPARATORS, key=lambda separator: header.count(separator.encode()))


def _read_quickly(data: bytes, separator: str) -> pl.DataFrame | None:
    """Read a file in which every row is whole, or return None: then it is read with care.

    Polars fills short rows, takes blank lines for empty rows and forgets lines: separators and line ends are counted.
    """
    if b"\0" in data:
        return None
    try:
        frame = pl.read_csv(data, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    text = pl.all().fill_null("")
    inside = frame.select(
        separators=pl.sum_horizontal(text.str.count_matches(separator, literal=True).sum()),
        breaks=pl.sum_horizontal(text.str.count_matches("\n", literal=True).sum()),
    ).row(0) if b'"' in data else (0, 0)  # fmt: skip
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    is_whole = lines == frame.height + 1 + inside[1]
    is_even = data.count(separator.encode()) == (frame.height + 1) * (frame.width - 1) + inside[0]
    if inside[1] or not (is_whole and is_even):
        return None
    if b'""' in data:  # a quoted nothing is nothing as well
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return frame.with_columns(pl.int_range(2, frame.height + 2, dtype=pl.Int64).alias(LINE))


def _read_carefully(data: bytes, separator: str, rejected: _RejectedHere) -> pl.DataFrame:
    text = data.decode("utf-8-sig", errors="replace")
    records = _records(io.StringIO(text, newline="").readlines(), separator)
    _, columns, _ = next(records, (0, [], None))
    if not columns or len(set(columns)) < len(columns):
        raise Invalid(f"{rejected.file} has no header, or one that names a column twice.", code="missing_column")
    rows: list[list[str | int | None]] = []
    for line, row, fault in records:
        if fault:
            rejected.add(line, fault)
        elif any("\0" in value or "\ufffd" in value for value in row):
            rejected.add(line, "text that is not UTF-8")
        else:
            rows.append([*(value or None for value in row), line])
    schema = dict.fromkeys(columns, pl.String) | {LINE: pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield (line, fields, fault) of every record, the header first; blank lines are passed over.

    After a fault reading goes on at the very next line, so that one unclosed quote does not swallow the file.
    """
    start, width = 0, 0
    while start < len(lines):
        reader = csv.reader((lines[index] for index in range(start, len(lines))), delimiter=separator, strict=True)
        first, row, fault = start, list[str](), None
        while not fault:
            first = start + reader.line_num
            try:
                row = next(reader)
                width = width or len(row)
                fault = f"{len(row)} fields where the header has {width}" if row and len(row) != width else None
            except StopIteration:
                return
            except csv.Error as error:
                fault = str(error)
            if row or fault:
                yield first + 1, row, fault
        start = first + 1
