"""Orders that a condition is tried on before it is saved: an empty one, a plain one, the largest there may be. Pure."""

from collections.abc import Iterable
from typing import Any

from oms_core.workflow.vocabulary import PARTS, Field, FieldType, context_of, fields_of

MOST_LINES = 200
_LONG = {"order.comment": 10_000, "change.text": 2_000, "order.address": 500}


def sample_contexts() -> list[dict[str, Any]]:
    """Contexts at the edges: nothing known, everything one, everything large, everything large but null where it may be."""  # noqa: E501
    return [
        context_of(),
        _context(_plain, lines=1),
        _context(_large, lines=MOST_LINES),
        _context(lambda field: None if field.is_nullable else _large(field), lines=1),
    ]


def _context(value: Any, *, lines: int) -> dict[str, Any]:  # noqa: ANN401 - a function of a field
    def part(fields: Iterable[Field]) -> dict[str, Any]:
        return {field.name: value(field) for field in fields}

    return context_of({name: part(fields_of(name)) for name in PARTS}, [part(fields_of("line"))] * lines)


def _plain(field: Field) -> Any:  # noqa: ANN401 - as the type says
    values = {FieldType.NUMBER: 1.0, FieldType.TRUTH: True, FieldType.WORDS: ["a"]}
    return values.get(field.type, field.choices[0] if field.choices else "a")


def _large(field: Field) -> Any:  # noqa: ANN401 - as the type says
    text = "a" * _LONG.get(field.path, 200)
    values = {FieldType.NUMBER: 1e9, FieldType.TRUTH: False, FieldType.WORDS: ["a" * 40] * 20}
    return values.get(field.type, field.choices[-1] if field.choices else text)
