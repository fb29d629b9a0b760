"""The gate before everything this process serves: until sign-in exists, this computer alone is let in."""

from urllib.parse import SplitResult, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class LoopbackGate:
    """Pure ASGI, so that the WebSocket passes through it as well as HTTP.

    Three doors are shut. A client from another machine: there is no sign-in yet. A foreign name in Host: a web site
    that rebinds its DNS name to 127.0.0.1 would otherwise read everything. A foreign Origin on a write or on the
    WebSocket: any web page open in the same browser could otherwise act in the user's name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on or refuse it with 403."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = _refusal(HTTPConnection(scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before the accept: the client sees 403
        else:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)


def _refusal(connection: HTTPConnection) -> str | None:
    if connection.client is None or connection.client.host not in LOOPBACK_ADDRESSES:
        return "Cadence serves this computer only until sign-in is set up."
    host = connection.headers.get("host", "")
    if _parts(f"//{host}").hostname not in LOOPBACK_NAMES:
        return "Unknown host name. Open Cadence by its address 127.0.0.1 or as localhost."
    origin = connection.headers.get("origin")
    is_write = connection.scope["type"] == "websocket" or connection.scope["method"] not in SAFE_METHODS
    if is_write and origin is not None and _parts(origin).netloc != host:
        return "This request comes from another web site."
    return None


def _parts(address: str) -> SplitResult:
    """Part an address; one that makes no sense has no parts, so it is nobody's."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
