"""What a digest says in its reader's language: the catalogues that the pages speak by, read as data."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from babel.messages.pofile import read_po

from pipelines.metric_tables import Say

_LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}


def say_in(language: str) -> Say:
    """Return what says an English text in a language; a text without words of that language stays English."""
    words = _words(language)
    return lambda text: words.get(text) or text


def locale_of(language: str) -> str:
    """By which customs numbers are written."""
    return _LOCALES.get(language, language)


@cache
def _words(language: str) -> dict[str, str]:
    folder = Path(str(files("dashboard"))) / "locale" / language / "LC_MESSAGES"
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.po")):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=language)
        found |= {str(entry.id): entry.string for entry in catalogue if entry.string and isinstance(entry.string, str)}
    return found
