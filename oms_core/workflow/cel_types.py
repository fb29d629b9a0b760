"""The types in a condition: what may be compared with what. A type that ends in ``?`` may be null. Pure."""

from collections.abc import Mapping

from oms_core.workflow.vocabulary import FieldType

TYPES: Mapping[FieldType, str] = {
    FieldType.NUMBER: "number", FieldType.TEXT: "text", FieldType.CHOICE: "text", FieldType.TRUTH: "truth",
    FieldType.WORDS: "words",
}  # fmt: skip
NUMERIC = {"number", "whole"}
# Functions by what they take, and what they give.
CALLS = {
    "size": ("text", "words", "lines"),
    "int": ("number", "whole"),
    "double": ("number", "whole"),
    "string": ("number", "whole", "text"),
}
GIVES = {"size": "whole", "int": "whole", "double": "number", "string": "text"}
_NAMES = {
    "truth": "true or false", "whole": "a whole number", "number": "a number", "words": "a list of texts",
    "lines": "the lines", "numbers": "a list of numbers",
}  # fmt: skip


def comparable(left: str, sign: str, right: str) -> bool:
    """Tell whether ``left sign right`` can be asked."""
    if "null" in (left, right):
        return sign in ("==", "!=") and (left.endswith("?") or right.endswith("?"))
    left, right = left.rstrip("?"), right.rstrip("?")
    if sign == "in":
        return (left in NUMERIC and right == "numbers") or (left == "text" and right == "words")
    if sign in ("==", "!="):
        return left == right in {"text", "truth"} or {left, right} <= NUMERIC
    return left == right == "text" or {left, right} <= NUMERIC


def said(kind: str) -> str:
    """Name a type for people."""
    return _NAMES.get(kind.rstrip("?"), kind)
