"""Words on screens: gettext catalogues read at the first use, the language chosen per session."""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dashboard.identity import person
from oms_core.errors import OmsError

LANGUAGES = {"en": "English", "ru": "Русский", "pl": "Polski", "zh": "中文"}
LANGUAGE_KEY = "lang"
CATALOGUES = Path(__file__).parent / "locale"
_SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


def language() -> str:
    """Language of the running session: chosen in the sidebar or named in the address, else the person's own."""
    if spoken := _SPOKEN.get():
        return spoken
    chosen = st.session_state.get(LANGUAGE_KEY) or st.query_params.get(LANGUAGE_KEY) or persons_language()
    return chosen if chosen in LANGUAGES else "en"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Say everything in this language meanwhile: for answers that are no page of Streamlit's."""
    token = _SPOKEN.set(code)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def persons_language() -> str:
    """Language of the person signed in, or the browser's where nobody is."""
    try:
        chosen = person().locale[:2]
    except OmsError:
        return browser_language()
    return chosen if chosen in LANGUAGES else "en"


def browser_language() -> str:
    """Language the browser asks for, or English where we do not speak it."""
    locale = st.context.locale
    code = locale[:2].lower() if isinstance(locale, str) else "en"
    return code if code in LANGUAGES else "en"


def babel_locale() -> str:
    """Locale by which numbers, money and dates are written."""
    return {"en": "en_GB", "zh": "zh_Hans_CN"}.get(language(), language())


def _(message: str) -> str:
    """Say ``message``, written in English in the source, in the session's language."""
    return translations(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """Say the form that ``count`` needs; the caller fills the count in."""
    return translations(language()).ngettext(singular, plural, count)


def n_(message: str) -> str:
    """Mark ``message`` for the catalogues and leave it as it is: for constants that are said later by ``_``."""
    return message


@cache
def translations(code: str) -> gettext.NullTranslations:
    """Catalogues of a language as one: every ``*.po`` of its folder; English is the source and has none."""
    result = gettext.NullTranslations()
    for file in sorted((CATALOGUES / code / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=code)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = gettext.GNUTranslations(compiled)
        loaded.add_fallback(result)
        result = loaded
    return result
