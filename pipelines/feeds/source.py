"""What every source of messages can do, and where its secret lies."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from oms_core.intake.inbound_reading import Incoming

SECONDS = 15.0
"""How long one answer is waited for."""
SECRETS = "feed_secrets"
"""The folder under OMS_HOME that holds secrets kept in files."""
_LARGEST_SECRET = 4_096


class FeedAwayError(Exception):
    """A source could not be asked, or what it said cannot be used; the message says why, without secrets.

    ``is_outage``: it was not there; the walk goes on where it stood. Else the place itself may be wrong.
    """

    def __init__(self, reason: str, *, is_outage: bool = False) -> None:
        super().__init__(reason)
        self.is_outage = is_outage


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages; ``cursor`` is the page after them (None: the last), ``reached`` the watermark after them."""

    incoming: list[Incoming]
    cursor: str | None
    reached: str | None


class Source(Protocol):
    """A way by which messages come in; each call may raise ``FeedAwayError``."""

    def pages(self) -> Iterator[Page]:
        """Walk through what is new since the watermark, or on from where a walk was stopped."""

    def references(self, day: date, start: datetime, end: datetime) -> set[str]:
        """The references of all messages of a business day."""

    def one(self, reference: str) -> Incoming | None:
        """One message by its reference; None where the source knows none."""


def secret_of(name: str, home: Path) -> str:
    """Read a secret by where it lies; raises ``FeedAwayError`` where there is none."""
    kind, _, named = name.partition(":")
    if not named:
        return ""
    if kind == "env":
        found = os.environ.get(named, "")
    else:
        try:
            with (home / SECRETS / named).open("rb") as file:
                found = file.read(_LARGEST_SECRET).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise FeedAwayError(f"The secret {name} cannot be read.") from error
    if not found or not found.isprintable():
        raise FeedAwayError(f"The secret {name} is not there.")
    return found
