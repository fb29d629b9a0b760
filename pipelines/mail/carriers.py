"""Carriers of e-mail: a folder that takes files, and a server that speaks SMTP; each by the address of its setting."""

import contextlib
import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

SMTP, SMTPS, SMTP_PLAIN, FILE = "smtp", "smtps", "smtp+plain", "file"
SCHEMES = (FILE, SMTP, SMTPS, SMTP_PLAIN)
_PORTS = {SMTP: 587, SMTPS: 465, SMTP_PLAIN: 25}
_SECONDS = 30.0
_PERMANENT = 500
_TAKEN = 250


class NotTakenError(Exception):
    """The carrier did not take the message, for certain; ``is_final``: it never will."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class InDoubtError(Exception):
    """Whether the carrier took the message cannot be known."""


class Line(Protocol):
    """A way that is open."""

    def carry(self, mail: EmailMessage) -> None:
        """Hand over one message; raises ``NotTakenError`` or ``InDoubtError``."""


class Carrier(Protocol):
    """A way by which messages leave."""

    def open(self) -> contextlib.AbstractContextManager[Line]:
        """Open the way for some messages; raises ``NotTakenError`` where that fails."""

    def has_taken(self, message_id: str) -> bool | None:
        """Tell whether a message was taken before; None: it cannot tell."""


def carrier_of(address: str, *, context: ssl.SSLContext | None = None) -> Carrier:
    """Make the carrier of a setting.

    ``file:///folder`` · ``smtp://user:password@host:587`` (STARTTLS, without which nothing is sent) ·
    ``smtps://…:465`` (TLS from the first byte) · ``smtp+plain://host:25`` (a relay of one's own, without secrets).
    """
    parts = urlsplit(address)
    if parts.scheme == FILE:
        return Folder(Path(unquote(parts.path)))
    return Server(
        scheme=parts.scheme, host=parts.hostname or "", port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""), password=unquote(parts.password or ""), context=context,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """Each message becomes a file named by its Message-ID: the same message is there once, however often it is sent."""

    folder: Path

    @contextmanager
    def open(self) -> Iterator["Folder"]:
        """Make the folder."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # who reads it reads what customers are told
        except OSError as error:
            raise NotTakenError(f"{self.folder}: {error.strerror}") from error
        yield self

    def carry(self, mail: EmailMessage) -> None:
        """Write the file whole or not at all."""
        final = self._file(str(mail["Message-ID"]))
        written = final.with_suffix(f".{os.getpid()}.part")
        try:
            with written.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(mail.as_bytes(policy=SMTP_POLICY))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(written, final)
            written.unlink()
        except OSError as error:
            raise NotTakenError(f"{final}: {error.strerror}") from error

    def has_taken(self, message_id: str) -> bool | None:
        """Look whether the file is there."""
        return self._file(message_id).exists()

    def _file(self, message_id: str) -> Path:
        return self.folder / f"{message_id.strip('<>').replace('/', '_')}.eml"


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """A server of SMTP; it forgets what it took, so what is in doubt stays so."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    context: ssl.SSLContext | None

    @contextmanager
    def open(self) -> Iterator["_Conversation"]:
        """Connect, encrypt and sign in."""
        try:
            client = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotTakenError(f"{self.host}:{self.port}: {_words(error)}") from error
        try:
            yield _Conversation(client)
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def has_taken(self, message_id: str) -> bool | None:  # noqa: ARG002 - as every carrier
        """Nobody knows."""
        return None

    def _connect(self) -> smtplib.SMTP:
        trusting = self.context or ssl.create_default_context()
        if self.scheme == SMTPS:
            client: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=trusting)
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        try:
            if self.scheme == SMTP:
                client.starttls(context=trusting)  # raises where the server offers none: nothing goes out in the clear
            if self.user:
                client.login(self.user, self.password)
        except BaseException:
            client.close()
            raise
        return client


class _Conversation:
    """An open connection: the envelope first, so that only the text itself can be in doubt."""

    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client

    def carry(self, mail: EmailMessage) -> None:
        """Hand over one message."""
        try:
            self._client.ehlo_or_helo_if_needed()
            for code, said in (
                self._client.mail(mail["From"].addresses[0].addr_spec),
                self._client.rcpt(mail["To"].addresses[0].addr_spec),
            ):
                _refuse(code, said, self._client)
        except (OSError, smtplib.SMTPException) as error:
            raise NotTakenError(_words(error)) from error
        try:
            code, said = self._client.data(mail.as_bytes(policy=SMTP_POLICY))
        except smtplib.SMTPDataError as error:
            _refuse(error.smtp_code, error.smtp_error, self._client)
        except (OSError, smtplib.SMTPException) as error:
            raise InDoubtError(_words(error)) from error
        else:
            _refuse(code, said, self._client)


def _refuse(code: int, said: bytes | str, client: smtplib.SMTP) -> None:
    if code in {_TAKEN, _TAKEN + 1}:
        return
    with contextlib.suppress(OSError, smtplib.SMTPException):
        client.rset()
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    raise NotTakenError(f"{code} {told}", is_final=code >= _PERMANENT)


def _words(error: Exception) -> str:
    """What went wrong, without secrets: smtplib repeats nothing of a login."""
    return str(error) or type(error).__name__
