"""A server process of the test's own on a free port of this computer, and clients that keep their connection."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from signing_in import token_of

from oms_core.db import make_engine, make_sessions

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
Answer = tuple[int, dict[str, Any]]


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A served shop that can be killed and started again on its port; its clients act by the administrator's token."""

    url: str
    token: str
    home: Path
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it answers."""
        environment = {**os.environ, "OMS_DATABASE_URL": self.url, "OMS_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "dashboard.server", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if Client(self.port).ask("GET", "/healthz")[0] == 200:
                    return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"the server did not answer in {START_SECONDS} s: {self.log.read_text()}")

    def client(self) -> "Client":
        """Make a client that acts as the administrator."""
        return Client(self.port, self.token)

    def end(self, sign: int = signal.SIGTERM) -> None:
        """Send the process a signal and wait for its end."""
        assert self.process is not None
        self.process.send_signal(sign)
        self.process.wait(30)


class Client:
    """A client with one connection; what the server does not answer raises ``OSError`` or ``HTTPException``."""

    def __init__(self, port: int, token: str = "") -> None:
        self._bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a request and return the status and the JSON document."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        given = None if body is None else json.dumps(body)
        self._connection.request(method, path, given, {"Content-Type": "application/json", **self._bearer, **names})
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())


@contextmanager
def serving(url: str, home: Path, log: Path) -> Iterator[Server]:
    """Serve the database for the length of the block."""
    engine = make_engine(url)
    server = Server(url=url, token=token_of(make_sessions(engine), "admin"), home=home, log=log)
    engine.dispose()
    server.start()
    try:
        yield server
    finally:
        assert server.process is not None
        if server.process.poll() is None:
            server.end()


def by_clients(clients: int, work: list[Any], do: Callable[[Any], None]) -> None:
    """Have so many threads do the pieces of work between them, in order."""
    waiting, lock = iter(work), Lock()

    def worker() -> None:
        while True:
            with lock:
                piece = next(waiting, None)
            if piece is None:
                return
            do(piece)

    with ThreadPoolExecutor(clients) as pool:
        for future in [pool.submit(worker) for _ in range(clients)]:
            future.result()
