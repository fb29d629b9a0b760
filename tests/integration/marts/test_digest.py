"""A digest: the numbers of the board at its instant, in a workbook and on paper, in letters that can be read."""

import io
import re
import zlib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from dashboard.translation import _, speaking
from pipelines import kpi
from pipelines.digest import Digest, DigestTerms, NoFont, as_pdf, as_workbook, compose
from pipelines.digest.printing import FONTS, changes_of, figures_of
from pipelines.metric_tables import Report
from pipelines.steering.boards import USUAL
from tests.lasting_shops import LivedShop

PERIOD = {"date_from": date(2026, 5, 22), "date_to": date(2026, 6, 21)}
HAS_FONT = any(Path(font).is_file() for font in FONTS)
needs_font = pytest.mark.skipif(not HAS_FONT, reason="no font on this machine that a digest could be written in")


def digest(shop: LivedShop, language: str = "en", at: datetime | None = None) -> Digest:
    terms = DigestTerms(Report("Overview", USUAL, **PERIOD, channel="demo"), "EUR", say=_,
                        public_url="https://shop.example")  # fmt: skip
    with speaking(language):
        return compose(shop.store if at is None else shop.store.at(at), terms)


def drawn(pdf: bytes) -> str:
    """What a PDF of one font says: its glyphs by the font's own map back to letters."""
    streams = []
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            streams.append(zlib.decompress(raw))
        except zlib.error:
            streams.append(raw)
    mapped = next(stream for stream in streams if b"beginbfchar" in stream)
    letters = {
        int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be")
        for glyph, letter in re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", mapped)
    }
    told = []
    for shown in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", b"\n".join(streams), re.DOTALL):
        plain = re.sub(rb"\\(.)", lambda one: {b"n": b"\n", b"r": b"\r"}.get(one[1], one[1]), shown, flags=re.DOTALL)
        told.append("".join(letters.get(int.from_bytes(plain[at : at + 2]), "") for at in range(0, len(plain), 2)))
    return "\n".join(told)


def test_its_figures_are_those_of_the_board_at_its_instant(lived_shop: LivedShop) -> None:
    instant = datetime.now(UTC)
    made = digest(lived_shop, at=instant)
    tiles = kpi.board(lived_shop.store.at(instant), USUAL, channel="demo", **PERIOD)
    assert made.table.frame["code"].to_list() == list(USUAL)
    for row in made.table.frame.iter_rows(named=True):
        tile = tiles[row["code"]]
        for name, value in (("value", tile.current["value"]), ("before", tile.previous["value"])):
            assert row[name] == (None if value is None else pytest.approx(float(value))), row["code"]


def test_the_workbook_says_the_figures_what_changed_and_the_definitions(lived_shop: LivedShop) -> None:
    made = digest(lived_shop)
    sheets = pl.read_excel(io.BytesIO(as_workbook(made)), sheet_id=0, read_options={"header_row": None})
    assert list(sheets) == ["Overview", "What changed", "Definitions"]
    assert sheets["What changed"].height == made.changes.frame.height + 1
    said = {cell for row in sheets["Overview"].rows() for cell in row}
    assert {"As of", "Fresh to", "https://shop.example/overview?channel=demo&days=2026-05-22..2026-06-20"} <= said


@needs_font
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_paper_says_every_figure_and_when_it_stood_so(lived_shop: LivedShop, language: str) -> None:
    made = digest(lived_shop, language)
    with speaking(language):
        try:
            text = drawn(as_pdf(made))
        except NoFont:
            assert language == "zh"  # letters that many a machine has no font for
            pytest.skip("no font on this machine has Chinese letters")
    figures = figures_of(made)
    assert len(figures) == len(USUAL)
    assert [figure for figure in figures if figure[1] not in text] == []
    assert [change for change in changes_of(made) if change[4] not in text] == []
    assert dict(made.table.facts)[{"en": "As of", "ru": "По состоянию на", "zh": "截至"}[language]] in text


def test_what_no_font_can_write_is_refused_instead_of_drawn_as_boxes(lived_shop: LivedShop) -> None:
    with pytest.raises(NoFont, match="install"):
        as_pdf(digest(lived_shop), fonts=("/nowhere/font.ttf",))
