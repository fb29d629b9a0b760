"""The library: automation rules that every shop is given, switched off until somebody wants them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, find_actor
from oms_core.automation.models import AutomationRule
from oms_core.automation.rules import add_automation

_FILE = Path(__file__).with_name("rule_library.toml")
_NULL = "@null"  # TOML knows no null


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """A rule of ours; ``fires`` and ``rests`` are what must be known of an order for it to act, or not to.

    They map parts of a context to fields. A rule without a condition rests on nothing: None.
    """

    document: Mapping[str, Any]
    fires: Mapping[str, Mapping[str, Any]]
    rests: Mapping[str, Mapping[str, Any]] | None


@cache
def library() -> Mapping[str, LibraryRule]:
    """Every rule of ours by its code."""
    return {code: _rule(code, said) for code, said in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()}


def seed_automation_library(session: Session) -> None:
    """Give the shop the rules of the library that it does not have; what is there stays as it is."""
    there = set(session.scalars(select(AutomationRule.code)))
    missing = [rule for code, rule in library().items() if code not in there]
    if not missing:
        return
    system, now = find_actor(session, SYSTEM), datetime.now(UTC)
    for rule in missing:
        add_automation(session, rule.document, actor=system, now=now, note="from the library")


def _rule(code: str, said: Mapping[str, Any]) -> LibraryRule:
    document = {
        "code": code, "name": said["name"], "event": said["event"], "condition": said["condition"],
        "actions": said["actions"], "mode": "off", "priority": said.get("priority", 100),
        "translations": {language: {"name": name} for language, name in said["names"].items()},
    }  # fmt: skip
    return LibraryRule(document, _known(said["fires"]), _known(said["rests"]) if "rests" in said else None)


def _known(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {part: {name: _value(value) for name, value in fields.items()} for part, fields in parts.items()}


def _value(value: object) -> object:
    """As contexts hold it: every number is a fraction."""
    if value == _NULL:
        return None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
