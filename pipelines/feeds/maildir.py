"""A mailbox that is a folder (Maildir): what lies there is read and left as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from oms_core.intake.feed_progress import Walk
from oms_core.intake.inbound_reading import Incoming
from pipelines.feeds.letters import LARGEST_LETTER, letter_of
from pipelines.feeds.source import FeedAwayError, Page

_PARTS = ("new", "cur")
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Maildir:
    """The letters of a folder, by the time at which each was put there."""

    walk: Walk

    def pages(self) -> Iterator[Page]:
        """Read what was put there since the watermark, the oldest first."""
        start = self.walk.reached or self.walk.watermark
        since = datetime.fromisoformat(start) - self.walk.overlap if start else None
        files = [(moment, path) for moment, path in self._files() if since is None or moment >= since]
        reached = self.walk.watermark
        for first in range(0, max(len(files), 1), _PAGE):
            some = files[first : first + _PAGE]
            reached = max(reached or "", some[-1][0].isoformat()) if some else reached
            is_last = first + _PAGE >= len(files)
            yield Page([self._letter(path) for _moment, path in some], None if is_last else str(first), reached)

    def references(self, day: date, start: datetime, end: datetime) -> set[str]:  # noqa: ARG002 - as every source
        """The names of the letters put there on that day."""
        return {self._letter(path).external_id for moment, path in self._files() if start <= moment < end}

    def one(self, reference: str) -> Incoming | None:
        """Look for one letter by its name."""
        letters = (self._letter(path) for _moment, path in self._files())
        return next((letter for letter in letters if letter.external_id == reference), None)

    def _files(self) -> list[tuple[datetime, Path]]:
        folder = Path(unquote(urlsplit(self.walk.address).path))
        try:
            found = [path for part in _PARTS for path in (folder / part).iterdir() if not path.name.startswith(".")]
            return sorted((datetime.fromtimestamp(path.stat().st_mtime, UTC), path) for path in found)
        except OSError as error:
            raise FeedAwayError(f"The folder cannot be read: {error.strerror}.") from error

    def _letter(self, path: Path) -> Incoming:
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST_LETTER)
        except OSError as error:  # moved from new to cur by who reads it there: found again at the next walk
            raise FeedAwayError(f"A letter cannot be read: {error.strerror}.") from error
        # The part before the colon stays when flags change.
        return letter_of(raw, name=path.name.partition(":")[0])
