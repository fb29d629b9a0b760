"""Reading a condition: a careful subset of CEL, every name known, every type right, no more work than a line can bear.

What is not in here is refused when a rule is saved: maps, indexes, ``map`` and ``filter`` (they copy their list for
every line), loops within loops, patterns made of data. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oms_core.workflow.cel_types import CALLS, GIVES, NUMERIC, TYPES, comparable, said
from oms_core.workflow.cel_words import Kind, Walk, Word, bad_expression, text_of, words_of
from oms_core.workflow.vocabulary import FIELDS_BY_PATH, PARTS, Field

MOST_LOOPS, MOST_JOINS, MOST_PATTERNS, MOST_LISTED, LONGEST_PATTERN = 6, 10, 4, 100, 200

_ASKED = 6  # words of ``order.comment.matches(``
OF_LINES = "line.position"  # who asks for the lines at all, needs this of each
_LOOPS = ("all", "exists", "exists_one")
_ASKS_TEXT = ("contains", "startsWith", "endsWith")
_RESERVED = {*PARTS, *CALLS, "lines", "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for",
             "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void",
             "while"}  # fmt: skip
_COMPARED = ("==", "!=", "<", "<=", ">", ">=", "in")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in a condition; ``in_loop`` ones are matched once for each line.

    Where it is asked of a field of the order, ``path`` names that, and ``start`` to ``end`` is where it stands.
    """

    text: str
    in_loop: bool
    path: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Reading:
    """What a condition speaks of."""

    fields: set[str] = field(default_factory=set)
    patterns: list[Pattern] = field(default_factory=list)
    loops: int = 0
    joins: int = 0


def read_condition(text: str, vocabulary: Mapping[str, Field] = FIELDS_BY_PATH) -> Reading:
    """Read a condition through; raises ``Invalid`` (``bad_expression``) naming the first place at fault."""
    reader = _Reader(words_of(text), vocabulary)
    found = reader.choice()
    if reader.word.kind is not Kind.END:
        raise reader.fault("cannot go on like this")
    if found != "truth":
        raise bad_expression(f"must be true or false, not {said(found)}", 0, "")
    return reader.reading


class _Reader(Walk):
    """Goes through the words once, from the loosest binding to the tightest; every method returns the type found."""

    def __init__(self, words: list[Word], vocabulary: Mapping[str, Field]) -> None:
        super().__init__(words)
        self.vocabulary = vocabulary
        self.bound: dict[str, str] = {}
        self.reading = Reading()

    def choice(self) -> str:
        with self.deeper():
            asked = self.joined("||")
            if not self.takes("?"):
                return asked
            self._only(asked, "truth")
            first = self.choice()
            self.need(":")
            second = self.choice()
            if first != second:
                raise self.fault(f"gives {said(first)} in one case and {said(second)} in the other")
            return first

    def joined(self, sign: str) -> str:
        inner = self.compared if sign == "&&" else lambda: self.joined("&&")
        found = inner()
        while self.takes(sign):
            self._only(found, "truth")
            found = self._only(inner(), "truth")
        return found

    def compared(self) -> str:
        left = self.reckoned("+", "-")
        if (sign := self.takes(*_COMPARED)) is None:
            return left
        right = self.reckoned("+", "-")
        if not comparable(left, sign, right):
            raise self.fault(f"cannot ask {said(left)} {sign} {said(right)}")
        if self.word.text in _COMPARED and self.word.kind is not Kind.TEXT:
            raise self.fault("compares twice; join two comparisons by &&")
        return "truth"

    def reckoned(self, *signs: str) -> str:
        inner = self.signed if "*" in signs else lambda: self.reckoned("*", "/", "%")
        left = inner()
        while sign := self.takes(*signs):
            left, right = left.rstrip("?"), inner().rstrip("?")
            if {left, right} == NUMERIC:
                raise self.fault("mixes whole numbers and fractions: write 2.0 instead of 2, or double(…)")
            whole_only = sign == "%" and left != "whole"
            if left != right or whole_only or not (left in NUMERIC or (sign == "+" and left == "text")):
                raise self.fault(f"cannot reckon {said(left)} {sign} {said(right)}")
            self.reading.joins += left == "text"
            if left == "text" and (self.bound or self.reading.joins > MOST_JOINS):
                raise self.fault(f"joins texts within a loop, or more than {MOST_JOINS} times")
        return left

    def signed(self) -> str:
        with self.deeper():
            if self.takes("!"):
                return self._only(self.signed(), "truth")
            if self.takes("-"):
                return self._only(self.signed(), "number", "whole")
            return self.member()

    def member(self) -> str:
        found = self.primary()
        while self.takes("."):
            name = self.name()
            self.need("(")
            found = self._method(found, name)
        if self.word.text == "[" and self.word.kind is Kind.SIGN:
            raise self.fault("cannot take one of a list by its place; ask exists or all")
        return found

    def primary(self) -> str:
        word = self.word
        self.at += word.kind is not Kind.END
        if word.kind is Kind.TEXT:
            text_of(word)
            return "text"
        if word.kind in (Kind.NUMBER, Kind.WHOLE):
            if len(word.text) > 40 or float(word.text) > 1e15:
                raise self.fault("holds a number that is too large")
            return word.kind.value
        if word.kind is Kind.NAME:
            return self._named(word)
        if word.text == "(":
            found = self.choice()
            self.need(")")
            return found
        if word.text == "[":
            return self._listed()
        self.at -= word.kind is not Kind.END
        raise self.fault("cannot go on like this")

    def _named(self, word: Word) -> str:
        if word.text in ("true", "false"):
            return "truth"
        if word.text == "lines":
            self.reading.fields.add(OF_LINES)
        if word.text in ("null", "lines"):
            return word.text
        if word.text in CALLS and self.takes("("):
            return self._call(word)
        if word.text in PARTS or self.bound.get(word.text) == "line":
            self.need(".")
            return self._field("line" if word.text in self.bound else word.text, word)
        if word.text in self.bound:
            return self.bound[word.text]
        raise bad_expression("names what is unknown", word.place, word.text)

    def _field(self, part: str, word: Word) -> str:
        path = f"{part}.{self.name()}"
        if path not in self.vocabulary:
            raise bad_expression(f"names '{path}', which is no field", word.place, path)
        self.reading.fields.add(path)
        known = self.vocabulary[path]
        return TYPES[known.type] + ("?" if known.is_nullable else "")

    def _call(self, word: Word) -> str:
        self._only(self.choice(), *CALLS[word.text])
        self.need(")")
        return GIVES[word.text]

    def _method(self, of: str, name: str) -> str:
        if name in _LOOPS and of in ("lines", "words"):
            return self._loop("line" if of == "lines" else "text")
        if name == "size" and of in CALLS["size"]:
            self.need(")")
            return "whole"
        if of == "text" and name in _ASKS_TEXT:
            self._only(self.choice(), "text")
            self.need(")")
            return "truth"
        if of == "text" and name == "matches":
            return self._pattern()
        self.at -= 2
        raise self.fault(f"knows no '{name}' of {said(of)}")

    def _loop(self, of: str) -> str:
        if self.bound:
            raise self.fault("loops within a loop")
        self.reading.loops += 1
        if self.reading.loops > MOST_LOOPS:
            raise self.fault(f"holds more than {MOST_LOOPS} loops")
        name = self.name()
        if name in _RESERVED:
            raise self.fault(f"cannot call one of a list '{name}'")
        self.need(",")
        self.bound = {name: of}
        self._only(self.choice(), "truth")
        self.bound = {}
        self.need(")")
        return "truth"

    def _pattern(self) -> str:
        word = self.word
        if word.kind is not Kind.TEXT:
            raise self.fault("must match a pattern that is written out")
        self.at += 1
        self.need(")")
        pattern = text_of(word)
        if len(pattern) > LONGEST_PATTERN or len(self.reading.patterns) == MOST_PATTERNS:
            raise self.fault(f"holds a pattern beyond {LONGEST_PATTERN} characters or more than {MOST_PATTERNS}")
        asked, end = self.words[self.at - 8 : self.at - 2], self.words[self.at - 1].place + 1
        path = "".join(one.text for one in asked[:3])
        known = path if len(asked) == _ASKED and path in self.vocabulary and asked[0].text in PARTS else ""
        self.reading.patterns.append(Pattern(pattern, bool(self.bound), known, asked[0].place, end))
        return "truth"

    def _listed(self) -> str:
        kinds, count = set(), 0
        while not self.takes("]"):
            if count and not self.takes(","):
                raise self.fault("needs ','")
            word = self.word
            kinds.add(self.signed() if word.text == "-" and word.kind is Kind.SIGN else self.primary())
            count += 1
            if word.kind not in (Kind.TEXT, Kind.NUMBER, Kind.WHOLE) and word.text != "-":
                raise bad_expression("lists what is not written out", word.place, word.text)
            if count > MOST_LISTED:
                raise self.fault(f"lists more than {MOST_LISTED} values")
        if kinds != {"text"} and not (kinds and kinds <= NUMERIC):
            raise self.fault("lists texts or numbers, at least one")
        return "words" if "text" in kinds else "numbers"

    def _only(self, found: str, *wanted: str) -> str:
        if found.rstrip("?") not in wanted:
            raise self.fault(f"needs {said(wanted[0])}, not {said(found)}, before this")
        return found.rstrip("?")
