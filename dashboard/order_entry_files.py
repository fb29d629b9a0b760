"""Uploaded lists of lines as text to be read like pasted ones."""

import io

import fastexcel
import polars as pl

from oms_core.errors import Invalid

_SHEET = b"PK\x03\x04"
_ENCODINGS = ("utf-8-sig", "cp1251")


def text_of(name: str, data: bytes) -> str:
    """The rows of a workbook's first sheet parted by tabs, or of any other file as they stand.

    Raises ``Invalid`` (``unreadable_file``) for what is neither.
    """
    if data.startswith(_SHEET):
        return _sheet(name, data)
    if b"\0" in data:
        raise _unreadable(name)
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(name)


def _sheet(name: str, data: bytes) -> str:
    try:
        frame = pl.read_excel(
            io.BytesIO(data), engine="calamine", has_header=False, infer_schema_length=0, drop_empty_rows=False,
            drop_empty_cols=False,
        )  # fmt: skip
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError) as error:
        raise _unreadable(name) from error
    rows = frame.select(pl.all().cast(pl.String).fill_null("")).rows()
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def _unreadable(name: str) -> Invalid:
    return Invalid(f"{name} cannot be read as a table.", code="unreadable_file")
