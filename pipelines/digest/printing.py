"""A digest as PDF: a table with the course of every figure drawn in lines, what changed, and the definitions.

No font comes with us: those of the machine are used that have every letter of the text between them.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from babel.numbers import format_currency, format_decimal, format_percent
from fontTools.ttLib import TTCollection, TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from oms_core.errors import Invalid
from pipelines.digest.composing import DIGEST_WORDS, Digest
from pipelines.metric_tables import WORDS

FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
)
"""Where fonts are looked for, in this order."""
NOTHING = "–"
_WIDTHS = (62.0, 34.0, 34.0, 22.0, 38.0)
_ROW, _SMALL, _BODY, _TITLE = 7.0, 8.0, 9.5, 17.0
_INK, _PALE, _RULE, _LINE = (17, 24, 39), (107, 114, 128), (229, 231, 235), (37, 99, 235)


class NoFont(Invalid):
    """No font of the machine can write the text."""

    code = "no_font"


def as_pdf(digest: Digest, *, fonts: Sequence[str] = FONTS) -> bytes:
    """Draw a digest; raises ``NoFont`` where the fonts lack one of its letters."""
    say = digest.terms.say
    rows, changes = figures_of(digest), changes_of(digest)
    facts, defined = list(digest.table.facts), _definitions(digest)
    texts = [*(text for row in (*rows, *changes) for text in row), *(text for fact in facts for text in fact), *defined]
    paper = _Paper(say(DIGEST_WORDS["page"]), _fonts_for("".join(texts) + digest.terms.report.name, fonts))
    paper.heading(digest.terms.report.name, _TITLE)
    # The definitions stand at the end, where there is room for them.
    for label, value in facts[: len(facts) - len(defined)]:
        paper.told(f"{label}: {value}", _SMALL, _PALE)
    if digest.link:
        paper.linked(say(DIGEST_WORDS["open"]), digest.link)
    headings = [say(WORDS[name]) for name in ("figure", "value", "before", "change")]
    paper.rows(headings, rows, [digest.trends.get(code, ()) for code in digest.table.frame["code"]])
    paper.heading(digest.changes.name, _BODY + 2)
    if changes:
        paper.rows(list(digest.changes.headings.values())[1:], changes, ())
    else:
        paper.told(say(DIGEST_WORDS["nothing"]), _BODY, _INK)
    paper.heading(digest.definitions.name, _BODY + 2)
    for text in defined:
        paper.told(text, _SMALL, _PALE)
    return bytes(paper.output())


def figures_of(digest: Digest) -> list[list[str]]:
    """What the table of figures says: a figure, its value, the one before and the change."""
    return [
        [row["figure"], _told(digest, row["unit"], row["value"]), _told(digest, row["unit"], row["before"]),
         _percent(digest, row["change"], sign=True)]
        for row in digest.table.frame.iter_rows(named=True)
    ]  # fmt: skip


def changes_of(digest: Digest) -> list[list[str]]:
    """What the table of changes says: a cut, its part, before, now and what it added to the change."""
    units = dict(digest.table.frame.select("figure", "unit").iter_rows())
    return [
        [row["cut"], row["part"] or NOTHING,
         *(_told(digest, units.get(row["figure"], ""), row[name]) for name in ("before", "now", "contribution"))]
        for row in digest.changes.frame.iter_rows(named=True)
    ]  # fmt: skip


def _definitions(digest: Digest) -> list[str]:
    rows = digest.definitions.frame.select("figure", "definition", "version").iter_rows()
    return [f"{figure}: {definition} ({version})" for figure, definition, version in rows]


def _told(digest: Digest, unit: str, value: float | None) -> str:
    locale = digest.terms.locale
    if value is None:
        return NOTHING
    if unit == "share":
        return _percent(digest, value)
    if unit == "money":
        return str(format_currency(value, digest.terms.currency, locale=locale))
    return str(format_decimal(round(value, 2), locale=locale))


def _percent(digest: Digest, value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return NOTHING
    told = str(format_percent(value, format="#,##0.0 %", locale=digest.terms.locale))
    return f"+{told}" if sign and value > 0 else told


@cache
def _letters(path: str) -> frozenset[int]:
    if not Path(path).is_file():
        return frozenset()
    font = TTCollection(path).fonts[0] if path.endswith(".ttc") else TTFont(path)
    return frozenset(font.getBestCmap() or ())


def _fonts_for(text: str, fonts: Iterable[str]) -> list[str]:
    """The fonts to write with: each has letters that those before it lack. Polish and Chinese are seldom in one."""
    missing, found = {ord(letter) for letter in text if letter.isprintable()} - {0x20}, []
    for path in fonts:
        if missing & _letters(path):
            found.append(path)
            missing -= _letters(path)
    if missing or not found:
        raise NoFont("The fonts of this machine lack letters of the text; install DejaVu Sans or Noto Sans CJK.")
    return found


class _Paper(FPDF):
    """A sheet of A4 with the number of its page."""

    def __init__(self, page_words: str, fonts: Sequence[str]) -> None:
        super().__init__(format="A4")
        self._page_words = page_words
        names = ["body", *(f"other{place}" for place in range(1, len(fonts)))]
        for name, path in zip(names, fonts, strict=True):
            self.add_font(name, fname=path)
        self.set_fallback_fonts(names[1:], exact_match=False)
        self.set_auto_page_break(auto=True, margin=16)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-12)
        self._write(_SMALL, _PALE)
        self.cell(text=self._page_words.format(page=self.page_no()))

    def heading(self, text: str, size: float) -> None:
        self.ln(3)
        self._write(size, _INK)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def told(self, text: str, size: float, color: tuple[int, int, int]) -> None:
        self._write(size, color)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def linked(self, text: str, address: str) -> None:
        self._write(_BODY, _LINE)
        self.cell(0, 6, text, link=address, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(self, headings: Sequence[str], rows: Sequence[Sequence[str]], courses: Sequence[Sequence[float]]) -> None:
        self.ln(2)
        self._row(headings, _PALE)
        for place, row in enumerate(rows):
            self._row(row, _INK, courses[place] if courses else ())

    def _row(self, cells: Sequence[str], color: tuple[int, int, int], course: Sequence[float] = ()) -> None:
        if self.will_page_break(_ROW):
            self.add_page()
        self._write(_BODY, color)
        left, top = self.l_margin, self.get_y()
        for place, (text, width) in enumerate(zip(cells, _WIDTHS, strict=False)):
            self.set_xy(left, top)
            self.cell(width, _ROW, self._fitting(text, width - 2), align="L" if place == 0 else "R")
            left += width
        if len(course) > 1:
            self._draw_course(course, self.l_margin + sum(_WIDTHS[:-1]) + 4, top + 1.2)
        self.set_draw_color(*_RULE)
        self.set_line_width(0.1)
        self.line(self.l_margin, top + _ROW, self.w - self.r_margin, top + _ROW)
        self.set_xy(self.l_margin, top + _ROW)

    def _draw_course(self, course: Sequence[float], left: float, top: float) -> None:
        low, high, tall, wide = min(course), max(course), _ROW - 2.4, _WIDTHS[-1] - 6
        step, span = wide / (len(course) - 1), (high - low) or 1.0
        points = [(left + step * at, top + tall * (1 - (value - low) / span)) for at, value in enumerate(course)]
        self.set_draw_color(*_LINE)
        self.set_line_width(0.3)
        self.polyline(points)

    def _fitting(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        kept = text
        while kept and self.get_string_width(f"{kept}…") > width:
            kept = kept[:-1]
        return f"{kept}…"

    def _write(self, size: float, color: tuple[int, int, int]) -> None:
        self.set_font("body", size=size)
        self.set_text_color(*color)
