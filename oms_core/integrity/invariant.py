"""What an invariant is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A claim about the whole database: ``sql`` returns a row for each breach, and none when it holds."""

    code: str
    title: str
    sql: str
