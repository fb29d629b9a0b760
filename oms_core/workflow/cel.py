"""Conditions in CEL: refused when saved if wrong, slow or hostile, then compiled once and asked often.

Limits: 2,000 characters, 500 words, 40 levels, 6 loops and none within another, 10 texts joined and none in a loop,
4 patterns of 200 characters, lists of 100; on an order of 200 lines no more than 10 ms, a pattern no more than 2 ms,
within a loop 0.05 ms.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from oms_core.errors import Invalid
from oms_core.workflow import cel_engine as cel
from oms_core.workflow import cel_trial
from oms_core.workflow.cel_reading import Pattern, Reading, read_condition
from oms_core.workflow.cel_words import bad_expression
from oms_core.workflow.samples import sample_contexts
from oms_core.workflow.vocabulary import FIELDS_BY_PATH, Field

SLOWEST_MS, SLOWEST_PATTERN_MS, SLOWEST_PATTERN_IN_LOOP_MS = 10.0, 2.0, 0.05
_TRIAL_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition ready to be asked; ``fields`` are the paths it speaks of, ``patterns`` what they are matched with."""

    text: str
    fields: frozenset[str]
    program: cel.Program
    patterns: tuple[Pattern, ...] = ()

    def holds(self, context: dict[str, Any]) -> bool:
        """Ask it of a whole context; raises ``ConditionFailed`` where it cannot be told."""
        return _truth(evaluate(self.program, context))


class ConditionFailed(Exception):
    """A condition could not be judged of an order: a fault in the condition, never the order's."""


def compile_condition(text: str, vocabulary: Mapping[str, Field] = FIELDS_BY_PATH) -> Compiled:
    """Check a condition as thoroughly as saving one asks for, a trial in a process of its own included.

    Raises ``Invalid`` (``bad_expression``): wrong syntax, an unknown name, not true or false, beyond a limit, too slow.
    """
    reading = read_condition(text, vocabulary)
    _refuse_tried(text, reading, try_conditions([text], [pattern.text for pattern in reading.patterns]))
    return Compiled(text, frozenset(reading.fields), cel.compile(text), tuple(reading.patterns))


def load_condition(text: str, vocabulary: Mapping[str, Field] = FIELDS_BY_PATH) -> Compiled:
    """Compile a condition that was saved before; raises ``ConditionFailed`` where it no longer can be."""
    try:
        reading = read_condition(text, vocabulary)
        return Compiled(text, frozenset(reading.fields), cel.compile(text), tuple(reading.patterns))
    except (Invalid, ValueError) as error:
        raise ConditionFailed(str(error)) from error


def evaluate(program: cel.Program, context: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the program gives
    """Run a program; raises ``ConditionFailed`` for whatever goes wrong in it."""
    try:
        return program.execute(context)
    except (RuntimeError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise ConditionFailed(f"{type(error).__name__}: {error}") from error


def try_conditions(texts: Sequence[str], patterns: Sequence[str] = ()) -> dict[str, list[tuple[str, str, float]]]:
    """Try conditions and patterns on the sample orders in a process of its own: how each went.

    Raises ``Invalid`` when that process did not come back.
    """
    asked = f'{{"expressions": {json.dumps(texts)}, "patterns": {json.dumps(patterns)}, "contexts": {_samples()}}}'
    command = [sys.executable, "-I", str(Path(cel_trial.__file__))]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script
            command, input=asked, capture_output=True, text=True, timeout=_TRIAL_SECONDS, check=True
        )
    except subprocess.SubprocessError as error:
        raise bad_expression("takes too long", 0, "") from error
    return dict(json.loads(done.stdout))


def _refuse_tried(text: str, reading: Reading, tried: Mapping[str, Sequence[tuple[str, str, float]]]) -> None:
    outcome, message, milliseconds = tried["expressions"][0]
    if outcome != "fine":
        told = "asks for what may be null; ask whether it is null first" if "overload" in message else message[:200]
        raise bad_expression(f"fails on a sample order: {told}", 0, text[:40])
    if milliseconds > SLOWEST_MS:
        raise bad_expression(f"takes {milliseconds:.0f} ms on a large order, at most {SLOWEST_MS:.0f} may be", 0, "")
    for pattern, (outcome, message, milliseconds) in zip(reading.patterns, tried["patterns"], strict=True):
        if outcome != "fine":
            raise bad_expression(f"holds a pattern that cannot be read: {message[:200]}", 0, pattern.text)
        if milliseconds > (SLOWEST_PATTERN_IN_LOOP_MS if pattern.in_loop else SLOWEST_PATTERN_MS):
            raise bad_expression("holds a pattern that takes too long", 0, pattern.text)


def _truth(found: object) -> bool:
    if not isinstance(found, bool):
        raise ConditionFailed(f"gave {found!r}, not true or false")
    return found


@cache
def _samples() -> str:
    return json.dumps(sample_contexts())
