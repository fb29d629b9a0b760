"""Sentences that the core writes for programs and the journal, told again in the session's language."""

import re
from collections.abc import Callable, Mapping, Sequence

from dashboard.translation import _

_BLANK = re.compile(r"\\\{(\w+)\\\}")


def pattern_of(words: str) -> re.Pattern[str]:
    """The sentences that fill the blanks of ``words`` somehow."""
    return re.compile(_BLANK.sub(r"(?P<\1>.+)", re.escape(words)))


def retold(sentence: str, known: Sequence[tuple[re.Pattern[str], str]], said: Callable[[str], str] = str) -> str | None:
    """Tell a sentence again with what stood in its blanks, each ``said``; None where it is not known."""
    for pattern, words in known:
        if found := pattern.fullmatch(sentence):
            blanks: Mapping[str, str] = {name: said(part) for name, part in found.groupdict().items()}
            return _(words).format(**blanks)
    return None
