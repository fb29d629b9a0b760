"""Orders as JSON over HTTP: pages of what changed since the watermark, references of a day, one by its reference."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx

from oms_core.intake.feed_progress import Walk
from oms_core.intake.inbound_reading import Incoming, as_text, at_path, incoming_order
from pipelines.feeds.source import SECONDS, FeedAwayError, Page

LARGEST_ANSWER = 8 * 2**20
_MOST_REFERENCES = 200_000
_MOST_PAGES_OF_REFERENCES = 2_000
_LONGEST_WHOLE_NUMBER = 15
_GONE = {400, 404, 409, 410, 422}
_UNKNOWN = {404, 410}


@dataclass(frozen=True, slots=True)
class HttpOrders:
    """The orders of a marketplace; nothing but its own origin is asked, and the secret goes nowhere else."""

    walk: Walk
    secret: str

    def pages(self) -> Iterator[Page]:
        """Walk on from the page where the last walk was stopped; where that is not known any more, anew."""
        with self._client() as client:
            address = self.walk.cursor and self._next_address(self.walk.cursor)
            answer = self._get(client, address, may_be=_GONE) if address else None
            reached = self.walk.reached if answer is not None else self.walk.watermark
            if answer is None:
                answer = self._get(client, self._first_address())
            seen = {self.walk.cursor}
            while True:
                items = self._items(answer)
                reached = _latest([reached, *(self._changed_at(item) for item in items)])
                cursor = as_text(at_path(answer, self.walk.settings.next)) or None
                yield Page([self._incoming(item) for item in items], cursor, reached)
                if cursor is None:
                    return
                if cursor in seen:
                    raise FeedAwayError("Its pages go round in a circle.")
                seen.add(cursor)
                answer = self._get(client, self._next_address(cursor))

    def references(self, day: date, start: datetime, end: datetime) -> set[str]:
        """Ask for the references of a day, page by page: words, or orders that hold one."""
        blanks = {"day": day.isoformat(), "from": _plain(start), "to": _plain(end)}
        found: set[str] = set()
        with self._client() as client:
            answer = self._get(client, self._filled(self.walk.settings.references, blanks))
            for _page in range(_MOST_PAGES_OF_REFERENCES):
                found |= {self._reference(item) for item in self._listed(answer)}
                cursor = as_text(at_path(answer, self.walk.settings.next))
                if not cursor:
                    return found - {""}
                if len(found) > _MOST_REFERENCES:
                    break
                answer = self._get(client, self._next_address(cursor))
        raise FeedAwayError(f"The list of {day} does not end.")

    def one(self, reference: str) -> Incoming | None:
        """Ask for one order; None where the marketplace knows none."""
        with self._client() as client:
            answer = self._get(
                client, self._filled(self.walk.settings.order, {"reference": reference}), may_be=_UNKNOWN
            )
        if answer is None:
            return None
        if not isinstance(answer, Mapping):
            raise FeedAwayError(f"What it says of {reference} is no order.")
        return incoming_order(answer, self.walk.settings, reference=reference)

    def _client(self) -> httpx.Client:
        headers = {"Accept": "application/json", "User-Agent": "Cadence"}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        return httpx.Client(headers=headers, timeout=SECONDS, follow_redirects=False, trust_env=False)

    def _get(self, client: httpx.Client, address: str, *, may_be: frozenset[int] | set[int] = frozenset()) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Read one answer, no larger than it may be; None for one of the statuses that it may be."""
        try:
            with client.stream("GET", address) as response:
                if response.status_code in may_be:
                    return None
                if response.status_code != httpx.codes.OK:
                    told = f"It answered {response.status_code} {response.reason_phrase}."
                    raise FeedAwayError(told, is_outage=response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR)
                content = bytearray()
                for part in response.iter_bytes():
                    content += part
                    if len(content) > LARGEST_ANSWER:
                        raise FeedAwayError(f"Its answer is larger than {LARGEST_ANSWER // 2**20} MB.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = str(error) or type(error).__name__
            raise FeedAwayError(f"It cannot be reached: {told}.", is_outage=True) from error
        try:
            # Money stays as it was written, and nothing that JSON does not know comes in.
            return json.loads(bytes(content), parse_float=str, parse_int=_whole, parse_constant=str)
        except (ValueError, RecursionError) as error:
            raise FeedAwayError("Its answer is not JSON.") from error

    def _incoming(self, item: Mapping[str, Any]) -> Incoming:
        try:
            return incoming_order(item, self.walk.settings)
        except RecursionError:  # kept without its content, so that those behind it come in
            told = {"fault": "nested too deeply", "fields": [str(name) for name in item][:50]}
            return incoming_order(told, self.walk.settings, reference=self._reference(item))

    def _items(self, answer: object) -> list[Mapping[str, Any]]:
        """The orders of an answer; what is none is kept all the same, for a person to look at."""
        return [item if isinstance(item, Mapping) else {"value": item} for item in self._listed(answer)]

    def _listed(self, answer: object) -> list[Any]:
        found = at_path(answer, self.walk.settings.items) if self.walk.settings.items else answer
        if not isinstance(found, list):
            raise FeedAwayError(f"Its answer has no list at '{self.walk.settings.items}'.")
        return found

    def _reference(self, item: object) -> str:
        if isinstance(item, Mapping):
            return as_text(at_path(item, self.walk.settings.columns.get("external_ref", "external_ref")))
        return as_text(item)

    def _changed_at(self, item: Mapping[str, Any]) -> str | None:
        path = self.walk.settings.columns.get("changed_at", "changed_at")
        moment = _moment(as_text(at_path(item, path)))
        return None if moment is None else moment.isoformat()

    def _first_address(self) -> str:
        since = _moment(self.walk.watermark or "") or datetime.now(UTC) - timedelta(days=1)
        return self._filled(self.walk.settings.pages, {"since": _plain(since - self.walk.overlap)})

    def _next_address(self, cursor: str) -> str:
        if self.walk.settings.next_page:
            return self._filled(self.walk.settings.next_page, {"cursor": cursor})
        return self._own(urljoin(self.walk.address.rstrip("/") + "/", cursor))

    def _filled(self, template: str, blanks: Mapping[str, str]) -> str:
        for name, value in blanks.items():
            template = template.replace(f"{{{name}}}", quote(value, safe=""))
        return self._own(self.walk.address.rstrip("/") + template)

    def _own(self, address: str) -> str:
        """Refuse an address elsewhere: an answer may not send us, and the secret, to another host."""
        try:
            ours, theirs = urlsplit(self.walk.address), urlsplit(address)
            is_own = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
        except ValueError:
            is_own = False
        if not is_own:
            raise FeedAwayError("Its next page is at another host.")
        return address


def _latest(moments: list[str | None]) -> str | None:
    """The latest, but never one to come: a wrong date there may not let us skip what is really next."""
    known = [found for one in moments if (found := _moment(one or "")) is not None]
    return min(max(known), datetime.now(UTC)).isoformat() if known else None


def _moment(told: str) -> datetime | None:
    """A moment as a marketplace writes it; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_WHOLE_NUMBER else digits
