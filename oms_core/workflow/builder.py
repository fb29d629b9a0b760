"""The builder: a condition that people put together from fields, operators and values, written as CEL. Pure.

A condition is a group, a comparison, or a saying about lines::

    {"all" | "any" | "none": [condition, …]}
    {"field": "order.total", "operator": "ge", "value": 100}      or "other": the field to compare with
    {"lines": "any" | "every" | "none", "where": condition over line.… fields}

Where a field is null a comparison does not hold; ask ``is_unknown`` for that.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from oms_core.errors import Invalid
from oms_core.workflow.vocabulary import FIELDS_BY_PATH, Field, FieldType

DEEPEST, MOST = 6, 60  # groups within groups, comparisons in all

_ORDERED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_MEMBER = {"in": "{0} in {1}", "not_in": "!({0} in {1})"}
_TEXTUAL = {
    "contains": "{0}.contains({1})", "not_contains": "!{0}.contains({1})", "starts_with": "{0}.startsWith({1})",
    "ends_with": "{0}.endsWith({1})", "matches": "{0}.matches({1})", "not_matches": "!{0}.matches({1})",
}  # fmt: skip
_WORDS = {"has": "{1} in {0}", "has_not": "!({1} in {0})"}
# What each type may be asked, in the order it is offered; the last ones take no value.
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.NUMBER: (*_ORDERED, "between"),
    FieldType.TEXT: ("eq", "ne", *_MEMBER, *_TEXTUAL, "is_empty", "is_not_empty"),
    FieldType.CHOICE: ("eq", "ne", *_MEMBER, "is_empty", "is_not_empty"),
    FieldType.TRUTH: ("is_true", "is_false"),
    FieldType.WORDS: (*_WORDS, "is_empty", "is_not_empty"),
}
UNARY = {
    "is_true": "{0}", "is_false": "!{0}", "is_empty": '{0} == ""', "is_not_empty": '{0} != ""',
    "is_known": "{0} != null", "is_unknown": "{0} == null",
}  # fmt: skip
_GROUPS = {"all": " && ", "any": " || ", "none": " || "}
_LINES = {"any": "lines.exists(line, {0})", "every": "lines.all(line, {0})", "none": "!lines.exists(line, {0})"}


def operators_of(field: Field) -> tuple[str, ...]:
    """What may be asked of a field."""
    return (*OPERATORS[field.type], *(("is_known", "is_unknown") if field.is_nullable else ()))


def to_cel(builder: Mapping[str, Any]) -> str:
    """Write a condition as CEL; raises ``Invalid`` (``bad_condition``), its row names the place at fault."""
    written = _condition(builder, "", depth=0, of_line=False)
    if _count(builder) > MOST:
        raise _fault("", f"may hold at most {MOST} comparisons")
    return written


def _condition(part: object, place: str, *, depth: int, of_line: bool) -> str:
    if not isinstance(part, Mapping):
        raise _fault(place, "must be a condition")
    if depth > DEEPEST:
        raise _fault(place, f"groups may be nested {DEEPEST} deep")
    for name, joint in _GROUPS.items():
        if name in part:
            return _group(part[name], name, joint, place, depth=depth, of_line=of_line)
    if "lines" in part:
        return _of_lines(part, place, depth=depth, of_line=of_line)
    return _comparison(part, place, of_line=of_line)


def _group(parts: object, name: str, joint: str, place: str, *, depth: int, of_line: bool) -> str:
    where = f"{place}{name}"
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
        raise _fault(where, "must hold at least one condition")
    written = [
        _condition(part, f"{where}[{index}].", depth=depth + 1, of_line=of_line) for index, part in enumerate(parts)
    ]
    joined = joint.join(written)
    if name == "none":
        return f"!({joined})"
    return f"({joined})" if depth and len(written) > 1 else joined


def _of_lines(part: Mapping[str, Any], place: str, *, depth: int, of_line: bool) -> str:
    pattern = _LINES.get(str(part["lines"]))
    if pattern is None:
        raise _fault(f"{place}lines", "must be any, every or none")
    if of_line:
        raise _fault(f"{place}lines", "cannot stand within a condition on lines")
    return pattern.format(_condition(part.get("where"), f"{place}where.", depth=depth + 1, of_line=True))


def _comparison(part: Mapping[str, Any], place: str, *, of_line: bool) -> str:
    field = FIELDS_BY_PATH.get(str(part.get("field")))
    if field is None:
        raise _fault(f"{place}field", f"'{part.get('field')}' is no field")
    if field.part == "line" and not of_line:
        raise _fault(f"{place}field", "a field of lines needs a condition on lines around it")
    operator = str(part.get("operator"))
    if operator not in operators_of(field):
        raise _fault(f"{place}operator", f"'{operator}' cannot be asked of {field.path}")
    if operator in UNARY:
        if field.type is FieldType.WORDS:
            return f"{field.path}.size() {'==' if operator == 'is_empty' else '>'} 0"
        return UNARY[operator].format(field.path)
    other = _other(part, field, place, of_line=of_line)
    guards = [f"{one.path} != null && " for one in (field, other) if one is not None and one.is_nullable]
    said = other.path if other else None
    written = _asked(field, operator, part.get("value"), said, place)
    return f"({''.join(guards)}{written})" if guards else written


def _other(part: Mapping[str, Any], field: Field, place: str, *, of_line: bool) -> Field | None:
    if "other" not in part:
        return None
    other = FIELDS_BY_PATH.get(str(part["other"]))
    if other is None or (other.part == "line" and not of_line):
        raise _fault(f"{place}other", f"'{part['other']}' is no field to compare with")
    texts = (FieldType.TEXT, FieldType.CHOICE)
    if other.type is not field.type and not (other.type in texts and field.type in texts):
        raise _fault(f"{place}other", f"{field.path} cannot be compared with {other.path}")
    if part.get("operator") not in _ORDERED:
        raise _fault(f"{place}operator", "cannot compare two fields")
    return other


def _asked(field: Field, operator: str, value: object, other: str | None, place: str) -> str:
    if operator == "between":
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
            raise _fault(f"{place}value", "must be two numbers")
        low, high = (_literal(field, one, place) for one in value)
        return f"({field.path} >= {low} && {field.path} <= {high})"
    if operator in _MEMBER:
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise _fault(f"{place}value", "must be a list with at least one value")
        listed = f"[{', '.join(_literal(field, one, place) for one in value)}]"
        return _MEMBER[operator].format(field.path, listed)
    said = other or _literal(field, value, place)
    if operator in _ORDERED:
        return f"{field.path} {_ORDERED[operator]} {said}"
    return (_TEXTUAL | _WORDS)[operator].format(field.path, said)


def _literal(field: Field, value: object, place: str) -> str:
    if field.type is FieldType.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**12:
            raise _fault(f"{place}value", "must be a number")
        return repr(float(value)) if isinstance(value, float) and not value.is_integer() else str(int(value))
    if not isinstance(value, str) or "\0" in value:
        raise _fault(f"{place}value", "must be text")
    if field.choices and value not in field.choices:
        raise _fault(f"{place}value", f"must be one of {', '.join(field.choices)}")
    return json.dumps(value, ensure_ascii=False)


def _count(part: object) -> int:
    if isinstance(part, Mapping):
        inner = [part[name] for name in (*_GROUPS, "where") if name in part]
        return sum(map(_count, inner)) or 1
    if isinstance(part, Sequence) and not isinstance(part, str):
        return sum(_count(one) for one in part)
    return 1


def _fault(place: str, message: str) -> Invalid:
    where = f"builder.{place}".rstrip(".")
    return Invalid(
        f"This condition cannot be used: {where} {message}.",
        code="bad_condition",
        rows=[{"field": where, "value": None, "message": message}],
    )
