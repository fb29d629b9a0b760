"""A digest as PDF: a table with the course of every figure drawn in lines, what changed, and the definitions.

No font comes with us: those of the machine are used that have every letter of the text between them.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from babel.numbers import format_currency, format_decimal, format_percent

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


class NoFont(Invalid):
    """No font of the machine can write the text."""

    code = "no_font"


def as_pdf(digest: Digest, *, fonts: Sequence[str] = FONTS) -> bytes:
    """Draw a digest; raises ``NoFont`` where the fonts lack one of its letters."""
    from pipelines.digest.paper import BODY, INK, PALE, SMALL, TITLE, Paper  # what draws is slow to load

    say = digest.terms.say
    rows, changes = figures_of(digest), changes_of(digest)
    facts, defined = list(digest.table.facts), _definitions(digest)
    texts = [*(text for row in (*rows, *changes) for text in row), *(text for fact in facts for text in fact), *defined]
    paper = Paper(say(DIGEST_WORDS["page"]), _fonts_for("".join(texts) + digest.terms.report.name, fonts))
    paper.heading(digest.terms.report.name, TITLE)
    # The definitions stand at the end, where there is room for them.
    for label, value in facts[: len(facts) - len(defined)]:
        paper.told(f"{label}: {value}", SMALL, PALE)
    if digest.link:
        paper.linked(say(DIGEST_WORDS["open"]), digest.link)
    headings = [say(WORDS[name]) for name in ("figure", "value", "before", "change")]
    paper.rows(headings, rows, [digest.trends.get(code, ()) for code in digest.table.frame["code"]])
    paper.heading(digest.changes.name, BODY + 2)
    if changes:
        paper.rows(list(digest.changes.headings.values())[1:], changes, ())
    else:
        paper.told(say(DIGEST_WORDS["nothing"]), BODY, INK)
    paper.heading(digest.definitions.name, BODY + 2)
    for text in defined:
        paper.told(text, SMALL, PALE)
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
    from fontTools.ttLib import TTCollection, TTFont

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
