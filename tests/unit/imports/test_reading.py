"""Files as they came: lines are right whatever is in them, and what cannot be read is named."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.errors import Invalid
from pipelines.imports.report import Rejections
from pipelines.imports.source import LINE, SourceFile, read_csv_file, read_own_file

VALUES = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffd"), max_size=8)


def read(folder: Path, content: bytes, rejections: Rejections | None = None, **options: str) -> SourceFile:
    (folder / "file.csv").write_bytes(content)
    return read_csv_file(folder / "file.csv", needs=["a"], rejections=rejections or Rejections(), **options)


def lines_and_values(file: SourceFile) -> list[tuple[int, str | None, str | None]]:
    return list(file.frame.select(LINE, "a", "b").iter_rows())


def test_a_plain_file(tmp_path: Path) -> None:
    file = read(tmp_path, b"a,b\n1,2\n3,\n")
    assert lines_and_values(file) == [(2, "1", "2"), (3, "3", None)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\r\n1,2\r\n3,4\r\n", [(2, "1", "2"), (3, "3", "4")]),
        (b"\xef\xbb\xbfa,b\n1,2", [(2, "1", "2")]),
        (b"a,b\n1,2\n\n3,4\n", [(2, "1", "2"), (4, "3", "4")]),
        (b'a,b\n"x\ny",2\n3,4\n', [(2, "x\ny", "2"), (4, "3", "4")]),
        (b'"a","b"\n"x, ""y""",2\n3,4\n', [(2, 'x, "y"', "2"), (3, "3", "4")]),
        (b"a,b\n", []),
    ],
)
def test_lines_are_those_of_the_file(tmp_path: Path, content: bytes, expected: list) -> None:
    assert lines_and_values(read(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b\n1,5;2\n3;4\n", [(2, "1,5", "2"), (3, "3", "4")]),
        (b'a;b\n"1;5";2\n\n3;4\n', [(2, "1;5", "2"), (4, "3", "4")]),
        (b"a\tb\n1,5\t2\n", [(2, "1,5", "2")]),
    ],
)
def test_the_header_tells_what_parts_the_columns(tmp_path: Path, content: bytes, expected: list) -> None:
    assert lines_and_values(read(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a,b\n1,2\n3\n5,6\n", 3, "1 fields where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n5,6\n", 3, "3 fields where the header has 2"),
        (b"a,b\n1,2\n\xff,4\n5,6\n", 3, "text that is not UTF-8"),
        (b"a,b\n1,2\nx\0,4\n5,6\n", 3, "text that is not UTF-8"),
        (b'a,b\n1,2\n"3,4\n5,6\n', 3, "unexpected end of data"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected_alone(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    rejections = Rejections()
    file = read(tmp_path, content, rejections)
    assert lines_and_values(file) == [(2, "1", "2"), (4, "5", "6")]
    assert rejections.frame().select("line", "reason").rows() == [(line, reason)]
    assert file.row_count == 3


@pytest.mark.parametrize("content", [b"", b"\n", b"a,a\n1,2,3\n"])
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid):
        read(tmp_path, content)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="damaged"):
        read(tmp_path, gzip.compress(b"a,b\n1,2\n" * 1000)[:-20])


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.xlsx").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(Invalid, match="cannot be read as a workbook"):
        read_own_file(tmp_path / "file.xlsx", needs=["a"], rejections=Rejections())


def test_a_packed_file_is_known_as_the_same(tmp_path: Path) -> None:
    plain, packed = read(tmp_path, b"a,b\n1,2\n"), read(tmp_path, gzip.compress(b"a,b\n1,2\n"))
    assert plain.sha256 == packed.sha256
    assert plain.frame.equals(packed.frame)


def test_another_encoding_is_read_where_it_is_named(tmp_path: Path) -> None:
    file = read(tmp_path, "a,b\n£,é\n".encode("cp1252"), encoding="cp1252")
    assert lines_and_values(file) == [(2, "£", "é")]


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6))
def test_whatever_a_csv_writer_wrote_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    quoted = ["".join(f'"{value.replace(chr(34), chr(34) * 2)}",' for value in row)[:-1] for row in rows]
    content = "\n".join(['"a","b"', *quoted]) + "\n"
    rejections = Rejections()
    file = read(tmp_path_factory.mktemp("csv"), content.encode(), rejections)
    assert rejections.frame().is_empty()
    assert lines_and_values(file) == [(n + 2, a or None, b or None) for n, (a, b) in enumerate(rows)]
