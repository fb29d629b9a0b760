"""A server of SMTP on loopback, as small as a test needs: it says what it is told to say, and keeps what it took."""

import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO


@dataclass
class Behaviour:
    """What the server answers, by command; ``at_data`` is called with the text before it is answered."""

    replies: dict[str, str] = field(default_factory=dict)
    at_data: Callable[[bytes], str | None] = lambda _text: None
    offers_tls: bool = False
    context: ssl.SSLContext | None = None
    from_first_byte: bool = False


@dataclass
class Box:
    """What came in: the texts that were taken, who they were for, and whether each came over TLS."""

    port: int = 0
    texts: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Box]:
    """Serve until the block ends."""
    box = Box()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            talk(self, behaviour, box)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever talks to us may be killed meanwhile."""

    with Server(("127.0.0.1", 0), Handler) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        server.shutdown()


def talk(handler: socketserver.StreamRequestHandler, behaviour: Behaviour, box: Box) -> None:
    """One conversation."""
    connection = handler.connection
    is_secure = behaviour.from_first_byte
    if is_secure:
        connection = behaviour.context.wrap_socket(connection, server_side=True)
    stream = connection.makefile("rb")

    def say(line: str) -> None:
        connection.sendall(line.encode() + b"\r\n")

    say("220 test")
    while line := stream.readline().decode("latin-1").strip():
        verb = line.split()[0].upper()
        if verb in behaviour.replies:
            say(behaviour.replies[verb])
        elif verb == "EHLO":
            offered = ["250-STARTTLS"] * (behaviour.offers_tls and not is_secure)
            say("\r\n".join(["250-test", *offered, "250 AUTH PLAIN"]))
        elif verb == "STARTTLS":
            say("220 go")
            connection = behaviour.context.wrap_socket(connection, server_side=True)
            stream, is_secure = connection.makefile("rb"), True
        elif verb == "AUTH":
            box.logins.append(line)
            say("235 welcome")
        elif verb == "RCPT":
            box.recipients.append(line)
            say("250 fine")
        elif verb == "DATA":
            say("354 go on")
            answer = take(stream, behaviour, box)
            box.secure.append(is_secure)
            if not answer:
                return
            say(answer)
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 fine")


def take(stream: BinaryIO, behaviour: Behaviour, box: Box) -> str:
    """Take a text and return the answer; the empty one: it was taken, but nobody is told."""
    text = b""
    while (part := stream.readline()) not in {b".\r\n", b""}:
        text += part
    answer = behaviour.at_data(text)
    if not answer:
        box.texts.append(text)
    return "250 taken" if answer is None else answer


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for this machine; returns the server's context and one of a client that trusts it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = (
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert)),
        *("-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
    )
    subprocess.run(made, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))
