"""A mailbox of a test: the little of IMAP that reading letters needs, on a port of this machine."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PASSWORD = "a secret of the mailbox"  # noqa: S105 - of tests


@dataclass
class Letters:
    """What lies in the mailbox, by number; ``validity`` changes when it is made anew, ``old`` came long ago."""

    kept: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    old: set[int] = field(default_factory=set)
    address: str = ""

    def found(self, words: str) -> list[int]:
        """The numbers that a search finds."""
        if named := re.search(r'HEADER Message-ID "(.*)"', words):
            return [uid for uid, letter in self.kept.items() if f"Message-ID: {named[1]}".encode() in letter]
        if first := re.search(r"UID (\d+):\*", words):
            shown = [uid for uid in self.kept if uid not in self.old or "SINCE" not in words]
            above = [uid for uid in shown if uid >= int(first[1])]
            return above or shown[-1:]  # the star is the last one, however low it is
        return list(self.kept)


class _Talking(socketserver.StreamRequestHandler):
    letters: Letters

    def handle(self) -> None:
        self._say(b"* OK ready")
        while line := self.rfile.readline():
            tag, _, words = line.decode().strip().partition(" ")
            verb, _, rest = words.partition(" ")
            if not self._answer(verb.upper(), rest):
                self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong".encode())
                continue
            self._say(f"{tag} OK done".encode())
            if verb.upper() == "LOGOUT":
                return

    def _answer(self, verb: str, rest: str) -> bool:
        if verb == "CAPABILITY":
            self._say(b"* CAPABILITY IMAP4rev1")
        elif verb == "LOGIN":
            return PASSWORD in rest
        elif verb in {"SELECT", "EXAMINE"}:
            self._say(f"* {len(self.letters.kept)} EXISTS".encode())
            self._say(f"* OK [UIDVALIDITY {self.letters.validity}] told".encode())
        elif verb == "UID" and rest.upper().startswith("SEARCH"):
            self._say(("* SEARCH " + " ".join(map(str, self.letters.found(rest)))).strip().encode())
        elif verb == "UID":
            uid = int(rest.split()[1])
            if "INTERNALDATE" in rest:
                self._say(f'* {uid} FETCH (UID {uid} INTERNALDATE "20-Nov-2026 10:00:00 +0000")'.encode())
            else:
                letter = self.letters.kept[uid]
                self._say(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(letter)}}}".encode())
                self.wfile.write(letter + b")\r\n")
        return True

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def open_mailbox() -> Iterator[Letters]:
    """Serve a mailbox for as long as the block lasts."""
    letters = Letters()
    handler = type("Handler", (_Talking,), {"letters": letters})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        letters.address = f"imap+plain://orders@127.0.0.1:{server.server_address[1]}/INBOX"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield letters
        server.shutdown()
        thread.join(10)
