"""How the faults of rows that an import rejects are said: each sentence of the import in the reader's language."""

import re

from dashboard.refusals import SENTENCES
from dashboard.translation import _, n_

_VALUE = r"(?P<value>.*) "
_SAID = {
    r"is empty": n_("is empty"),
    r"is longer than (?P<number>\d+) characters": n_("is longer than {number} characters"),
    _VALUE + r"is not a number": n_("{value} is not a number"),
    _VALUE + r"is not a whole number": n_("{value} is not a whole number"),
    _VALUE + r"is not a date and time": n_("{value} is not a date and time"),
    r"is not between the years (?P<first>\d+) and (?P<last>\d+)": n_("is not between the years {first} and {last}"),
    r"must be at least (?P<number>\S+)": n_("must be at least {number}"),
    r"must be above (?P<number>\S+)": n_("must be above {number}"),
    r"is too large": n_("is too large"),
    r"has more than (?P<number>\d+) decimals": n_("has more than {number} decimals"),
    r"must be a fraction: 0\.23 is 23 %": n_("must be a fraction: 0.23 is 23 %"),
    r"is more than ten years": n_("is more than ten years"),
    r"is more than the line is worth": n_("is more than the line is worth"),
    r"is a duplicate: .*": n_("is a duplicate of an earlier row"),
    r"names no product that went in": n_("there is no such product"),
    r"names no warehouse that went in": n_("there is no such warehouse"),
    r"names no customer that went in": n_("there is no such customer"),
    r"names no order that went in": n_("there is no such order"),
    r"names no seller that went in": n_("there is no such seller"),
    _VALUE + r"is no status": n_("{value} is no status"),
    r"text that is not UTF-8": n_("text that cannot be read in this encoding"),
}
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _SAID.items())


def fault_words(code: str, reason: str) -> str:
    """Say why a row does not go in; what a refused order is refused for is said by its code."""
    for pattern, words in _PATTERNS:
        if match := pattern.fullmatch(reason):
            return _(words).format(**match.groupdict())
    sentence = SENTENCES.get(code, "{")
    return reason if "{" in sentence else _(sentence)
