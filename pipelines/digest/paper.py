"""The sheet a digest is drawn on: headings, sentences, links and rows with the course of a figure in lines."""

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos

SMALL, BODY, TITLE = 8.0, 9.5, 17.0
INK, PALE, _RULE, _LINE = (17, 24, 39), (107, 114, 128), (229, 231, 235), (37, 99, 235)
_ROW = 7.0
_WIDTHS = (62.0, 34.0, 34.0, 22.0, 38.0)


class Paper(FPDF):
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
        self._write(SMALL, PALE)
        self.cell(text=self._page_words.format(page=self.page_no()))

    def heading(self, text: str, size: float) -> None:
        self.ln(3)
        self._write(size, INK)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def told(self, text: str, size: float, color: tuple[int, int, int]) -> None:
        self._write(size, color)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def linked(self, text: str, address: str) -> None:
        self._write(BODY, _LINE)
        self.cell(0, 6, text, link=address, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(self, headings: Sequence[str], rows: Sequence[Sequence[str]], courses: Sequence[Sequence[float]]) -> None:
        self.ln(2)
        self._row(headings, PALE)
        for place, row in enumerate(rows):
            self._row(row, INK, courses[place] if courses else ())

    def _row(self, cells: Sequence[str], color: tuple[int, int, int], course: Sequence[float] = ()) -> None:
        if self.will_page_break(_ROW):
            self.add_page()
        self._write(BODY, color)
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
