"""Reading what came in: the order that a channel describes in its own words, as our form of a new order. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oms_core.intake.feed_settings import FeedSettings
from oms_core.intake.inbound_models import MessageForm
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine

LONGEST_ID = 100
LONGEST_NAME = 200
_LINE = ("sku", "quantity", "unit_price", "discount")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came; ``digest`` is the same for the same content, whatever else of it changed."""

    external_id: str
    form: MessageForm
    body: dict[str, Any]
    digest: bytes
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class InboundOrder:
    """An order as a channel describes it; all as text, right or wrong."""

    reference: str
    status: str
    currency: str
    document: EntryDocument


def incoming_order(body: Mapping[str, Any], settings: FeedSettings, *, reference: str = "") -> Incoming:
    """Make a message of an order; one without a reference is known by its content."""
    kept = clean(body)
    read = read_inbound(kept, settings, channel="")
    named = reference or read.reference or f"sha256:{hashlib.sha256(_plain(kept)).hexdigest()}"
    document = read.document
    said = [read.reference, read.status, read.currency, document.as_dict()]
    subject = ", ".join(f"{line.sku} × {line.quantity}" for line in document.lines)
    return Incoming(
        short_id(named), MessageForm.ORDER, kept, hashlib.sha256(_plain(said)).digest(),
        document.customer.name[:LONGEST_NAME], subject[:LONGEST_NAME],
    )  # fmt: skip


def incoming_letter(external_id: str, *, sender: str, subject: str, body: Mapping[str, Any]) -> Incoming:
    """Make a message of a letter; whatever else it holds the second time, it is the same letter."""
    kept = clean(body)
    named = external_id.strip() or f"sha256:{hashlib.sha256(_plain([sender, subject, kept])).hexdigest()}"
    return Incoming(
        short_id(str(clean(named))), MessageForm.LETTER, kept, b"", str(clean(sender))[:LONGEST_NAME],
        str(clean(subject))[:LONGEST_NAME],
    )  # fmt: skip


def read_inbound(body: Mapping[str, Any], settings: FeedSettings, *, channel: str) -> InboundOrder:
    """Read an order by the feed's settings; what is not there is empty."""

    def told(name: str) -> str:
        paths = settings.columns.get(name, name).split(",")
        return ", ".join(part for path in paths if (part := as_text(at_path(body, path.strip()))))

    found = at_path(body, settings.columns.get("lines", "lines"))
    lines = [_line(line, settings) for line in found] if isinstance(found, list) else []
    customer = EntryCustomer(
        name=told("customer_name"), phone=told("phone"), email=told("email"), address=told("address")
    )
    document = EntryDocument(
        channel=channel, customer=customer, lines=tuple(lines), comment=told("comment"), shipping=told("shipping"),
        requested_at=told("requested_at"),
    )  # fmt: skip
    return InboundOrder(told("external_ref"), told("status"), told("currency"), document)


def letter_document(sender: str, body: Mapping[str, Any], *, channel: str) -> EntryDocument:
    """The form of a new order as a letter fills it: who wrote, and what, to be read by a person."""
    name, address = as_text(body.get("name")) or sender, as_text(body.get("email"))
    return EntryDocument(
        channel=channel, customer=EntryCustomer(name=name, email=address), comment=as_text(body.get("text"))[:2_000]
    )


def at_path(body: object, path: str) -> object:
    """What stands at a path with points (``buyer.name``, ``contacts.0.phone``); None where nothing does."""
    found = body
    for step in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def as_text(value: object) -> str:
    """A value as it would be typed; the parts of an address one after the other."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(part for part in map(as_text, value.values()) if part)
    if isinstance(value, list):
        return ", ".join(part for part in map(as_text, value) if part)
    return str(value).strip()


def short_id(name: str) -> str:
    """The name as it is kept: what is too long is known by its hash."""
    return name if len(name) <= LONGEST_ID else f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def clean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What the database can keep: no character NUL, no half of a pair of surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {str(clean(str(key))): clean(inner) for key, inner in value.items()}
    return [clean(inner) for inner in value] if isinstance(value, list | tuple) else value


def _line(line: object, settings: FeedSettings) -> EntryLine:
    if not isinstance(line, Mapping):  # kept as a line that cannot be placed: it may not be left out unseen
        return EntryLine(as_text(line), "")
    sku, quantity, price, discount = (as_text(at_path(line, settings.columns.get(name, name))) for name in _LINE)
    return EntryLine(sku, quantity, price, discount)


def _plain(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()
