"""Letters: what a message of e-mail says, as plain text, with the names of what is attached."""

import re
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from html import unescape
from html.parser import HTMLParser

from oms_core.intake.inbound_reading import Incoming, incoming_letter

LONGEST_TEXT = 100_000
LARGEST_LETTER = 25 * 2**20
_MOST_ATTACHMENTS = 100
_BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "table"}
_UNSEEN = {"script", "style", "head", "title"}


def letter_of(raw: bytes, *, name: str = "") -> Incoming:
    """Read a letter; one that cannot be read is kept with what can be said of it, and known by ``name`` at least."""
    try:
        mail = BytesParser(policy=policy.default).parsebytes(raw)
        sender, address = _sender(mail)
        body = {
            "name": sender, "email": address, "to": _header(mail, "To"), "date": _header(mail, "Date"),
            "text": _text(mail)[:LONGEST_TEXT], "attachments": _attachments(mail),
        }  # fmt: skip
        told, subject = _header(mail, "Message-ID"), _header(mail, "Subject")
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # The library of e-mail fails in many ways on what is malformed; the letter is kept whatever it is.
        body = {"text": raw[:LONGEST_TEXT].decode("utf-8", "replace"), "fault": type(error).__name__}
        told, subject, sender, address = "", "", "", ""
    shown = f"{sender} <{address}>" if sender and address else sender or address
    return incoming_letter(told or name, sender=shown, subject=subject, body=body)


def _sender(mail: EmailMessage) -> tuple[str, str]:
    name, address = parseaddr(_header(mail, "From"))
    return name, address


def _header(mail: EmailMessage, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    content = part.get_content()
    text = content if isinstance(content, str) else bytes(content).decode("utf-8", "replace")
    return _plain_of_html(text) if part.get_content_subtype() == "html" else text.strip()


def _attachments(mail: EmailMessage) -> list[str]:
    names = [part.get_filename() or part.get_content_type() for part in mail.iter_attachments()]
    return names[:_MOST_ATTACHMENTS]


def _plain_of_html(text: str) -> str:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return re.sub(
        r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in "".join(reader.told).splitlines())
    ).strip()


class _Reader(HTMLParser):
    """Keeps what a person would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.told.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.told.append(unescape(data))
