"""Lists as files: what is written can be read again, and nothing in it runs."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.exporting import MAX_XLSX_ROWS, Sheet, TooManyRows, as_csv, as_xlsx

FACTS = [("Filter", "Open orders"), ("Time zone", "Europe/Moscow")]
HEADINGS = {"number": "Number", "note": "Note", "total": "Total", "placed_at": "Placed", "day": "Day"}


def sheet(note: str | None = "call first", total: str = "12.50") -> Sheet:
    row = {
        "note": note, "number": "O-1", "total": Decimal(total),
        "placed_at": datetime(2026, 3, 1, 21, 30, tzinfo=UTC), "day": date(2026, 3, 2), "inside": 7,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema_overrides={"total": pl.Decimal(14, 2), "note": pl.String})
    return Sheet("Orders", frame, FACTS, HEADINGS, "Europe/Moscow")


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> list[tuple[Any, ...]]:
    return pl.read_excel(io.BytesIO(data), read_options={"header_row": 3}).rows()


def test_a_csv_tells_its_facts_then_the_table_in_the_order_and_words_of_its_headings():
    assert read_csv(as_csv(sheet())) == [
        ["Filter", "Open orders"],
        ["Time zone", "Europe/Moscow"],
        [],
        ["Number", "Note", "Total", "Placed", "Day"],
        ["O-1", "call first", "12.50", "2026-03-02 00:30:00", "2026-03-02"],
    ]


def test_a_workbook_has_numbers_days_and_moments_as_such():
    shown = datetime(2026, 3, 2, 0, 30, tzinfo=UTC).replace(tzinfo=None)
    assert read_xlsx(as_xlsx(sheet())) == [("O-1", "call first", 12.5, shown, date(2026, 3, 2))]


@pytest.mark.parametrize("text", ["=1+1", "+7 900+cmd", "-1", "@SUM(A1)", "\tx", "\r=x"])
def test_a_text_that_looks_like_a_formula_is_never_one(text: str):
    assert read_csv(as_csv(sheet(text)))[4][1] == f"'{text}"
    written = as_xlsx(sheet(text))
    assert b"<f>" not in _parts(written)
    if text.strip() == text:
        assert read_xlsx(written)[0][1] == text


def test_a_heading_and_a_fact_are_no_formulas_either():
    risky = Sheet("x", pl.DataFrame({"a": [1]}), [("=A", "@b")], {"a": "+c"})
    assert read_csv(as_csv(risky)) == [["'=A", "'@b"], [], ["'+c"], ["1"]]


def test_a_phone_stays_as_it_is_dialled():
    assert read_csv(as_csv(sheet("+48 600 100 200")))[4][1] == "+48 600 100 200"


def test_a_negative_number_stays_a_number():
    assert read_csv(as_csv(sheet(total="-3.10")))[4][2] == "-3.10"
    assert read_xlsx(as_xlsx(sheet(total="-3.10")))[0][2] == -3.1


def test_what_is_not_known_and_what_is_not_finite_is_empty():
    frame = pl.DataFrame({"text": ["a", None], "share": [float("nan"), None], "tags": [["x", "y"], None]})
    assert read_csv(as_csv(Sheet("x", frame))) == [["text", "share", "tags"], ["a", "", "x, y"], ["", "", ""]]
    assert as_xlsx(Sheet("x", frame)).startswith(b"PK")


def test_an_empty_table_still_has_its_headings():
    empty = Sheet("x", sheet().frame.clear(), FACTS, HEADINGS)
    assert read_csv(as_csv(empty))[3:] == [list(HEADINGS.values())]
    assert as_xlsx(empty).startswith(b"PK")


def test_a_table_longer_than_a_sheet_is_refused():
    with pytest.raises(TooManyRows):
        as_xlsx(Sheet("x", pl.DataFrame({"a": range(MAX_XLSX_ROWS + 1)})))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_comes_back_from_a_csv_and_none_begins_a_formula(text: str):
    cell = read_csv(as_csv(sheet(text)))[4][1]
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(("=", "-", "@", "\t", "\r"))
    assert not cell.startswith("+") or not any(letter.isalpha() for letter in cell)


def _parts(workbook: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
