"""Many conditions as one program: one native call answers them all, and no pattern is read twice."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from oms_core.workflow import cel_engine as cel
from oms_core.workflow.cel import Compiled, ConditionFailed, evaluate
from oms_core.workflow.plain_patterns import is_plain_text, plain_pattern

_MATCHED = "matched"  # the part of a context that tells which patterns match
_LONGEST_KEPT = 300  # longer texts are hardly ever the same again


class RuleProgram:
    """Conditions asked together.

    The engine reads a pattern anew for every order, which costs more than all else: those asked of a field of the
    order are matched beforehand and remembered by their text; by the same engine, but where both are plain.
    """

    def __init__(self, conditions: Sequence[Compiled]) -> None:
        self._patterns: dict[tuple[str, str], str] = {}
        texts = [f"({self._with_matches(condition)})" for condition in conditions]
        self._program = cel.compile("[" + ",\n".join(texts) + "]")

    def answers(self, context: Mapping[str, Any]) -> list[bool]:
        """Ask a context that has every field of the conditions; raises ``ConditionFailed`` when one cannot be told."""
        matched = {}
        for (path, pattern), name in self._patterns.items():
            part, _, field = path.partition(".")
            matched[name] = _matches(pattern, context[part][field])
        answers: list[bool] = evaluate(self._program, {**context, _MATCHED: matched})
        if not all(isinstance(answer, bool) for answer in answers):
            raise ConditionFailed("gave something else than true or false")
        return answers

    def _with_matches(self, condition: Compiled) -> str:
        text = condition.text
        for pattern in reversed(condition.patterns):
            if pattern.path:
                name = self._patterns.setdefault((pattern.path, pattern.text), f"m{len(self._patterns)}")
                text = f"{text[: pattern.start]}{_MATCHED}.{name}{text[pattern.end :]}"
        return text


def _matches(pattern: str, text: str) -> bool:
    plain = plain_pattern(pattern)
    if plain is not None and is_plain_text(text):
        return plain.search(text) is not None
    return _remembered(pattern, text) if len(text) <= _LONGEST_KEPT else _asked(pattern, text)


@lru_cache(maxsize=16_384)
def _remembered(pattern: str, text: str) -> bool:
    return _asked(pattern, text)


def _asked(pattern: str, text: str) -> bool:
    return bool(evaluate(_program(), {"text": text, "pattern": pattern}))


@lru_cache(maxsize=1)
def _program() -> cel.Program:
    return cel.compile("text.matches(pattern)")
