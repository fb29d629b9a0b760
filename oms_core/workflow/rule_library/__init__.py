"""The library of validation rules to switch on, each with an order that it refuses and one that it passes."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, find_actor
from oms_core.workflow.rule_models import ValidationRule
from oms_core.workflow.validation import add_templates

_THEMES = ("contacts", "money", "goods", "flow", "delivery")


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """A rule as a document to save; ``refuses`` and ``passes`` are what differs from a sound order, by part."""

    theme: str
    document: Mapping[str, Any]
    refuses: Mapping[str, Any]
    passes: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code of the rule."""
        return str(self.document["code"])


@cache
def rule_library() -> tuple[LibraryRule, ...]:
    """Every rule of the library, in the order they are asked."""
    return tuple(_read())


def seed_rule_library(session: Session) -> None:
    """Put the library among the shop's rules, switched off; a rule that is there already stays as it is."""
    known = set(session.scalars(select(ValidationRule.code)))
    new = [rule.document for rule in rule_library() if rule.code not in known]
    now = session.scalars(select(func.now())).one()
    add_templates(session, new, actor=find_actor(session, SYSTEM), now=now, note="library")


def _read() -> Iterator[LibraryRule]:
    position = 0
    for theme in _THEMES:
        written = tomllib.loads(Path(__file__).with_name(f"{theme}.toml").read_text(encoding="utf-8"))
        for code, rule in written.items():
            position += 10
            refuses, passes = rule.pop("refuses"), rule.pop("passes")
            yield LibraryRule(theme, {"code": code, "position": position} | rule, refuses, passes)
