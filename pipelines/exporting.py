"""Lists as files: a frame and the facts it was made with, as CSV, as an Excel workbook or as Parquet."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from oms_core.errors import Invalid

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET_TYPE = "application/vnd.apache.parquet"
FACTS_KEY = "cadence"
"""Under which key of its metadata a Parquet file says what it was made with, as JSON."""
MAX_XLSX_ROWS = 1_048_000  # a sheet of Excel holds 1,048,576, with the facts above the table
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_PHONE = re.compile(r"^\+[\d\s()-]+$")  # a plus before digits alone runs nothing
_LONGEST_TEXT = 32_767  # of one cell
_WIDEST = 48
_CENTS = 2
_MEASURED_ROWS = 200


@dataclass(frozen=True)
class Sheet:
    """A table to be handed over: its columns are the keys of `headings`, in that order, or all of the frame.

    `facts` (label, value) stand above the table: the filter, the moment, the time zone. Moments are written as wall
    clock time of `zone`, because neither kind of file can keep one.
    """

    name: str
    frame: pl.DataFrame
    facts: Sequence[tuple[str, str]] = ()
    headings: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"


class TooManyRows(Invalid):
    """The table is longer than a sheet of Excel can be."""

    code = "export_too_long"


def as_csv(sheet: Sheet) -> bytes:
    """Write the facts, an empty line and the table as UTF-8 with a byte order mark, which Excel needs to see it.

    A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an
    apostrophe in front; a phone does not, and numbers stay numbers, negative ones too.
    """
    preface = io.StringIO()
    writer = csv.writer(preface, lineterminator="\r\n")
    for label, value in sheet.facts:
        writer.writerow([_as_text(label), _as_text(value)])
    if sheet.facts:
        writer.writerow([])
    frame = _laid_out(sheet)
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    guarded = frame.with_columns(_guarded(name) for name in texts)
    writer.writerow([_as_text(heading) for heading in _headings(sheet)])
    table = guarded.write_csv(
        include_header=False, line_terminator="\r\n", datetime_format="%Y-%m-%d %H:%M:%S", date_format="%Y-%m-%d"
    )
    return b"\xef\xbb\xbf" + (preface.getvalue() + table).encode()


def as_xlsx(*sheets: Sheet) -> bytes:
    """Write one worksheet per sheet: the facts, an empty row, the heading row kept in sight, the rows.

    Numbers, days and moments are cells of their kind (what is not finite is empty); every text is written as text,
    so none is ever a formula.
    Rows are written through to disk one by one: memory does not grow with them.

    Raises
    ------
    TooManyRows
        A sheet has more rows than Excel can hold.
    """
    too_long = next((sheet for sheet in sheets if sheet.frame.height > MAX_XLSX_ROWS), None)
    if too_long is not None:
        raise TooManyRows(
            "the table is too long for Excel", rows=[{"rows": too_long.frame.height, "limit": MAX_XLSX_ROWS}]
        )
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as workbook:
        looks = _looks(workbook)
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(_sheet_name(sheet.name)), sheet, looks)
    return target.getvalue()


def as_parquet(sheet: Sheet) -> bytes:
    """Write the columns by their own names and of their own kinds, with the facts and headings in the metadata."""
    frame = sheet.frame.select(list(sheet.headings)) if sheet.headings else sheet.frame
    told = {"name": sheet.name, "facts": dict(sheet.facts), "headings": sheet.headings, "zone": sheet.zone}
    target = io.BytesIO()
    frame.write_parquet(target, metadata={FACTS_KEY: json.dumps(told, ensure_ascii=False)})
    return target.getvalue()


def _laid_out(sheet: Sheet) -> pl.DataFrame:
    frame = sheet.frame.select(list(sheet.headings)) if sheet.headings else sheet.frame
    return frame.with_columns(_writable(name, kind, sheet.zone) for name, kind in frame.schema.items())


def _writable(name: str, kind: pl.DataType, zone: str) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.convert_time_zone(zone).dt.replace_time_zone(None) if kind.time_zone else column
    if isinstance(kind, pl.List):
        return column.list.eval(pl.element().cast(pl.String)).list.join(", ")
    if isinstance(kind, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if kind.is_float():
        return pl.when(column.is_finite()).then(column).alias(name)
    return column


def _headings(sheet: Sheet) -> list[str]:
    return list(sheet.headings.values()) or sheet.frame.columns


def _guarded(name: str) -> pl.Expr:
    text = pl.col(name)
    runs = text.str.contains(_FORMULA.pattern) & ~text.str.contains(_PHONE.pattern)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def _as_text(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _PHONE.match(text) else text


def _sheet_name(name: str) -> str:
    return "".join(" " if letter in "[]:*?/\\" else letter for letter in name).strip("' ")[:31] or "1"


def _looks(workbook: xlsxwriter.Workbook) -> dict[str, Format]:
    return {
        "label": workbook.add_format({"font_color": "#6b7280"}),
        "heading": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "money": workbook.add_format({"num_format": "#,##0.00"}),
        "plain": workbook.add_format(),
    }


def _write_sheet(worksheet: Worksheet, sheet: Sheet, looks: dict[str, Format]) -> None:
    frame = _laid_out(sheet)
    headings = _headings(sheet)
    for position, (name, heading) in enumerate(zip(frame.columns, headings, strict=True)):
        look = looks[_look_of(frame.schema[name])]
        worksheet.set_column(position, position, _width(heading, frame[name]), look)
    row = 0
    for label, value in sheet.facts:
        worksheet.write_string(row, 0, label, looks["label"])
        worksheet.write_string(row, 1, value)
        row += 1
    row += bool(sheet.facts)
    for position, heading in enumerate(headings):
        worksheet.write_string(row, position, heading, looks["heading"])
    if headings:
        worksheet.autofilter(row, 0, row + frame.height, len(headings) - 1)
    worksheet.freeze_panes(row + 1, 0)
    _write_rows(worksheet, frame, row + 1, looks)


def _write_rows(worksheet: Worksheet, frame: pl.DataFrame, first: int, looks: dict[str, Format]) -> None:
    formats = [looks[_look_of(kind)] for kind in frame.dtypes]
    for row, values in enumerate(_rows(frame), first):
        for position, value in enumerate(values):
            if isinstance(value, str):
                worksheet.write_string(row, position, value[:_LONGEST_TEXT])
            elif value is not None:
                worksheet.write(row, position, value, formats[position])


def _rows(frame: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    for values in frame.iter_rows():
        yield tuple(float(value) if isinstance(value, Decimal) else value for value in values)


def _look_of(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Datetime):
        return "moment"
    if isinstance(kind, pl.Date):
        return "day"
    return "money" if isinstance(kind, pl.Decimal) and kind.scale == _CENTS else "plain"


def _width(heading: str, column: pl.Series) -> int:
    longest = column.head(_MEASURED_ROWS).cast(pl.String).str.len_chars().max()
    measured = longest if isinstance(longest, int) else 0
    return min(_WIDEST, max(10, len(heading) + 2, measured + 1))
