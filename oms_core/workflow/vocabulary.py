"""The vocabulary of rules: every field that a condition may name, and the shape of what it is judged by.

A condition is judged by a context of seven parts: ``order``, ``lines`` (one for each line, named ``line`` in a
condition), ``customer``, ``payments``, ``stock``, ``change`` and ``now``. The order is as it would be after the change.
Every number is a fraction (double), every field is always there; only a nullable one may be null. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oms_core.workflow.vocabulary_fields import CHANGES, TABLE

__all__ = ["CHANGES", "FIELDS", "FIELDS_BY_PATH", "Field", "FieldType", "context_of", "empty_line", "fields_of"]

PARTS = ("order", "customer", "payments", "stock", "change", "now")


class FieldType(StrEnum):
    """What a field holds; a choice is a text out of a known list, words are a list of texts."""

    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    TRUTH = "truth"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Field:
    """A field: ``line.…`` ones are of each line.

    ``choices`` are the codes of a choice; ``source`` names where they come from when they are data: order_types,
    channels, statuses, groups, reasons, roles or warehouses. ``is_cost`` marks what only they may see who see costs.
    """

    path: str
    type: FieldType
    title: str
    hint: str = ""
    is_nullable: bool = False
    choices: tuple[str, ...] = ()
    source: str = ""

    @property
    def part(self) -> str:
        """The part of the context it belongs to."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name within the part."""
        return self.path.partition(".")[2]

    @property
    def is_cost(self) -> bool:
        """Whether it tells what goods cost us."""
        return "margin" in self.name or "cost" in self.name

    @property
    def empty(self) -> Any:  # noqa: ANN401 - as the type says
        """What it holds where nothing is known."""
        if self.is_nullable:
            return None
        if self.type is FieldType.WORDS:
            return []
        return {FieldType.NUMBER: 0.0, FieldType.TRUTH: False}.get(self.type, "")


def _read(path: str, kind: str, title: str, hint: str, choices: str) -> Field:
    listed = choices if choices and not choices.startswith("@") else ""
    return Field(
        path, FieldType(kind.rstrip("?")), title, hint, is_nullable=kind.endswith("?"), source=choices.lstrip("@")
        if choices.startswith("@") else "", choices=tuple(listed.split()),
    )  # fmt: skip


FIELDS: tuple[Field, ...] = tuple(_read(*row) for row in TABLE)
FIELDS_BY_PATH: Mapping[str, Field] = {field.path: field for field in FIELDS}


def fields_of(part: str) -> list[Field]:
    """The fields of a part, ``line`` among them."""
    return [field for field in FIELDS if field.part == part]


def empty_line() -> dict[str, Any]:
    """A line of which nothing is known."""
    return {field.name: field.empty for field in fields_of("line")}


def context_of(
    parts: Mapping[str, Mapping[str, Any]] | None = None, lines: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A whole context: what is given, and for all else that nothing is known of it."""
    given = parts or {}
    context: dict[str, Any] = {
        part: {field.name: field.empty for field in fields_of(part)} | dict(given.get(part, {})) for part in PARTS
    }
    context["lines"] = [empty_line() | dict(line) for line in lines]
    return context
