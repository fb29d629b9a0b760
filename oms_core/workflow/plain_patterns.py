"""Patterns so plain that Python's own engine answers as that of the conditions does, in a hundredth of the time."""

import re
from functools import lru_cache

LONGEST_TEXT = 100
_MOST_REPEATS = 3  # each repeat that may give back what it took multiplies the time

_LITERAL = r"[A-Za-z0-9 @_,:;/<>=!%-]"
_CLASS = r"\[\^?(?!-)(?:(?!--)[A-Za-z0-9 @_,:;/().+-])+\]"
_REPEAT = r"(?:[?*+]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})"
_WORDS = rf"\({_LITERAL}+(?:\|{_LITERAL}+)*\)"
_PLAIN = re.compile(rf"\^?(?:{_WORDS}|(?:{_LITERAL}|\.|{_CLASS}){_REPEAT}?)*\$?")
_OF_ANY_CASE = re.compile(rf"\(\?i\)\^?(?:{_WORDS}|{_LITERAL})*\$?")
_OPEN_REPEAT = re.compile(r"[*+]|\{[0-9]+,")


def is_plain_text(text: str) -> bool:
    """Tell whether a text is one on which both engines agree: in more of Unicode, and at line ends, they differ."""
    return len(text) <= LONGEST_TEXT and text.isascii() and "\n" not in text


@lru_cache(maxsize=512)
def plain_pattern(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern of letters, digits, classes and simple repeats; None where it says more than that.

    It is to be searched for in plain texts only.
    """
    if not (_PLAIN.fullmatch(pattern) or _OF_ANY_CASE.fullmatch(pattern)):
        return None
    outside_classes = re.sub(r"\[[^]]*\]", "x", pattern)
    if len(_OPEN_REPEAT.findall(outside_classes)) > _MOST_REPEATS:
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None
