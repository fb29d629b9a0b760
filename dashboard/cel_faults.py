"""Why an expression cannot be used, in the session's language."""

from dashboard import display
from dashboard.retelling import pattern_of, retold
from dashboard.translation import n_

FAULTS = tuple(
    (pattern_of(words), words)
    for words in (
        n_("names '{path}', which is no field"), n_("names what is unknown"), n_("cannot be read"),
        n_("cannot go on like this"), n_("needs ','"), n_("takes too long"), n_("loops within a loop"),
        n_("is longer than {count} characters"), n_("holds more than {count} words"),
        n_("holds more than {count} loops"), n_("lists more than {count} values"),
        n_("compares twice; join two comparisons by &&"), n_("holds a number that is too large"),
        n_("must match a pattern that is written out"), n_("lists texts or numbers, at least one"),
        n_("mixes whole numbers and fractions: write 2.0 instead of 2, or double(…)"),
        n_("cannot take one of a list by its place; ask exists or all"),
        n_("holds a pattern that takes too long"), n_("lists what is not written out"),
    )
)  # fmt: skip


def fault_words(message: str) -> str:
    """Say what the core found at fault, safe to show as Markdown; what has no words here is said as it is."""
    return retold(message, FAULTS, display.plain) or display.plain(message)
