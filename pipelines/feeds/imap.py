"""A mailbox by IMAP: new letters by their numbers, read without marking them."""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from oms_core.intake.feed_progress import Walk
from oms_core.intake.inbound_reading import Incoming
from pipelines.feeds.letters import LARGEST_LETTER, letter_of
from pipelines.feeds.source import SECONDS, FeedAwayError, Page

_PAGE = 25
_PORTS = {"imaps": 993, "imap+plain": 143}
_HEAD = "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


@dataclass(frozen=True, slots=True, repr=False)
class Mailbox:
    """The letters of a folder on a server; the watermark is the folder's validity with its last number read."""

    walk: Walk
    secret: str
    context: ssl.SSLContext | None = None

    def pages(self) -> Iterator[Page]:
        """Read what has a higher number than the last, at first what came in since the feed begins.

        A folder that was made anew is read from its beginning: what is known of it is known by its names.
        """
        with self._open() as (client, validity):
            known, _, last = (self.walk.reached or self.walk.watermark or "").partition(":")
            after = int(last) if known == validity and last.isdecimal() else 0
            begins = _day_of(self.walk.watermark)
            wanted = f"UID {after + 1}:*" + (f" SINCE {_imap_day(begins)}" if begins else "")
            numbers = [uid for uid in self._search(client, wanted) if uid > after]
            if begins and not numbers:  # without a number to go on from it stays with the day
                yield Page([], None, self.walk.watermark)
                return
            for first in range(0, max(len(numbers), 1), _PAGE):
                some = numbers[first : first + _PAGE]
                reached = f"{validity}:{some[-1] if some else after}"
                is_last = first + _PAGE >= len(numbers)
                yield Page([self._letter(client, uid, validity) for uid in some], None if is_last else reached, reached)

    def references(self, day: date, start: datetime, end: datetime) -> set[str]:  # noqa: ARG002 - as every source
        """The names of the letters that came in on that day, by the server's own days around it."""
        since, before = start.date() - timedelta(days=1), end.date() + timedelta(days=1)
        with self._open() as (client, validity):
            numbers = self._search(client, f"SINCE {_imap_day(since)} BEFORE {_imap_day(before)}")
            found = ((self._moment(client, uid), uid) for uid in numbers)
            return {self._name(client, uid, validity) for moment, uid in found if start <= moment < end}

    def one(self, reference: str) -> Incoming | None:
        """Look for one letter by its name."""
        quoted = reference.replace("\\", "\\\\").replace('"', '\\"')
        with self._open() as (client, validity):
            for uid in self._search(client, f'HEADER Message-ID "{quoted}"'):
                letter = self._letter(client, uid, validity)
                if letter.external_id == reference:
                    return letter
        return None

    @contextmanager
    def _open(self) -> Iterator[tuple[imaplib.IMAP4, str]]:
        parts = urlsplit(self.walk.address)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        try:
            if parts.scheme == "imaps":
                trusting = self.context or ssl.create_default_context()
                client: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=trusting, timeout=SECONDS)
            else:
                client = imaplib.IMAP4(host, port, timeout=SECONDS)
        except (OSError, imaplib.IMAP4.error) as error:
            raise FeedAwayError(f"{host}:{port} cannot be reached: {error}.") from error
        try:
            client.login(unquote(parts.username or ""), self.secret)
            folder = unquote(parts.path.strip("/")) or "INBOX"
            self._told(client.select(f'"{folder}"', readonly=True))
            yield client, _validity(client)
        except (OSError, imaplib.IMAP4.error) as error:
            raise FeedAwayError(f"{host}:{port}: {error}.") from error
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def _search(self, client: imaplib.IMAP4, wanted: str) -> list[int]:
        [found, *_more] = self._told(client.uid("SEARCH", wanted))
        return sorted(int(uid) for uid in (found or b"").split())

    def _letter(self, client: imaplib.IMAP4, uid: int, validity: str) -> Incoming:
        """Read a letter; of one that is too large its beginning, as a person can look for the rest."""
        answer = self._told(client.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{LARGEST_LETTER}>)"))
        return letter_of(_literal(answer), name=f"{validity}.{uid}")

    def _name(self, client: imaplib.IMAP4, uid: int, validity: str) -> str:
        answer = self._told(client.uid("FETCH", str(uid), _HEAD))
        return letter_of(_literal(answer), name=f"{validity}.{uid}").external_id

    def _moment(self, client: imaplib.IMAP4, uid: int) -> datetime:
        answer = self._told(client.uid("FETCH", str(uid), "(INTERNALDATE)"))
        told = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer if part)
        found = re.search(rb'INTERNALDATE "([^"]+)"', told)
        if found is None:
            raise FeedAwayError("It does not say when a letter came in.")
        return datetime.strptime(found[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")

    def _told(self, answer: tuple[str, Any]) -> list[Any]:
        status, data = answer
        if status != "OK":
            raise FeedAwayError(f"The mailbox answered {status}.")
        return list(data)


def _validity(client: imaplib.IMAP4) -> str:
    _code, found = client.response("UIDVALIDITY")
    told = found[0] if found else None
    return told.decode("ascii", "replace") if isinstance(told, bytes) else "0"


def _literal(answer: list[Any]) -> bytes:
    found = [part[1] for part in answer if isinstance(part, tuple)]
    return bytes(found[0]) if found else b""


def _day_of(watermark: str | None) -> date | None:
    """The day on which a feed begins, as long as its watermark is that; None once it is a number."""
    try:
        return datetime.fromisoformat(watermark or "").date()
    except ValueError:
        return None


def _imap_day(day: date) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day:02d}-{months[day.month - 1]}-{day.year}"
