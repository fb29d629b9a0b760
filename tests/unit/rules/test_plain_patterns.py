"""Plain patterns: Python's engine answers in place of that of the conditions, so it must answer alike."""

import string

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.workflow.plain_patterns import LONGEST_TEXT, is_plain_text, plain_pattern

_ENGINE = cel.compile("text.matches(pattern)")
_PLAIN_TEXT = "".join(letter for letter in string.printable if letter != "\n")
_LETTERS = "abcKS019 @_:-"
_ATOMS = st.sampled_from(
    (*_LETTERS, ".", "[0-9]", "[a-f]", "[^@ ]", "[^a-c]", "[+]", "[0-9 ()./-]", "[a-]", "(ab|k)", "(test|0 1)")
)
_REPEATS = st.sampled_from(("", "", "?", "*", "+", "{2}", "{1,2}", "{0,}"))


@st.composite
def _patterns(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        words = draw(st.lists(st.sampled_from((*_LETTERS, "(ab|k)", "(test|s)")), max_size=4))
        return "(?i)" + draw(st.sampled_from(("", "^"))) + "".join(words) + draw(st.sampled_from(("", "$")))
    atoms = draw(st.lists(_ATOMS, max_size=6))
    parts = [atom if atom.startswith("(") else atom + draw(_REPEATS) for atom in atoms]
    return draw(st.sampled_from(("", "^"))) + "".join(parts) + draw(st.sampled_from(("", "$")))


@settings(max_examples=2_000, deadline=None)
@given(_patterns(), st.text(alphabet=st.one_of(st.sampled_from(_LETTERS), st.sampled_from(_PLAIN_TEXT)), max_size=12))
def test_both_engines_answer_a_plain_pattern_alike(pattern: str, text: str) -> None:
    plain = plain_pattern(pattern)
    if plain is None:  # too many repeats
        return
    assert is_plain_text(text)
    assert (plain.search(text) is not None) is _ENGINE.execute({"text": text, "pattern": pattern})


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]", "^[+]?[0-9][0-9 ()./-]{5,18}[0-9]$", "^[^@ ]+@[^@ ]+[.][^@ .]+$", "(?i)^(test|asdf|qwerty)",
        "[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}",
    ],
)  # fmt: skip
def test_what_the_library_asks_is_plain(pattern: str) -> None:
    assert plain_pattern(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d", r"\w+", r"\bx", "(a+)+", "(a|b)*", "a++", "a+?", "a{2}{3}", "[[:alpha:]]", "[a&&b]", "[a--b]", "(?s).",
        "(?i)[a-z]", "(?:a)", "a|b", "^a$b^", "[z-a]", "a{3,2}", "a{1000}", "a*b*c*d*", "é", "a^b", "#",
    ],
)  # fmt: skip
def test_what_the_engines_may_read_differently_is_left_to_that_of_the_conditions(pattern: str) -> None:
    assert plain_pattern(pattern) is None


@pytest.mark.parametrize("text", ["a\n", "Straße", "\u212a", "x" * (LONGEST_TEXT + 1)])
def test_texts_on_which_they_may_differ_are_not_plain(text: str) -> None:
    assert not is_plain_text(text)
