"""Templates of messages to customers, in every language that we speak; read once from the file beside."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from oms_core.errors import Invalid

LANGUAGES = ("en", "ru", "pl", "zh")
CUSTOMERS = "customer"  # in place of a language: the customer's own
UNKNOWN = "—"
_FILE = Path(__file__).with_name("templates.toml")


@dataclass(frozen=True, slots=True)
class Written:
    """A template filled in."""

    subject: str
    body: str


def template_codes() -> tuple[str, ...]:
    """Every template, in the order of the file."""
    return tuple(_templates())


def write_from(template: str, language: str, facts: Mapping[str, str | None]) -> Written:
    """Fill in a template; what is not known becomes a dash. Raises ``Invalid`` (``unknown_template``)."""
    found = _templates().get(template, {}).get(language)
    if found is None:
        rows = [{"field": "template", "value": f"{template}/{language}", "message": "is unknown"}]
        raise Invalid(f"There is no template '{template}' in '{language}'.", code="unknown_template", rows=rows)
    known = {name: facts.get(name) or UNKNOWN for name in placeholders(found["subject"] + found["body"])}
    return Written(found["subject"].format(**known), found["body"].format(**known))


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@cache
def _templates() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
