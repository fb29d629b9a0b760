"""A marketplace of a test: a real small HTTP server on this machine that forgets, fails and repeats as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a secret of the marketplace"  # noqa: S105 - of tests
SETTINGS = {
    "items": "data.orders",
    "next": "data.next",
    "take": ["paid", "accepted"],
    "columns": {
        "external_ref": "id", "changed_at": "updated_at", "customer_name": "buyer.name", "phone": "buyer.phone",
        "email": "buyer.email", "address": "buyer.address.street, buyer.address.city",
        "lines": "items", "unit_price": "price", "shipping": "delivery.cost",
    },
}  # fmt: skip


def an_offer(reference: str, **facts: Any) -> dict[str, Any]:
    """An order as this marketplace tells it."""
    return {
        "id": reference, "updated_at": "2026-11-20T10:00:00Z", "status": "paid", "currency": "EUR",
        "buyer": {"name": f"Ada {reference}", "email": f"{reference.lower()}@example.com",
                  "address": {"street": "Main street 1", "city": "Kraków"}},
        "items": [{"sku": "TEA", "quantity": 1, "price": 4.5}], "delivery": {"cost": "2.00"},
    } | facts  # fmt: skip


@dataclass
class Marketplace:
    """What it has, and how it misbehaves: ``forgotten`` orders are in no page, ``fails_after`` so many answers."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    fails_after: int | None = None
    page: int = 25
    says: bytes | None = None
    next_page: str | None = None
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, token: str | None) -> tuple[int, bytes]:
        """Answer a request."""
        self.asked.append(path)
        if token != f"Bearer {TOKEN}":
            return 401, b"{}"
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            return 503, b"{}"
        if self.says is not None:
            return 200, self.says
        parts = urlsplit(path)
        if parts.path == "/orders":
            return 200, self._page(parse_qs(parts.query))
        if parts.path == "/orders/references":
            return 200, json.dumps({"data": {"orders": [one["id"] for one in self.orders]}}).encode()
        known = {one["id"]: one for one in self.orders}
        found = known.get(unquote(parts.path.removeprefix("/orders/")))
        return (404, b"{}") if found is None else (200, json.dumps(found).encode())

    def _page(self, query: dict[str, list[str]]) -> bytes:
        since, first = query.get("since", [""])[0], int(query.get("first", ["0"])[0])
        shown = [one for one in self.orders if one["id"] not in self.forgotten and one["updated_at"] >= since]
        rest = len(shown) > first + self.page
        following = f"/orders?since={since}&first={first + self.page}" if rest else None
        some = {"orders": shown[first : first + self.page], "next": self.next_page or following}
        return json.dumps({"data": some}).encode()


@contextmanager
def open_marketplace() -> Iterator[Marketplace]:
    """Serve one on a port of its own for as long as the block lasts."""
    market = Marketplace()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = market.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    market.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield market
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
