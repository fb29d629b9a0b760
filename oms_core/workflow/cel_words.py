"""The words of an expression: cut apart, strings read, everything that a condition never needs refused. Pure."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from oms_core.errors import Invalid

LONGEST, MOST_WORDS, DEEPEST = 2_000, 500, 40

_WORD = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    |(?P<whole>[0-9]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[<>!+\-*/%?:().,\[\]])""",
    re.VERBOSE,
)


class Kind(StrEnum):
    """What a word is."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, and where it begins."""

    kind: Kind
    text: str
    place: int


def words_of(text: str) -> list[Word]:
    """Cut an expression apart, the end included; raises ``Invalid`` (``bad_expression``) where it cannot be read."""
    if len(text) > LONGEST:
        raise bad_expression(f"is longer than {LONGEST} characters", 0, "")
    words, place = [], 0
    while place < len(text):
        found = _WORD.match(text, place)
        if found is None:
            raise bad_expression("cannot be read", place, text[place : place + 12])
        kind, said = str(found.lastgroup), found.group()
        if kind != "space":
            words.append(Word(Kind(kind), said, place))
            _refuse_touching(words)
        if len(words) > MOST_WORDS:
            raise bad_expression(f"holds more than {MOST_WORDS} words", place, said)
        place = found.end()
    return [*words, Word(Kind.END, "", place)]


def text_of(word: Word) -> str:
    """Read a quoted text; raises ``Invalid`` for an escape that is none."""
    try:
        return str(ast.literal_eval(word.text))
    except (SyntaxError, ValueError) as error:
        raise bad_expression("is no text", word.place, word.text) from error


def bad_expression(message: str, place: int, said: str) -> Invalid:
    """The refusal of an expression: what is wrong, at which character, at which word."""
    at = f" at character {place + 1} ('{said[:40]}')" if said else ""
    row = {"field": "expression", "value": said[:60], "message": message, "place": place + 1}
    return Invalid(f"The condition {message}{at}.", code="bad_expression", rows=[row])


def _refuse_touching(words: list[Word]) -> None:
    """A name that touches a text or number (``r"…"``, ``b"…"``, ``1u``, ``0x1``) means another kind of literal."""
    if len(words) < 2:
        return
    before, word = words[-2:]
    touches = before.place + len(before.text) == word.place
    literal = {Kind.TEXT, Kind.NUMBER, Kind.WHOLE}
    names = Kind.NAME in (before.kind, word.kind)
    if touches and ((names and {before.kind, word.kind} & literal) or {before.kind, word.kind} <= literal):
        raise bad_expression("knows plain numbers and texts in quotes alone", before.place, before.text + word.text)


class Walk:
    """A way through the words, one by one."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0

    @property
    def word(self) -> Word:
        """The next word."""
        return self.words[self.at]

    def fault(self, message: str) -> Invalid:
        """The refusal that names the next word."""
        return bad_expression(message, self.word.place, self.word.text or "the end")

    def takes(self, *signs: str) -> str | None:
        """Step over the word if it is one of these; a text in quotes never is."""
        if self.word.kind in (Kind.SIGN, Kind.NAME) and self.word.text in signs:
            self.at += 1
            return self.words[self.at - 1].text
        return None

    def need(self, sign: str) -> None:
        """Step over the sign, which must be there."""
        if not self.takes(sign):
            raise self.fault(f"needs '{sign}'")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count one level of nesting while inside."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"is nested more than {DEEPEST} deep")
        yield
        self.depth -= 1

    def name(self) -> str:
        """Step over a name, which must be there, and return it."""
        if self.word.kind is not Kind.NAME:
            raise self.fault("needs a name")
        self.at += 1
        return self.words[self.at - 1].text
